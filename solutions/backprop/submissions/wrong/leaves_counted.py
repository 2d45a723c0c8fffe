"""The count takes in the leaves, which have no pull to call."""

LOSES = {"backward.correctness": "public::TestBackward::test_leaf_alone"}


def backward(output, upstream=None):
    order, seen, waiting = [], set(), [(output, False)]
    while waiting:
        node, is_done = waiting.pop()
        if is_done:
            order.append(node)
        elif node.needs_grad and node not in seen:
            seen.add(node)
            waiting.append((node, True))
            waiting += [(parent, False) for parent in node.parents]
    sums = {output: np.ones_like(output.value) if upstream is None else upstream}
    for node in reversed(order):
        gradient = sums.pop(node)
        if node.pull is None:
            node.grad = gradient.copy() if node.grad is None else node.grad + gradient
            continue
        for parent, part in zip(node.parents, node.pull(gradient)):
            if parent.needs_grad:
                sums[parent] = sums[parent] + part if parent in sums else part
    return len(order)

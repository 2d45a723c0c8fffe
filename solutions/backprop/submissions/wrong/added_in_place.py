"""Parts are added in place to an array that the pull has handed to several parents: what one gets, all get."""

LOSES = {"backward.property": "public::TestBackward::test_one_array_for_several"}


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
                if parent in sums and isinstance(sums[parent], np.ndarray) and sums[parent].ndim:
                    sums[parent] += part
                else:
                    sums[parent] = sums[parent] + part if parent in sums else part
    return sum(node.pull is not None for node in order)

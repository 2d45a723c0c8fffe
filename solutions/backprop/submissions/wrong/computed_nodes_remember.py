"""Computed nodes keep their gradient from the first pass, and the second pass sends it back once more."""

LOSES = {"backward.property": "public::TestBackward::test_second_pass_adds"}


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
    first = np.ones_like(output.value) if upstream is None else upstream
    output.grad = first.copy() if output.grad is None or output.pull else output.grad + first
    for node in reversed(order):
        if node.pull is None:
            continue
        for parent, part in zip(node.parents, node.pull(node.grad)):
            if parent.needs_grad:
                parent.grad = part.copy() if parent.grad is None else parent.grad + part
    return sum(node.pull is not None for node in order)

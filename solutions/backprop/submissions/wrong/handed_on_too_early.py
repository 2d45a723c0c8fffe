"""A node hands its gradient on as soon as the first part has arrived: it has to wait for everything that was computed from it."""

LOSES = {
    "backward.correctness": "public::TestBackward::test_who_waits[short_way_first]",
    "integration": "hidden::TestIntegration::test_tangled_expression",
}


def backward(output, upstream=None):
    sums = {output: np.ones_like(output.value) if upstream is None else upstream}
    waiting, seen, count = [output] if output.needs_grad else [], {output}, 0
    while waiting:
        node = waiting.pop(0)
        if node.pull is None:
            continue
        count += 1
        for parent, part in zip(node.parents, node.pull(sums[node])):
            if parent.needs_grad:
                sums[parent] = sums[parent] + part if parent in sums else part
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
    for node, gradient in sums.items():
        if node.pull is None and node.needs_grad:
            node.grad = gradient.copy() if node.grad is None else node.grad + gradient
    return count

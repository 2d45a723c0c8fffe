"""The graph is sorted by a function that calls itself for each parent: a chain of thousands of nodes exceeds Python's limit."""

LOSES = {"backward.property": "public::TestBackward::test_deep_chain"}


def backward(output, upstream=None):
    order, seen = [], set()

    def visit(node):
        if node.needs_grad and node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(output)
    sums = {output: np.ones_like(output.value) if upstream is None else upstream}
    for node in reversed(order):
        gradient = sums.pop(node)
        if node.pull is None:
            node.grad = gradient.copy() if node.grad is None else node.grad + gradient
            continue
        for parent, part in zip(node.parents, node.pull(gradient)):
            if parent.needs_grad:
                sums[parent] = sums[parent] + part if parent in sums else part
    return sum(node.pull is not None for node in order)

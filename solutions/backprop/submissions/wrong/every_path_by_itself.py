"""Each path from the output to a leaf is walked by itself: right, but ten diamonds in a row have 1,024 paths and only 30 nodes."""

LOSES = {"backward.property": "public::TestBackward::test_each_pull_once"}


def backward(output, upstream=None):
    waiting = [(output, np.ones_like(output.value) if upstream is None else upstream)] if output.needs_grad else []
    pulled = set()
    while waiting:
        node, gradient = waiting.pop()
        if node.pull is None:
            node.grad = gradient.copy() if node.grad is None else node.grad + gradient
            continue
        pulled.add(node)
        waiting += [(parent, part) for parent, part in zip(node.parents, node.pull(gradient)) if parent.needs_grad]
    return len(pulled)

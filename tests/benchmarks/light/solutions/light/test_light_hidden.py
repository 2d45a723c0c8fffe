"""Hidden grader of `light`."""

import torch

from grader import checks
from grader.plugin import kind, probe, task


@probe
def softmax_and_gradient(student, upstream, x):
    """Return the softmax of x, and the gradient of its sum weighted with `upstream`."""
    x = x.requires_grad_()
    out = student.softmax(x)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, [x], upstream)


@probe
def loss_and_gradient(student, upstream, logits, labels):
    """Return the loss, and its gradient."""
    logits = logits.requires_grad_()
    out = student.cross_entropy(logits, labels)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, [logits], upstream)


@probe
def attention_and_gradients(student, upstream, x, w_q, w_k, w_v):
    """Return the attention, and the gradients of its sum weighted with `upstream`."""
    leaves = [each.requires_grad_() for each in (x, w_q, w_k, w_v)]
    out = student.self_attention(*leaves)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, leaves, upstream, allow_unused=True)


def projections(draw):
    """Return an input and three matrices."""
    x = draw("batch time d")
    return {"x": x, **{name: draw("d d") for name in ("w_q", "w_k", "w_v")}}


@task("softmax")
class TestSoftmax:
    def test_reference(self, student, draw, reference):
        """It agrees with the reference."""
        x = draw("batch classes")
        checks.close(student.softmax(x), reference.softmax(x))

    @kind("gradient")
    def test_gradient(self, student, draw, reference):
        """Its gradient agrees with the reference's."""
        checks.gradients_like(softmax_and_gradient, student, reference, {"x": draw("batch classes")}, rng=draw.rng)


@task("cross_entropy")
class TestCrossEntropy:
    def test_reference(self, student, draw, reference):
        """It agrees with the reference."""
        logits = draw("batch classes")
        labels = draw.integers("batch", high=draw.sizes["classes"])
        checks.close(student.cross_entropy(logits, labels), reference.cross_entropy(logits, labels))

    @kind("gradient")
    def test_gradient(self, student, draw, reference):
        """Its gradient agrees with the reference's."""
        logits = draw("batch classes")
        labels = draw.integers("batch", high=draw.sizes["classes"])
        checks.gradients_like(loss_and_gradient, student, reference, {"logits": logits}, labels, rng=draw.rng)


@task("self_attention")
class TestSelfAttention:
    def test_reference(self, student, draw, reference):
        """It agrees with the reference."""
        inputs = projections(draw)
        checks.close(student.self_attention(**inputs), reference.self_attention(**inputs))

    @kind("gradient")
    def test_gradients(self, student, draw, reference):
        """Its four gradients agree with the reference's."""
        checks.gradients_like(attention_and_gradients, student, reference, projections(draw), rng=draw.rng)

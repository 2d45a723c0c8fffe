"""The eight checks of `light` as an instructor writes them without a harness: beside the student's functions, in one interpreter."""

import torch


def _leaf(*shape):
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


def _reference_softmax(x):
    shifted = torch.exp(x - x.max(-1, keepdim=True).values)
    return shifted / shifted.sum(-1, keepdim=True)


def _reference_loss(logits, labels):
    return (torch.logsumexp(logits, -1) - logits[torch.arange(len(labels)), labels]).mean()


def _reference_attention(x, w_q, w_k, w_v):
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    return torch.softmax(q @ k.transpose(-1, -2) / x.shape[-1] ** 0.5, -1) @ v


def _same_gradients(function, reference, leaves, *others):
    out, expected = function(*leaves, *others), reference(*leaves, *others)
    torch.testing.assert_close(out, expected)
    upstream = torch.randn_like(expected)
    found = torch.autograd.grad(out, leaves, upstream)
    for one, other in zip(found, torch.autograd.grad(expected, leaves, upstream), strict=False):
        torch.testing.assert_close(one, other)


def check_large_numbers(student):
    x = torch.tensor([[1000.0, 1000.0], [0.0, -1000.0]], dtype=torch.float64)
    torch.testing.assert_close(student.softmax(x), torch.tensor([[0.5, 0.5], [1.0, 0.0]], dtype=torch.float64))


def check_softmax(student):
    x = _leaf(5, 7).detach()
    torch.testing.assert_close(student.softmax(x), _reference_softmax(x))


def check_softmax_gradient(student):
    _same_gradients(student.softmax, _reference_softmax, [_leaf(5, 7)])


def check_loss(student):
    logits, labels = _leaf(6, 4).detach(), torch.randint(4, (6,))
    torch.testing.assert_close(student.cross_entropy(logits, labels), _reference_loss(logits, labels))


def check_loss_gradient(student):
    _same_gradients(student.cross_entropy, _reference_loss, [_leaf(6, 4)], torch.randint(4, (6,)))


def check_attention(student):
    inputs = [_leaf(2, 5, 3).detach(), *(_leaf(3, 3).detach() for _ in range(3))]
    torch.testing.assert_close(student.self_attention(*inputs), _reference_attention(*inputs))


def check_attention_gradients(student):
    _same_gradients(student.self_attention, _reference_attention, [_leaf(2, 5, 3), _leaf(3, 3), _leaf(3, 3), _leaf(3, 3)])


def check_permutation(student):
    x, w = _leaf(2, 5, 3).detach(), [_leaf(3, 3).detach() for _ in range(3)]
    order = torch.randperm(5)
    torch.testing.assert_close(student.self_attention(x[:, order], *w), student.self_attention(x, *w)[:, order])


# Each check, and the part of the assignment that it is about.
CHECKS = {
    check_large_numbers: "softmax.correctness",
    check_softmax: "softmax.correctness",
    check_softmax_gradient: "softmax.gradient",
    check_loss: "cross_entropy.correctness",
    check_loss_gradient: "cross_entropy.gradient",
    check_attention: "self_attention.correctness",
    check_attention_gradients: "self_attention.gradient",
    check_permutation: "self_attention.property",
}

"""Public grader of `light`."""

import torch

from grader import checks
from grader.plugin import kind, task


@task("softmax")
class TestSoftmax:
    def test_large_numbers(self, student):
        """A thousand does not overflow."""
        x = torch.tensor([[1000.0, 1000.0], [0.0, -1000.0]], dtype=torch.float64)
        checks.close(student.softmax(x), torch.tensor([[0.5, 0.5], [1.0, 0.0]], dtype=torch.float64))


@task("self_attention")
class TestSelfAttention:
    @kind("property")
    def test_permutation(self, student, draw):
        """Shuffled items give shuffled outputs."""
        x, w = draw("batch time d"), [draw("d d") for _ in range(3)]
        order = torch.from_numpy(draw.rng.permutation(x.shape[1]))
        out = checks.shape(student.self_attention(x, *w), x.shape)
        checks.close(student.self_attention(x[:, order], *w), out[:, order])

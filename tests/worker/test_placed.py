"""Arguments on a device cannot be read before their key comes, and are the very same when it has come."""

import pytest
import torch

from grader.worker import placed

CPU = torch.device("cpu")
CALL = [torch.randn(3, 5, dtype=torch.float64), torch.rand(7) > 0.5, torch.zeros(0, 3), torch.arange(4).to(torch.bfloat16), 3, "a", None]


def test_what_was_sealed_is_opened_bit_by_bit():
    """Values, dtypes and shapes of tensors; plain values as they are."""
    for before, after in zip(CALL, placed.opened(placed.seal(CALL, 2**60, CPU), 2**60, CPU), strict=True):
        if isinstance(before, torch.Tensor):
            assert (after.dtype, after.shape) == (before.dtype, before.shape)
            assert torch.equal(after, before)
        else:
            assert after == before


def test_sealed_bytes_tell_nothing_without_their_key():
    """Zeros do not look like zeros in any bit, and another key opens something else."""
    zeros = torch.zeros(4096, dtype=torch.float64)
    (_, masked, _, _) = placed.seal([zeros], 5, CPU)[0]
    share = torch.stack([(masked.long() >> bit & 1).double().mean() for bit in range(8)])
    signs = (masked[7::8].long() >> 7).double().mean()
    assert ((share - 0.5).abs() < 0.05).all()
    assert abs(float(signs) - 0.5) < 0.05
    (wrong,) = placed.opened(placed.seal([zeros], 5, CPU), 6, CPU)
    assert not torch.equal(wrong, zeros)


def test_each_call_of_a_turn_is_opened_with_its_own_stream():
    """Equal arguments of two calls are masked differently, and each comes out right."""
    x = torch.ones(64)
    desk = placed.Desk(CPU, [])
    calls = [placed.seal([x], 9 + number, CPU) for number in range(2)]
    assert not torch.equal(calls[0][0][1], calls[1][0][1])
    assert desk.put(calls) == 2
    assert [float(total) for total in desk.run(torch.sum, 9)] == [64, 64]


@pytest.mark.parametrize("argument", [[torch.ones(2)], {"x": 1}, torch.ones(2, dtype=torch.complex64)])
def test_what_cannot_be_sealed_is_told(argument):
    """A tensor inside a list would cross unmasked."""
    with pytest.raises(TypeError, match="a timed call"):
        placed.seal([argument], 1, CPU)


def test_a_desk_is_prepared_on_the_device():
    """On the processor nothing is capped, and it can be drained."""
    desk = placed.prepare("cpu", 0.5)
    desk.drain()
    assert (desk.device, desk.calls) == (CPU, [])

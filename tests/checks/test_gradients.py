"""Which gradients `checks.gradients` and `checks.gradients_like` believe."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from grader import checks
from grader.result import Failure


def probe(module, upstream, a, b, power=3):
    """Return a function and its gradients, as the probes of a grader do."""
    a, b = a.requires_grad_(), b.requires_grad_()
    out = module.function(a, b, power)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, [a, b], upstream, allow_unused=True)


def rng():
    return np.random.default_rng(3)


def inputs(rows=4, columns=3):
    made = np.random.default_rng(4)
    return {name: torch.from_numpy(made.standard_normal((rows, columns))) for name in ("a", "b")}


def module(function):
    return SimpleNamespace(function=function)


def honest(a, b, power):
    return (a.sin() ** power + b * a).softmax(dim=-1)


class WrongBackward(torch.autograd.Function):
    """The cube, with a gradient that is wrong in one entry alone."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, upstream):
        (x,) = ctx.saved_tensors
        gradient = 3 * x**2 * upstream
        gradient[2, 1] *= 1.05
        return gradient


WRONG = {
    "one entry": (lambda a, b, power: WrongBackward.apply(a) * b, "a"),
    "part of it detached": (lambda a, b, power: a * a.detach() + b, "a"),
    "sign": (lambda a, b, power: a + b - 2 * (b - b.detach()), "b"),
    "no way to b": (lambda a, b, power: a * b.detach(), "b"),
    "transposed": (lambda a, b, power: (a + b) + (a.T.reshape(a.shape) - a) - (a.T.reshape(a.shape) - a).detach(), "a"),
}


@pytest.mark.parametrize("size", [(4, 3), (40, 30), (1, 1)])
def test_right_gradients_pass(size):
    """A function that autograd differentiates passes, small or big."""
    checks.gradients(probe, module(honest), inputs(*size), 3, rng=rng())
    checks.gradients_like(probe, module(honest), module(honest), inputs(*size), 3, rng=rng())


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gradients_are_named(name):
    """A gradient that is not the slope is refused, and the sentence names the input."""
    function, culprit = WRONG[name]
    with pytest.raises(Failure) as caught:
        checks.gradients(probe, module(function), inputs(), rng=rng(), hint=3)
    assert culprit in caught.value.message.split("respect to ")[-1]
    assert caught.value.hint == 3


def test_the_wrong_entry_is_shown():
    """Of a small tensor the first wrong entry is found."""
    with pytest.raises(Failure, match="not the slope") as caught:
        checks.gradients(probe, module(WRONG["one entry"][0]), inputs(), rng=rng())
    assert caught.value.shown.startswith("da[2, 1] is ")
    assert "[2, 1]" not in caught.value.message


def test_one_entry_of_a_big_tensor_is_missed_by_nobody():
    """The random direction sees every entry, also of a tensor too big for single differences."""
    with pytest.raises(Failure, match="respect to a"):
        checks.gradients(probe, module(WRONG["one entry"][0]), inputs(40, 30), rng=rng())


def test_a_kink_is_smooth_enough_away_from_it():
    """Rough tolerances are for deep compositions, and stricter than a wrong factor."""
    checks.gradients(probe, module(lambda a, b, power: a.abs() * b), inputs(), rng=rng(), smooth=False)


def test_a_cut_graph_is_told():
    """An output without a way back says so and does not crash."""
    with pytest.raises(Failure, match="lost its way back"):
        checks.gradients(probe, module(lambda a, b, power: (a * b).detach()), inputs(), rng=rng())


class Unfriendly:
    """An object that must not be compared, as a handle is."""

    __hash__ = None

    def __eq__(self, _):
        raise TypeError


@pytest.mark.parametrize(
    "answer",
    [
        None,
        3,
        (torch.zeros(4, 3).double(), Unfriendly()),
        (Unfriendly(), []),
        [1],
        (torch.zeros(4, 3), None, None),
        (None, []),
        (torch.zeros(4, 3), []),
        ("x", []),
    ],
)
def test_a_probe_may_bring_anything(answer):
    """Whatever the student's side answers is a wrong value, never an error of the check."""
    with pytest.raises(Failure):
        checks.gradients(lambda *_: answer, None, inputs(), rng=rng())


@pytest.mark.parametrize("bad", [None, 1.0, torch.zeros(3, 4).double(), torch.zeros(4, 3), torch.full((4, 3), torch.nan).double()])
def test_gradients_may_be_anything(bad):
    """A gradient of another type, shape or dtype, or not finite, is a wrong value."""
    with pytest.raises(Failure):
        checks.gradients(lambda _, up, a, b: (a * b, [] if up is None else [bad, a]), None, inputs(), rng=rng())


def test_an_output_that_changes_shape_is_wrong():
    """Central differences of outputs that cannot be subtracted are no error of the check."""
    calls = iter(range(100))

    def restless(_, upstream, a, b):
        out = a * b
        return (out, [b, a]) if upstream is not None else (out if next(calls) == 0 else out[:1], [])

    with pytest.raises(Failure, match="shape"):
        checks.gradients(restless, None, inputs(), rng=rng())


def test_a_wrong_function_agrees_with_itself_alone():
    """Against its own differences another function passes; against the reference it does not, and its output is named first."""
    other = module(lambda a, b, power: honest(a, b, power) * 2)
    checks.gradients(probe, other, inputs(), rng=rng())
    with pytest.raises(Failure, match="before any gradient"):
        checks.gradients_like(probe, other, module(honest), inputs(), rng=rng())


def test_equal_outputs_with_other_gradients_differ_from_the_reference():
    """A detour that leaves the values alone is found by its gradient."""
    with pytest.raises(Failure, match="respect to a"):
        checks.gradients_like(
            probe, module(lambda a, b, power: a * a.detach() + b), module(lambda a, b, power: a * a + b), inputs(), rng=rng()
        )


def test_inputs_stay_as_they_are():
    """The tensors of the test do not start to require gradients."""
    given = inputs()
    checks.gradients_like(probe, module(honest), module(honest), given, rng=rng())
    assert not any(value.requires_grad for value in given.values())

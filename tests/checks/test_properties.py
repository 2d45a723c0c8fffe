"""Which laws `checks.properties` finds broken."""

import numpy as np
import pytest
import torch

from grader import checks
from grader.result import Failure

X = torch.from_numpy(np.random.default_rng(5).standard_normal((3, 6, 4)))


def rng():
    return np.random.default_rng(7)


def past_mean(x):
    return x.cumsum(dim=1) / torch.arange(1, x.shape[1] + 1)[:, None]


def peeking(x):
    return past_mean(x) + 1e-6 * x.flip(1)


def test_equivariant():
    """What treats every place alike passes, what numbers the places does not."""
    checks.equivariant(lambda x: x.softmax(dim=-1) + x.mean(dim=1, keepdim=True), X, axis=1, rng=rng())
    with pytest.raises(Failure, match="not shuffled"):
        checks.equivariant(past_mean, X, axis=1, rng=rng())


def test_equivariant_is_not_invariant():
    """A sum over the places loses the axis that should be shuffled."""
    with pytest.raises(Failure):
        checks.equivariant(lambda x: x.sum(dim=(1, 2)), X, axis=1, rng=rng())


def test_invariant():
    """A sum over the places does not know their order, a cumulative mean does."""
    checks.invariant(lambda x: x.sum(dim=1), X, axis=1, rng=rng())
    with pytest.raises(Failure, match="depends on the order"):
        checks.invariant(past_mean, X, axis=1, rng=rng())


def test_causal():
    """Only the past may be seen, and a millionth of the future is too much."""
    checks.causal(past_mean, X, axis=1, rng=rng())
    with pytest.raises(Failure, match="must not"):
        checks.causal(peeking, X, axis=1, rng=rng())


def test_causal_wants_to_see_something():
    """A function that looks at nothing is not causal but blind."""
    with pytest.raises(Failure, match="does not change where it should"):
        checks.causal(lambda x: torch.ones_like(x), X, axis=1, rng=rng())


def test_independent():
    """Items of a batch do not see each other; normalisation over the batch does."""
    checks.independent(past_mean, X, axis=0, rng=rng())
    with pytest.raises(Failure, match="must not"):
        checks.independent(lambda x: x - x.mean(dim=0), X, axis=0, rng=rng())


def test_unseen_names_places_in_public_alone():
    """The sentence for hidden tests has no index and no value."""
    with pytest.raises(Failure) as caught:
        checks.unseen(lambda x: x.flip(1), X, axis=1, at=[5], by=[0, 1], rng=rng(), what="The first word", hint=1)
    assert caught.value.message == "The first word changes where it must not: something is seen that should be out of sight."
    assert caught.value.shown.startswith("The input was changed at place 5 of axis 1; the output at places [0, 1] must stay as it is.")
    assert caught.value.hint == 1


def test_unseen_and_seen_have_an_axis_for_the_output():
    """Where input and output have other axes, each is named."""
    checks.unseen(lambda x: x.sum(dim=2), X, axis=0, at=[1], by=[0], out_axis=0, rng=rng())
    checks.seen(lambda x: x.sum(dim=0), X, axis=1, at=2, by=2, out_axis=0, rng=rng())
    with pytest.raises(Failure):
        checks.seen(lambda x: x.sum(dim=0), X, axis=1, at=2, by=3, out_axis=0, rng=rng())


@pytest.mark.parametrize("answer", [None, "x", 3.0, X.numpy(), X.long(), X * torch.nan, X[:0, :0], torch.tensor(1.0), object()])
@pytest.mark.parametrize("check", [checks.equivariant, checks.causal, checks.independent])
def test_a_function_may_return_anything(check, answer):
    """Whatever comes back is a wrong value, never an error of the check: the first answer, or one that suddenly differs."""
    answers = iter([X, answer])
    with pytest.raises(Failure):
        check(lambda _: answer, X, axis=1, rng=rng())
    with pytest.raises(Failure):
        check(lambda _: next(answers), X, axis=1, rng=rng())


def test_float32_is_compared_as_float32():
    """Rounding of single precision breaks no law."""
    checks.invariant(lambda x: x.sum(dim=1), X.float(), axis=1, rng=rng())


def test_arguments_kept():
    """An argument that was changed in place is named."""
    mask = torch.tensor([True, False])
    checks.arguments_kept(lambda _, x, m: [x, m], None, X, mask, names=("x", "mask"))
    with pytest.raises(Failure, match="argument mask"):
        checks.arguments_kept(lambda _, x, m: [x, ~m], None, X, mask, names=("x", "mask"))
    with pytest.raises(Failure):
        checks.arguments_kept(lambda *_: None, None, X, mask, names=("x", "mask"))


@pytest.mark.parametrize("count", range(2, 9))
def test_shuffled_moves_everything(count):
    """No place stays where it is: a shuffle that does nothing would prove nothing."""
    for seed in range(20):
        order = checks.shuffled(count, np.random.default_rng(seed))
        assert sorted(order.tolist()) == list(range(count))
        assert not (order == torch.arange(count)).any()

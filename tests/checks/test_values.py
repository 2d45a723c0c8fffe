"""What `checks.values` lets through, what it refuses, and what it says."""

import math

import numpy as np
import pytest
import torch

from grader import checks
from grader.checks.values import describe
from grader.result import Failure, Verdict

EXPECTED = torch.tensor([[1.0, -2.0], [3.0, 1e-8]], dtype=torch.float64)


class Pretender(torch.Tensor):
    """A tensor that agrees with everybody."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return torch.tensor(True)


def refused(check, *args, **kwargs):
    with pytest.raises(Failure) as caught:
        check(*args, **kwargs)
    assert caught.value.verdict is Verdict.WRONG
    return caught.value


@pytest.mark.parametrize(
    "got",
    [
        None,
        "1.0",
        2.0,
        [[1.0, -2.0], [3.0, 1e-8]],
        EXPECTED.numpy(),
        EXPECTED.float(),
        EXPECTED.long(),
        EXPECTED.to(torch.complex128),
        EXPECTED[0],
        EXPECTED[None],
        EXPECTED[:0],
        torch.tensor(1.0, dtype=torch.float64),
        EXPECTED.T,
        EXPECTED * math.nan,
        EXPECTED / 0,
        EXPECTED + 1e-8,
        Pretender(EXPECTED),
        object(),
    ],
    ids=lambda got: describe(got),
)
def test_close_refuses(got):
    """Another type, shape or dtype, NaN, infinity, other values and lying subclasses are all wrong; the value is kept as it came."""
    failure = refused(checks.close, got, EXPECTED, hint=2)
    assert failure.got is got
    assert failure.hint == 2
    assert failure.detail


def test_close_takes_a_copy():
    """Equal values pass, and so does rounding of the last digits."""
    checks.close(EXPECTED.clone(), EXPECTED)
    checks.close(EXPECTED * (1 + 1e-15), EXPECTED)
    checks.close(EXPECTED.numpy().copy(), EXPECTED.numpy())


def test_a_tensor_that_requires_a_gradient_can_be_compared():
    """What the reference computes may hang on a graph."""
    checks.close(EXPECTED.clone(), EXPECTED.clone().requires_grad_())


@pytest.mark.parametrize(
    ("dtype", "passes", "fails"), [(torch.float64, 1e-10, 1e-8), (torch.float32, 1e-6, 1e-4), (torch.bfloat16, 4e-3, 0.5)]
)
def test_tolerance_belongs_to_the_dtype(dtype, passes, fails):
    """The tolerance is relative to the largest entry, and as strict as the dtype allows."""
    expected = torch.tensor([1.0, 0.0]).to(dtype)
    checks.close((expected.double() + passes).to(dtype), expected)
    refused(checks.close, (expected.double() + fails).to(dtype), expected)


def test_tolerance_can_be_named():
    """A test may say how far is near enough."""
    checks.close(EXPECTED + 0.01, EXPECTED, atol=0.02, rtol=0.0)
    refused(checks.close, EXPECTED + 1e-11, EXPECTED, atol=1e-12, rtol=0.0)


def test_infinities_have_to_be_the_same():
    """Where infinity is expected, the same infinity passes and nothing else does."""
    expected = torch.tensor([math.inf, -math.inf, 1.0])
    checks.close(expected.clone(), expected)
    refused(checks.close, -expected, expected)
    refused(checks.close, torch.tensor([1e30, -math.inf, 1.0]), expected)
    refused(checks.close, torch.tensor([math.inf, -math.inf, math.nan]), expected)


def test_a_hidden_sentence_has_no_value():
    """`message` names the claim alone; the first wrong entry and both values are in `shown`."""
    got = EXPECTED.clone()
    got[1, 0] = 7.125
    failure = refused(checks.close, got, EXPECTED, what="The score")
    assert failure.message == "The score is wrong."
    assert failure.shown == "Entry [1, 0] is 7.125, expected 3 (1 of 4 entries wrong)."
    assert "(2, 2)" not in refused(checks.close, got[0], EXPECTED).message


def test_what_has_no_entries_is_equal():
    """Nothing in it is wrong, and there is no largest entry to set the scale."""
    checks.close(torch.empty(0, 3), torch.empty(0, 3))


def test_a_single_number_is_told_without_a_count():
    """How many of its one entries are wrong says nothing."""
    assert refused(checks.close, torch.tensor(0.25), torch.tensor(0.75)).shown == "It is 0.25, expected 0.75."
    assert refused(checks.close, torch.tensor(math.nan), torch.tensor(0.75)).shown == "It is NaN."


@pytest.mark.parametrize("got", [0.5, np.array(0.5)])
def test_a_number_may_be_of_numpy(got):
    """Where a number is expected, a number of NumPy is one too: it crosses as an array without axes."""
    checks.close(got, 0.5)


@pytest.mark.parametrize(
    "got", [None, True, "0.5", torch.tensor(0.5), [0.5], math.nan, math.inf, 0.6, 1 << 2000, np.array([0.5]), 0.5 + 0j]
)
def test_a_number_is_expected(got):
    """Booleans, strings, tensors and complex numbers are not taken for a number, and an enormous integer does not break the check."""
    refused(checks.close, got, 0.5)


def test_complex_values_are_compared():
    """A wrong imaginary part is wrong."""
    expected = torch.tensor([1 + 2j], dtype=torch.complex128)
    checks.close(expected.clone(), expected)
    refused(checks.close, expected.conj().resolve_conj(), expected)


def test_equal_is_exact():
    """The last bit counts."""
    checks.equal(EXPECTED.clone(), EXPECTED)
    refused(checks.equal, EXPECTED * (1 + 1e-15), EXPECTED)
    refused(checks.equal, torch.tensor([1]), torch.tensor([True]))
    assert (
        refused(checks.equal, torch.tensor([True]), torch.tensor([False])).shown
        == "Entry [0] is True, expected False (1 of 1 entries wrong)."
    )


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (1, True),
        (1, 1.0),
        ([1, 2], (1, 2)),
        ([1], [1, 2]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {}),
        (None, "x"),
        ("x", None),
        ([EXPECTED], [EXPECTED + 1]),
        ({"a": [EXPECTED]}, {"a": [None]}),
    ],
)
def test_equal_looks_inside(got, expected):
    """Type, length, keys and every item count; tensors inside are compared as tensors."""
    refused(checks.equal, got, expected)
    checks.equal(expected, expected)


def test_long_text_is_cut_and_nothing_in_it_is_obeyed():
    """A quarter of a million characters may come back; what is shown of them fits a page, without a control character."""
    shown = refused(checks.equal, "\x1b[2J" + "\U000e0001" * 60_000, "3").shown
    assert len(shown) < 400
    assert shown.isprintable()
    assert refused(checks.equal, "four", "3").shown == "It is 'four', expected '3'."


@pytest.mark.parametrize("got", [None, 3, torch.zeros(2, 3), [1], (1, 2, 3), "ab", {"a": 1, "b": 2}])
def test_unpack_refuses(got):
    """What is not a tuple or list of the right length cannot be taken apart."""
    refused(checks.unpack, got, 2)


def test_unpack_returns_items():
    """A list or tuple is taken apart."""
    assert checks.unpack([1, None], 2) == (1, None)


@pytest.mark.parametrize(
    "got", [None, np.zeros((2, 3)), torch.zeros(2, 3), torch.zeros(3, 2, dtype=torch.float64), torch.full((2, 3), math.nan).double()]
)
def test_shape_refuses(got):
    """A tensor that one wants to compute with has the type, dtype and shape expected, and is finite."""
    refused(checks.shape, got, (2, 3))


def test_shape_returns_the_tensor():
    """Integers are finite."""
    got = torch.zeros(2, 3, dtype=torch.int64)
    assert checks.shape(got, (2, 3), torch.int64) is got


def test_that():
    """A claim that does not hold is said as it stands."""
    checks.that(True, "Never said.")
    failure = refused(checks.that, torch.tensor(False), "The weights sum to 1.", shown="They sum to 3.", got=3)
    assert (failure.message, failure.shown, failure.detail, failure.got) == ("The weights sum to 1.", "They sum to 3.", "They sum to 3.", 3)


def test_describe_asks_nobody():
    """A value's own methods are not called to describe it."""

    class Trap:
        def __repr__(self):
            raise AssertionError

    assert describe(Trap()) == "an object of another class"
    assert describe(torch.zeros(2)) == "a torch.Tensor of shape (2,) and dtype torch.float32"

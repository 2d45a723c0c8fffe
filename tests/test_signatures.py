"""What torch was seen to run is matched with what is forbidden; a worker's word is never believed further than its form."""

import pytest

from grader.forbidden import Hit
from grader.signatures import find_seen

SOFTMAX, CE = "torch.nn.functional.softmax", "torch.nn.functional.cross_entropy"


def test_an_operator_tells_the_call_under_every_name():
    """`_softmax` is the softmax; its backward is not."""
    assert find_seen([["operator", "_softmax", 3]], [SOFTMAX], 9) == (Hit(3, SOFTMAX, True),)
    assert find_seen([["operator", "_softmax_backward_data", 3]], [SOFTMAX], 9) == ()


def test_two_operators_of_one_line_tell_what_neither_tells_alone():
    """A cross-entropy is a log-softmax and a picked entry at once; either alone is honest."""
    both = [["operator", "_log_softmax", 3], ["operator", "nll_loss_forward", 3]]
    assert find_seen(both, [CE], 9) == (Hit(3, CE, True),)
    assert find_seen(both[:1], [CE], 9) == find_seen(both[1:], [CE], 9) == ()
    assert find_seen([both[0], ["operator", "nll_loss_forward", 4]], [CE], 9) == ()


def test_names_are_whole():
    """A method, a function and a class of one name are three things."""
    assert find_seen([["function", "torch.Tensor.mul", 2]], ["torch.mul"], 9) == ()
    assert find_seen([["function", "torch.mul", 2]], ["torch.mul"], 9) == (Hit(2, "torch.mul", True),)
    assert find_seen([["function", "torch.lstm", 2]], ["torch.nn.LSTM"], 9) == ()
    assert find_seen([["class", "torch.nn.LSTM", 2]], ["torch.nn.LSTM"], 9) == (Hit(2, "torch.nn.LSTM", True),)


def test_a_line_that_the_file_lacks_is_none():
    """The call is still named."""
    for line in (0, -1, 10, 2**62):
        assert find_seen([["operator", "_softmax", line]], [SOFTMAX], 9) == (Hit(0, SOFTMAX, True),)


@pytest.mark.parametrize(
    "records", [None, 3, "x", {}, [3], [[]], [["operator", "_softmax"]], [["operator", "_softmax", True]], [[[], {}, 1]]]
)
def test_what_is_no_record_is_nothing(records):
    """Whatever a worker answers, there is no error."""
    assert find_seen(records, [SOFTMAX, CE], 9) == ()

"""Claims about text of unknown origin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.printable import printable, printable_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("attend.py", "attend.py"),
        ("作业 一.py", "作业 一.py"),
        ("a\x1b[31m", r"a\x1b[31m"),
        ("a\n\t\x00", r"a\n\t\x00"),
        ("gpj.\u202eyp", r"gpj.\u202eyp"),
        ("\udc80", r"\udc80"),
        ("\u200b\U000e0041", r"\u200b\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text: str, shown: str) -> None:
    """Controls, marks of direction and halves of characters are written out; letters of any script stay."""
    assert printable(text) == shown


@given(st.text(), st.integers(1, 30))
def test_nothing_that_acts_is_left(text: str, longest: int) -> None:
    """Whatever comes in, what goes out can be printed and is no longer than asked."""
    assert printable(text).isprintable()
    assert len(printable(text, longest)) <= longest
    assert all(line.isprintable() for line in printable_lines(text).split("\n"))


def test_a_cut_is_seen() -> None:
    """A text that was cut ends in an ellipsis; one that just fits does not."""
    assert printable("abcdef", 4) == "abc…"
    assert printable("abcd", 4) == "abcd"


def test_lines_stay_lines() -> None:
    """Line ends and tabs keep their meaning, a lone carriage return does not."""
    assert printable_lines("a\r\n\tb\rc") == "a\n    b\\rc"

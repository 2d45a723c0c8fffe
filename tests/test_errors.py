"""Claims about the families of error."""

import pytest

from grader.errors import CourseError, HarnessError, SubmissionError


def test_all_faults_of_a_file_are_in_the_message() -> None:
    """An author reads every fault at once, one a line; without faults the message stands alone."""
    error = CourseError("x.toml has 2 faults:", ["a: is missing", "b: is missing"])
    assert str(error) == "x.toml has 2 faults:\n  - a: is missing\n  - b: is missing"
    assert error.faults == ("a: is missing", "b: is missing")
    assert str(CourseError("alone")) == "alone"


@pytest.mark.parametrize("family", [CourseError, SubmissionError, HarnessError])
def test_the_families_do_not_catch_each_other(family: type[Exception]) -> None:
    """Catching one family never swallows another: whose fault it is decides what happens."""
    others = {CourseError, SubmissionError, HarnessError} - {family}
    assert not any(issubclass(family, other) for other in others)

"""The three families of error: an author's file is wrong, a student's file is wrong, we are wrong."""

from collections.abc import Sequence


class CourseError(Exception):
    """A file of the course is wrong, or what was asked of the course does not exist.

    `faults` lists every fault found, one sentence each, so that an author mends a file in one go.
    """

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        super().__init__("\n".join([message, *(f"  - {fault}" for fault in faults)]))
        self.faults = tuple(faults)


class SubmissionError(Exception):
    """A file that somebody handed in cannot be held or graded; the message names the member and the reason."""


class HarnessError(Exception):
    """The harness itself failed: never a student's zero. The message says what to do next."""


class UncrossableError(HarnessError):
    """A test sends a worker what cannot cross to it. A submission may have brought that about, by what it returned."""

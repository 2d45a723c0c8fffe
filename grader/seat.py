"""Turns the test that is running into the submission it runs against: what the plugin's fixtures ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from grader.assignment import Assignment, Kind, Part, Task

if TYPE_CHECKING:
    from grader.sandbox.student import Student  # imports torch

INTEGRATION = "integration"
FIGURE = "figure"
"""Of which test the figure has the seed: a picture shows the same numbers on every machine."""


@dataclass(frozen=True)
class Test:
    """One test of the trusted list: its id, and the part that is lost with it."""

    __test__ = False  # not a test class for pytest

    id: str
    entry: str
    kind: Kind

    @property
    def part(self) -> str:
        """The name of the part that this test belongs to."""
        return INTEGRATION if self.entry == INTEGRATION else f"{self.entry}.{self.kind}"

    @property
    def is_public(self) -> bool:
        """Whether students have this test's source."""
        return self.id.startswith("public::")


class Seat(Protocol):
    """Where a test sits: the key its draws come from, and the submission across from it."""

    @property
    def key(self) -> bytes:
        """The key that inputs are drawn from."""
        ...

    def student(self, test: Test) -> "Student":
        """Return the submission for this test, seeded and loaded."""
        ...


def task_of(assignment: Assignment, test: Test) -> Task | None:
    """Return the task of a test; None for the integration."""
    return None if test.entry == INTEGRATION else assignment.task(test.entry)


def unknown_parts(assignment: Assignment, tests: Mapping[str, Test]) -> list[str]:
    """Return what the tests and the parts of an assignment do not agree on, one sentence each."""
    parts: dict[str, Part] = {part.name: part for part in assignment.parts() if part.is_tested}
    tested = {test.part for test in tests.values()}
    faults = [f"{test.id} belongs to {test.part}, which has no points" for test in tests.values() if test.part not in parts]
    return faults + [f"{name} has points but no test" for name in parts if name not in tested]

"""Turns an exception of a test's own code into whose fault it is: an answer's that the test could not go on with, or the grader's.

A submission may answer with anything, and no author foresees all of it. What decides is the reference: where the same test passes
with it, under the same draws, the answer was of another kind than the test asks for.
"""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.assignment import Kind
from grader.checks.values import describe
from grader.draw import Draw, seed
from grader.errors import UncrossableError
from grader.printable import printable
from grader.result import Failure, Verdict
from grader.sandbox import student as callables
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student
from grader.seat import Test
from grader.suspects import ODD_VALUES, rerun

QUICK = frozenset({Kind.CORRECTNESS, Kind.GRADIENT, Kind.PROPERTY})
"""The kinds of tests that are run once more with the reference; a clock or a training would take too long in the judge."""
MOST_SAID = 200
_SANDBOX = Path(callables.__file__).parent
_CARRIERS = frozenset({_SANDBOX, _SANDBOX.with_name("worker")})


@dataclass(frozen=True)
class Stumbles:
    """What tells a topic's strange answers from faults of its grader. `reference` returns the reference as a task must see it."""

    topic: str
    reference: Callable[[str], InProcess]

    def failure(self, item: pytest.Item, test: Test, error: BaseException, returned: Sequence[object], key: bytes) -> Failure | None:
        """Return what an exception means for the submission that answered `returned`; None where the grader itself is at fault."""
        # Certain without the reference, and so in a test of any kind.
        if isinstance(error, AttributeError) and any(value is error.obj for value in returned):
            return _another_kind(error.obj, f"It is {describe(error.obj)}, which has no {error.name}.")
        may_be_an_answers = isinstance(error, UncrossableError) or (isinstance(error, ODD_VALUES) and not _carried(error))
        if not returned or not may_be_an_answers or test.kind not in QUICK or not self._passes(item, test, key):
            return None
        stop = printable(f"{type(error).__name__}: {error}", MOST_SAID)  # its text may be the submission's
        return _another_kind(returned[-1], f"The test got {describe(returned[-1])} and cannot go on with it ({stop}).")

    def _passes(self, item: pytest.Item, test: Test, key: bytes) -> bool:
        leash = self.reference(test.entry)
        try:
            leash.ask({"op": "test", "seed": seed(key, self.topic, test.id, "worker")})
            rerun(item, {"student": Student(leash), "draw": Draw(seed(key, self.topic, test.id, "draw"))})
        except Exception:  # noqa: BLE001 - whatever the reference meets, it does not clear the grader
            return False
        return True


def _another_kind(got: object, shown: str) -> Failure:
    return Failure(Verdict.WRONG, "What your code returns is of another kind.", shown=shown, detail=shown, got=got)


def _carried(error: BaseException) -> bool:
    """Say whether it came out of what carries calls and answers: nothing that is returned may break that, so it is no answer's fault."""
    files = [Path(frame.f_code.co_filename) for frame, _ in traceback.walk_tb(error.__traceback__)]
    return any(file.parent in _CARRIERS and file != Path(callables.__file__) for file in files)

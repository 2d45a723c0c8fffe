"""Turns a wrong value into the mistake of the catalogue that gives the very same value for the same input."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

from grader.catalogue import Deserves, Example
from grader.draw import Draw, seed
from grader.fingerprints import telling
from grader.result import Failure, Verdict
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student
from grader.seat import INTEGRATION, Test

ALIKE = 1e-6
PATIENCE = 12  # failing tests of one task that are searched: by then a mistake has been named, or is not in the catalogue
# A test may stumble over the odd value of a mistake that it was not written for. That is no match, and no fault either.
ODD_VALUES = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, RuntimeError)
"""What a test raises that goes on with a value of a kind that it does not expect."""
Loader = Callable[[str, str], tuple[str, bytes | None]]


@dataclass(frozen=True)
class Suspects:
    """The wrong submissions of a topic. `loader` gives a module's text as a task must see it, and what is put in."""

    topic: str
    wrong: Mapping[str, Sequence[Example]]  # by the entry of the task that they get wrong
    leashes: Mapping[tuple[str, str], InProcess]  # by entry and name
    _searched: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, topic: str, entries: Sequence[str], catalogue: Sequence[Example], loader: Loader) -> "Suspects":
        """Return the suspects of a catalogue, spliced and loaded once: the forks of a judge share them."""
        wrong = {
            entry: [
                example
                for example in catalogue
                if example.deserves is Deserves.WRONG and any(part.startswith(f"{entry}.") for part in example.loses)
            ]
            for entry in entries
        }
        leashes = {}
        for entry, found in wrong.items():
            for example in found:
                module, given = loader(example.module, entry)
                leashes[entry, example.name] = leash = InProcess(topic, module, given=given)
                leash.load()
        return cls(topic, wrong, leashes)

    def sentence(self, item: pytest.Item, test: Test, failure: Failure, key: bytes) -> str:
        """Return the sentence of the one mistake that makes this test fail with the same value; empty if there is none, or several."""
        if failure.verdict is not Verdict.WRONG or failure.got is None or test.entry == INTEGRATION:
            return ""
        self._searched[test.entry] += 1
        if self._searched[test.entry] > PATIENCE:
            return ""
        found = {example.sentence for example in self.wrong[test.entry] if same(failure.got, self.got(item, test, example, key))}
        return found.pop() if len(found) == 1 else ""

    def got(self, item: pytest.Item, test: Test, example: Example, key: bytes) -> object:
        """Return the value that fails this test when the catalogue's file takes it; None if it passes or fails otherwise."""
        leash = self.leashes[test.entry, example.name]
        try:
            leash.ask({"op": "test", "seed": seed(key, self.topic, test.id, "worker")})
            rerun(item, {"student": Student(leash), "draw": Draw(seed(key, self.topic, test.id, "draw"))})
        except Failure as failure:
            return failure.got
        except ODD_VALUES:
            return None
        return None


def same(got: object, other: object) -> bool:
    """Say whether two telling values are the same kind of thing with nearly the same numbers."""
    if type(got) is not type(other) or not telling(got):
        return False
    a, b = torch.as_tensor(got), torch.as_tensor(other)
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if not (a.is_floating_point() or a.is_complex()):
        return bool((a == b).all())
    return bool(torch.allclose(a, b, rtol=ALIKE, atol=ALIKE, equal_nan=True))


def rerun(item: Any, replaced: Mapping[str, object]) -> None:
    """Call the test once more with other fixtures; a fixture that takes part in drawing is made anew by the caller."""
    wanted = item._fixtureinfo.argnames
    item.obj(**{name: replaced.get(name, item.funcargs[name]) for name in wanted})

"""Turns what a worker asks while a call runs into the answer of what the judge serves it."""

from dataclasses import dataclass
from typing import Protocol

from grader.result import Failure, Verdict


@dataclass(frozen=True)
class Question:
    """What a worker asks: of which served thing, what it should do, and with what. All of it was written by the student's side."""

    number: int
    do: str
    what: object


class Refusal(Exception):  # noqa: N818 - told to the student's code, no fault of the program
    """The judge does not do what was asked. The text has no value in it: it may be shown for a hidden test."""

    def __init__(self, reason: str, *, kind: str = "state") -> None:
        super().__init__(reason)
        self.kind = kind


class Served(Protocol):
    """Something that lives in the judge and that a worker may use while it answers a call."""

    def answer(self, do: str, what: object) -> object:
        """Return what may cross. `Refusal` with the reason; `Failure` where the question is none that our code asks."""
        ...

    def close(self) -> None:
        """Refuse everything from now on."""
        ...


class Service:
    """What a leash serves. Things are added for a test and stay known when closed, so that a late question is refused, not forged."""

    def __init__(self) -> None:
        self._served: list[Served] = []
        self._refused = ""

    def add(self, served: Served) -> int:
        """Serve one more thing; return its number."""
        self._served.append(served)
        return len(self._served) - 1

    def close(self) -> None:
        """Close everything that is served."""
        for served in self._served:
            served.close()

    def question(self, raw: object) -> Question:
        """Return a question from what a worker wrote; `Failure` where it is none."""
        if isinstance(raw, list) and len(raw) == 3 and type(raw[0]) is int and 0 <= raw[0] < len(self._served) and type(raw[1]) is str:
            return Question(*raw)
        raise Failure(Verdict.FORGED, "What came back from your code is not an answer.", detail="asks for what was not given")

    def answer(self, question: Question) -> dict[str, object]:
        """Return the fields that answer a question."""
        self._refused = ""
        try:
            return {"value": self._served[question.number].answer(question.do, question.what)}
        except Refusal as refusal:
            self._refused = str(refusal)
            return {"refused": [refusal.kind, str(refusal)]}

    def explained(self, failure: Failure) -> Failure:
        """Return the failure of a call, with what was refused last if that was what the student's code raised of."""
        refused, self._refused = self._refused, ""
        if not refused or failure.verdict is not Verdict.RAISED:
            return failure
        message = f"{refused} {failure.message}"
        return Failure(failure.verdict, message, shown=failure.shown, detail=failure.detail, hint=failure.hint)

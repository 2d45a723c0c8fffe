"""Claims about the short phrase of what happened."""

import pytest

from grader.result import Outcome, PartScore, Result, State, Verdict
from grader.summary import what_happened


def result(
    parts: dict[str, State], tests: list[tuple[str, Verdict, str]] | None = None, *, complete: bool = True, pending: float = 0
) -> Result:
    return Result(
        topic="t", submission="sha256:5f", grader="sha256:a1", key="sha256:77", backend="b", device="cpu", torch="2",
        started_at="2026-11-21T10:02:11Z", cpu_s=1, wall_s=1, complete=complete, earned=50 if complete else None, possible=100,
        pending=pending,
        parts=tuple(PartScore(part=name, points=5, earned=0, state=state) for name, state in parts.items()),
        tests=tuple(
            Outcome(id=f"hidden::T::t[{i}]", part=part, verdict=verdict, message=message)
            for i, (part, verdict, message) in enumerate(tests or [])
        ),
    )  # fmt: skip


EARNED, LOST, BLOCKED, PARTIAL, PENDING = State.EARNED, State.LOST, State.BLOCKED, State.PARTIAL, State.PENDING
SYNTAX = "Your file does not import: SyntaxError at line 12.\nSyntaxError: invalid syntax"


@pytest.mark.parametrize(
    ("found", "phrase"),
    [
        (result({"a.correctness": EARNED}, [("a.correctness", Verdict.PASSED, "")]), "full marks"),
        (result({"a.correctness": EARNED, "a.speed_cuda": PENDING}, pending=5), "full marks so far"),
        (result({}, [("a.correctness", Verdict.HARNESS, "x")], complete=False), "not graded: the harness failed"),
        (result({"a.gradient": LOST}, [("a.gradient", Verdict.WRONG, "x")]), "lost a.gradient"),
        (result({"a.correctness": LOST, "a.speed": BLOCKED, "b.correctness": LOST}, [("a.correctness", Verdict.WRONG, "")]),
         "lost a.correctness (+1 more)"),
        (result({"quiz": PARTIAL}), "part of quiz"),
        (result({"quiz": LOST}), "lost quiz"),
        (result({"C.forward.gradient": LOST, "quiz": LOST}, [("C.forward.gradient", Verdict.TIMEOUT, "x")]),
         "timeout in C.forward (+1 more)"),
        (result({"a.gradient": LOST, "integration": LOST}, [("a.gradient", Verdict.WRONG, ""), ("integration", Verdict.MEMORY, "")]),
         "memory in integration (+1 more)"),
        # What a blocked part ran into costs nothing, so it is not what happened.
        (result({"a.correctness": LOST, "a.speed": BLOCKED}, [("a.correctness", Verdict.WRONG, ""), ("a.speed", Verdict.TIMEOUT, "")]),
         "lost a.correctness"),
        (result({"a.correctness": LOST, "quiz": EARNED}, [("a.correctness", Verdict.INVALID, SYNTAX)] * 2),
         "does not import: SyntaxError at line 12"),
        (result({"a.correctness": LOST}, [("a.correctness", Verdict.INVALID, "What your code returns cannot leave its process.")]),
         "lost a.correctness"),
        (result({"a.correctness": LOST, "b.correctness": EARNED},
                [("a.correctness", Verdict.MISSING, ""), ("b.correctness", Verdict.PASSED, "")]), "lost a.correctness"),
        (result({"a.correctness": LOST, "quiz": LOST}, [("a.correctness", Verdict.MISSING, ""), ("a.speed_cuda", Verdict.PENDING, "")]),
         "untouched stub"),
    ],
)  # fmt: skip
def test_the_phrase_names_what_matters_most(found: Result, phrase: str) -> None:
    """Each kind of result has its phrase, drawn from the result alone."""
    assert what_happened(found) == phrase

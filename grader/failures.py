"""Turns the outcomes of a result into what its student may read of each failure, once for all that say the same."""

from collections.abc import Iterable
from dataclasses import dataclass

from grader.result import Outcome, Verdict

PUBLIC = "public"


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Tests of one part that did not pass and say the same. `test` is the first one's id, and empty where they are hidden."""

    part: str
    verdict: Verdict
    test: str
    count: int
    message: str
    suspected: str
    hint: int | None


def failed(tests: Iterable[Outcome]) -> tuple[Failed, ...]:
    """Return what did not pass, in the order of the tests. Neither a hidden test's id nor any `detail` is in it."""
    alike: dict[tuple[str, str, str, str, str], list[Outcome]] = {}
    for test in tests:
        if test.verdict not in (Verdict.PASSED, Verdict.PENDING):
            alike.setdefault((test.part, test.verdict, _origin(test), test.message, test.suspected), []).append(test)
    return tuple(_failed(group) for group in alike.values())


def _failed(group: list[Outcome]) -> Failed:
    first = group[0]
    return Failed(
        part=first.part,
        verdict=first.verdict,
        test=first.id if _origin(first) == PUBLIC else "",
        count=len(group),
        message=first.message,
        suspected=first.suspected,
        hint=first.hint,
    )


def _origin(test: Outcome) -> str:
    return test.id.partition("::")[0]

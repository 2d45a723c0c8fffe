"""Turns a result into what happened, in one short phrase."""

import re
from collections.abc import Sequence

from grader.result import Outcome, PartScore, Result, State, Verdict

SUDDEN = (Verdict.FORGED, Verdict.FORBIDDEN, Verdict.TIMEOUT, Verdict.MEMORY, Verdict.PROCESSES, Verdict.DISK, Verdict.OUTPUT)
"""Verdicts that say more than the part they cost."""


def what_happened(result: Result) -> str:
    """Say in one short phrase what became of a submission."""
    if not result.complete:
        return "not graded: the harness failed"
    failed = [test for test in result.tests if test.verdict not in (Verdict.PASSED, Verdict.PENDING)]
    lost = [part for part in result.parts if part.state in (State.LOST, State.PARTIAL)]
    if not lost:
        return "full marks so far" if result.pending else "full marks"
    if failed and all(test.verdict == Verdict.INVALID for test in failed) and (cause := _import_fault(failed[0])):
        return f"does not import: {cause}"
    if failed and all(test.verdict == Verdict.MISSING for test in result.tests if test.verdict != Verdict.PENDING):
        return "untouched stub"
    return _losses(lost, failed)


def _import_fault(test: Outcome) -> str:
    """Return `SyntaxError at line 12` of a test's message, or nothing if it is of something else."""
    found = re.search(r"does not import: ([^\n]*?)\.?$", test.message, flags=re.MULTILINE)
    return found[1] if found else ""


def _losses(lost: Sequence[PartScore], failed: Sequence[Outcome]) -> str:
    names = [part.part for part in lost]
    sudden = next((test for verdict in SUDDEN for test in failed if test.verdict == verdict and test.part in names), None)
    if sudden:
        first, phrase = sudden.part, f"{sudden.verdict} in {_entry(sudden.part)}"
    else:
        first, phrase = names[0], f"{'lost' if lost[0].state == State.LOST else 'part of'} {names[0]}"
    more = len(names) - 1
    return f"{phrase} (+{more} more)" if more and first else phrase


def _entry(part: str) -> str:
    return part.rpartition(".")[0] or part

"""Turns how near the comparisons of a test came to what they allow into numbers that a study keeps.

Checks tell it here; nothing is kept unless somebody records. The marks of a submission do not depend on it.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

MOST = 1e9
"""What stands for every number above it, and for what is no number."""


@dataclass
class Margins:
    """What one test came to: by kind of threshold the largest share of the allowed that was used, and by ladder the runs' numbers."""

    used: dict[str, float] = field(default_factory=dict)
    """0 where nothing of the allowed was used, 1 at the threshold, more beyond it."""
    runs: dict[str, list[float]] = field(default_factory=dict)


_recorded: list[Margins] = []


@contextmanager
def recording() -> Iterator[Margins]:
    """Keep what checks tell, until the end of the block."""
    margins = Margins()
    _recorded.append(margins)
    try:
        yield margins
    finally:
        _recorded.remove(margins)


def note(kind: str, found: float, allowed: float) -> None:
    """Tell that a check found `found` where at most `allowed` passes, both counted from 0."""
    if not _recorded:
        return
    used = found / allowed if allowed > 0 else (0.0 if found == 0 else MOST)
    used = min(used, MOST) if used >= 0 else MOST  # NaN, too
    for margins in _recorded:
        margins.used[kind] = max(margins.used.get(kind, 0.0), used)


def note_run(ladder: str, number: float) -> None:
    """Tell the number that one run of a training came to."""
    for margins in _recorded:
        margins.runs.setdefault(ladder, []).append(number if math.isfinite(number) else MOST)

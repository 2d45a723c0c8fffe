"""Turns a due date, an extension and a time of receipt into what is taken off for being late."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from pydantic import with_config

from grader.tables import STRICT


class Per(StrEnum):
    """What the rate is for: each hour or each day that has begun."""

    HOUR = "hour"
    DAY = "day"

    @property
    def seconds(self) -> int:
        """The length of one."""
        return 3600 if self is Per.HOUR else 86400


class Counts(StrEnum):
    """Which of a student's attempts counts: the last, the one with the best final mark, or the one that was chosen."""

    LAST = "last"
    BEST = "best"
    CHOSEN = "chosen"


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class LatePolicy:
    """What lateness costs: past the grace, `rate_percent` of what was earned for each hour or day begun since the due date."""

    grace_minutes: float = 0
    rate_percent: float = 0
    per: Per = Per.DAY
    cap_percent: float = 100

    def faults(self) -> list[str]:
        """Return what is impossible about this policy, one sentence each."""
        found = [f"grace_minutes: found {self.grace_minutes:g}, expected 0 or more"] if self.grace_minutes < 0 else []
        for name in ("rate_percent", "cap_percent"):
            value = getattr(self, name)
            if not 0 <= value <= 100:
                found.append(f"{name}: found {value:g}, expected 0 to 100")
        return found


FREE = LatePolicy()
"""Lateness costs nothing where no file says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Extension:
    """More time for one student: `until` takes the place of the due date. `reason` is for the instructor's eyes."""

    student: str
    topic: str
    until: datetime
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """How late a hand-in was, and the percentage of its mark that this costs."""

    due: datetime | None
    is_extended: bool
    late_s: int
    percent: Fraction
    is_capped: bool = False

    @property
    def reason(self) -> str:
        """Say in one sentence why nothing or something is taken off; empty where nothing is due."""
        if self.due is None:
            return ""
        until = "the extension" if self.is_extended else "the due date"
        if not self.late_s:
            return "in time, with an extension" if self.is_extended else "in time"
        length = duration(self.late_s)
        if not self.percent:
            return f"{length} after {until}: within the grace, or free of cost"
        return f"{length} after {until}: {float(self.percent):g} %{', the most there is,' if self.is_capped else ''} taken off"


def lateness(policy: LatePolicy, due: datetime | None, extension: Extension | None, received_at: datetime) -> Lateness:
    """Return how late a hand-in is. An extension that ends before the due date changes nothing.

    Lateness counts in exact seconds from the due date, also past the grace: a grace forgives, it does not move the date.
    """
    extended = extension is not None and (due is None or extension.until > due)
    if extended and extension is not None:
        due = extension.until
    if due is None:
        return Lateness(due=None, is_extended=False, late_s=0, percent=Fraction(0))
    late = utc(received_at) - utc(due)  # two times of one zone would be subtracted as the clock shows them
    if late <= timedelta(0):
        return Lateness(due=due, is_extended=extended, late_s=0, percent=Fraction(0))
    late_s = ceil(late.total_seconds())
    units = 0 if late <= timedelta(minutes=policy.grace_minutes) else -(-late // timedelta(seconds=policy.per.seconds))
    asked, cap = units * _exact(policy.rate_percent), _exact(policy.cap_percent)
    return Lateness(due=due, is_extended=extended, late_s=late_s, percent=min(asked, cap), is_capped=asked > cap)


def taken_off(earned: float, percent: Fraction) -> float:
    """Return the points that `percent` of `earned` are, to a hundredth, half up."""
    return floor(_exact(earned) * percent / 100 * 100 + Fraction(1, 2)) / 100


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units: `2 days 3 h`, `1 h 5 min`, `40 s`."""
    rest = round(seconds)
    words = []
    for name, length in (("day", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, length)
        if count:
            words.append(f"{count} {name}{'s' if name == 'day' and count > 1 else ''}")
        elif words:
            break  # `1 day` is enough where the hours are none
    return " ".join(words[:2]) or "0 s"


def shown_time(moment: datetime) -> str:
    """Return a time as people read it, with its zone: `2026-11-29 23:59 CST`."""
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or 'UTC'}".rstrip()


def utc(moment: datetime) -> datetime:
    """Return an aware time in UTC."""
    return moment.astimezone(UTC)


def _exact(value: float) -> Fraction:
    """Return the decimal fraction that was written: 0.1 is a tenth here."""
    return Fraction(repr(value))

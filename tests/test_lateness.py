"""Claims about what lateness costs."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from grader.lateness import Extension, LatePolicy, Per, duration, lateness, shown_time, taken_off

DUE = datetime(2026, 11, 29, 23, 59, tzinfo=ZoneInfo("Asia/Taipei"))
DAILY = LatePolicy(grace_minutes=15, rate_percent=10, per=Per.DAY, cap_percent=30)


def extension(until: datetime) -> Extension:
    return Extension(student="ann", topic="toy", until=until)


@pytest.mark.parametrize(
    ("late", "percent", "late_s"),
    [
        (timedelta(hours=-1), 0, 0),
        (timedelta(0), 0, 0),
        (timedelta(seconds=1), 0, 1),
        (timedelta(minutes=15), 0, 900),
        (timedelta(minutes=15, seconds=1), 10, 901),
        (timedelta(days=1), 10, 86400),
        (timedelta(days=1, microseconds=1), 20, 86401),
        (timedelta(days=2, seconds=1), 30, 172801),
        (timedelta(days=9), 30, 777600),
    ],
)
def test_each_begun_day_costs_up_to_the_cap(late: timedelta, percent: int, late_s: int) -> None:
    """Nothing within the grace; past it every day begun since the due date costs its rate; never more than the cap."""
    found = lateness(DAILY, DUE, None, DUE + late)
    assert (found.percent, found.late_s) == (percent, late_s)


def test_hours_count_as_hours() -> None:
    """With a rate per hour, 61 minutes are two hours begun."""
    policy = LatePolicy(rate_percent=0.1, per=Per.HOUR)
    assert lateness(policy, DUE, None, DUE + timedelta(minutes=61)).percent == Fraction(2, 10)


def test_zones_do_not_matter() -> None:
    """The same moment is as late whatever zone it is written in."""
    moment = DUE + timedelta(hours=5)
    assert lateness(DAILY, DUE, None, moment.astimezone(UTC)) == lateness(DAILY, DUE, None, moment)


def test_a_day_of_25_hours_is_counted_in_real_time() -> None:
    """Over the end of summer time a day later on the clock is 25 hours later: two days begun."""
    due = datetime(2026, 10, 24, 23, 59, tzinfo=ZoneInfo("Europe/Berlin"))
    next_night = datetime(2026, 10, 25, 23, 59, tzinfo=ZoneInfo("Europe/Berlin"))
    found = lateness(LatePolicy(rate_percent=10), due, None, next_night)
    assert (found.late_s, found.percent) == (25 * 3600, 20)


def test_an_extension_moves_the_date_forward_only() -> None:
    """Until its end nothing is late; one that ends before the due date takes nothing away."""
    longer = lateness(DAILY, DUE, extension(DUE + timedelta(days=3)), DUE + timedelta(days=2))
    assert (longer.late_s, longer.percent, longer.is_extended, longer.reason) == (0, 0, True, "in time, with an extension")
    shorter = lateness(DAILY, DUE, extension(DUE - timedelta(days=3)), DUE - timedelta(days=1))
    assert (shorter.late_s, shorter.is_extended, shorter.due) == (0, False, DUE)
    past = lateness(DAILY, DUE, extension(DUE + timedelta(days=3)), DUE + timedelta(days=3, hours=2))
    assert (past.percent, past.reason) == (10, "2 h after the extension: 10 % taken off")


def test_without_a_date_nothing_is_late() -> None:
    """A topic that is never due has no lateness and nothing to say about it; an extension alone is a date."""
    assert lateness(DAILY, None, None, DUE).reason == ""
    assert lateness(DAILY, None, extension(DUE), DUE + timedelta(hours=1)).percent == 10


def test_the_reason_tells_grace_and_cap() -> None:
    """Grace and cap are named in the sentence, with the real length of the delay."""
    assert "within the grace" in lateness(DAILY, DUE, None, DUE + timedelta(minutes=3)).reason
    assert lateness(DAILY, DUE, None, DUE + timedelta(days=9, hours=3)).reason == (
        "9 days 3 h after the due date: 30 %, the most there is, taken off"
    )


@pytest.mark.parametrize(
    ("earned", "percent", "points"), [(92.33, 10, 9.23), (0.05, 10, 0.01), (0.04, 10, 0.0), (100, 100, 100), (87.5, 0, 0)]
)
def test_points_are_rounded_once_half_up(earned: float, percent: int, points: float) -> None:
    """0.005 points are a hundredth, as everywhere in the marks."""
    assert taken_off(earned, Fraction(percent)) == points


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (40, "40 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (86400, "1 day"),
        (2 * 86400 + 3 * 3600 + 59, "2 days 3 h"),
        (86430, "1 day"),
    ],
)
def test_durations_are_read_at_a_glance(seconds: int, words: str) -> None:
    """Two units at most, and no unit of nothing."""
    assert duration(seconds) == words


def test_a_time_is_shown_with_its_zone() -> None:
    """Nobody has to guess whose midnight it is."""
    assert shown_time(DUE) == "2026-11-29 23:59 CST"


@pytest.mark.parametrize(
    ("policy", "fault"),
    [
        (LatePolicy(grace_minutes=-1), "grace_minutes: found -1, expected 0 or more"),
        (LatePolicy(rate_percent=101), "rate_percent: found 101, expected 0 to 100"),
        (LatePolicy(cap_percent=-5), "cap_percent: found -5, expected 0 to 100"),
    ],
)
def test_an_impossible_policy_is_told(policy: LatePolicy, fault: str) -> None:
    """Each number has its range."""
    assert policy.faults() == [fault]

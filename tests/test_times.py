"""Claims about times that a school's system gives."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from grader.errors import CourseError
from grader.roster import Person, Roster
from grader.times import Times, read_times

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Taipei")
ROSTER = Roster((Person(id="ann", lms_ids=("501",)), Person(id="Ben")))


def read(tmp_path: Path, text: str, roster: Roster | None = ROSTER) -> Times:
    path = tmp_path / "times.csv"
    path.write_text(text)
    return read_times(path, NOW, roster, ZONE, NOW)


def test_each_student_has_a_time(tmp_path: Path) -> None:
    """By lms_id or id, in the course's zone or the one that is written; without one, that of all; strangers are told."""
    times = read(tmp_path, "received_at,id\n2026-11-29 23:40,501\n2026-11-29T16:00Z,ben\n,ann\n2026-11-29 01:00,eve\n")
    assert times.of("ann") == datetime(2026, 11, 29, 15, 40, tzinfo=UTC)
    assert times.of("Ben") == datetime(2026, 11, 29, 16, 0, tzinfo=UTC)
    assert times.of("zoe") == NOW
    assert times.strangers == ("eve",)


def test_without_a_roster_the_ids_are_the_students(tmp_path: Path) -> None:
    """Capitals do not matter, and nobody is a stranger."""
    times = read(tmp_path, "id,received_at\nANN,2026-11-29 23:40\n", roster=None)
    assert times.of("ann").hour == 23
    assert times.strangers == ()


def test_all_faults_are_told_by_line(tmp_path: Path) -> None:
    """What is no time, what is in the future, whose id is missing, and who has two times."""
    rows = "ann,yesterday\nann,2026-12-01 08:01\n,2026-11-29 01:00\nben,2026-11-29 01:00\nBEN,2026-11-29 02:00\nben,2026-11-29 01:00\n"
    with pytest.raises(CourseError) as refused:
        read(tmp_path, f"id,received_at\n{rows}")
    assert [fault.partition(": ")[2] for fault in refused.value.faults] == [
        "line 2: received_at is 'yesterday', expected a time such as 2026-11-29 23:40 or 2026-11-29T23:40+08:00",
        "line 3: 2026-12-01 08:01 CST is in the future",
        "line 4: the id is missing",
        "line 6: line 5 gives another time for Ben",
    ]

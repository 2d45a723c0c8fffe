"""Claims about an instructor's decisions in the workspace."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.errors import CourseError, HarnessError
from grader.lateness import Extension
from grader.records import (
    ManualMark,
    choose,
    chosen,
    drop_extension,
    extensions,
    keep_extension,
    keep_manual_marks,
    manual_marks,
)
from grader.workspace import Workspace

UNTIL = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def extension(student: str, topic: str = "toy", until: datetime = UNTIL, reason: str = "") -> Extension:
    return Extension(student=student, topic=topic, until=until, reason=reason)


def test_an_extension_is_kept_replaced_and_dropped(workspace: Workspace) -> None:
    """One a student and topic; the others stay as they are, reasons with commas and formulas too."""
    assert extensions(workspace, "toy") == {}
    for one in (extension("ann", reason="ill, with a note"), extension("bob", reason="=1+1"), extension("ann", "other")):
        keep_extension(workspace, one)
    keep_extension(workspace, extension("ann", until=UNTIL.replace(day=5), reason="still ill"))
    assert extensions(workspace, "toy") == {
        "ann": extension("ann", until=UNTIL.replace(day=5), reason="still ill"),
        "bob": extension("bob", reason="=1+1"),
    }
    drop_extension(workspace, "toy", "ann")
    drop_extension(workspace, "toy", "nobody")
    assert list(extensions(workspace, "toy")) == ["bob"]
    assert list(extensions(workspace, "other")) == ["ann"]


@pytest.mark.parametrize("until", ["tomorrow", "2026-12-01", "2026-12-01T12:00"])
def test_a_time_without_a_zone_is_refused(workspace: Workspace, until: str) -> None:
    """Edited by hand, the line is named: a guessed zone would cost somebody a mark."""
    (workspace.root / "extensions.csv").write_text(f"topic,student,until,reason\ntoy,ann,{until},\n")
    with pytest.raises(CourseError, match=r"extensions\.csv, line 2: until is .*expected a time with its zone"):
        extensions(workspace, "toy")


def test_the_chosen_attempt(workspace: Workspace) -> None:
    """The last choice holds; a number that is none is told with its line."""
    choose(workspace, "toy", "ann", 1)
    choose(workspace, "toy", "ann", 2)
    choose(workspace, "other", "ann", 7)
    assert chosen(workspace, "toy") == {"ann": 2}
    (workspace.root / "chosen.csv").write_text("topic,student,attempt\ntoy,ann,first\n")
    with pytest.raises(CourseError, match=r"chosen\.csv, line 2: the attempt is 'first', expected a number"):
        chosen(workspace, "toy")


def test_manual_marks_are_kept_by_student(workspace: Workspace) -> None:
    """Points, comment and the answer they were given for come back; a damaged file is no empty list."""
    mark = ManualMark(student="ann", topic="toy", part="written", answer="sha256:ab", points=3.5, comment="好 <b>")
    keep_manual_marks(workspace, "toy", "ann", (mark,))
    assert manual_marks(workspace, "toy") == {"ann": (mark,)}
    assert manual_marks(workspace, "other") == {}
    (workspace.root / "manual" / "toy" / "ann.json").write_text('[{"student": "ann"}]')
    with pytest.raises(HarnessError, match="holds no manual marks"):
        manual_marks(workspace, "toy")

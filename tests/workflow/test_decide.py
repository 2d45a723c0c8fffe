"""Claims about an instructor's decisions on one student."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from grader.course import Course
from grader.errors import CourseError
from grader.lateness import Counts
from grader.records import chosen, extensions
from grader.workflow.decide import choose, extend, take_back
from grader.workspace import Receipt, Workspace

DUE = datetime(2026, 11, 29, 23, 59)
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def course(toy_course: Course) -> Course:
    return replace(toy_course, due={"toy": DUE}, timezone="Asia/Taipei", attempts=Counts.CHOSEN)


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    workspace = Workspace(tmp_path)
    (tmp_path / "roster.csv").write_text("id,name,email\nbob,Bob,b@example.org\n")
    for attempt in (1, 2):
        workspace.keep_submission(
            Receipt(student="ann", topic="toy", attempt=attempt, digest="sha256:0", received_at=NOW, original="x", files=("toy.py",)),
            {"toy.py": b""},
        )
    return workspace


def test_more_time_by_length_or_until_a_moment(course: Course, workspace: Workspace) -> None:
    """A length counts from the due date; a moment without a zone is the course's."""
    assert extend(course, workspace, "toy", "ann", by=timedelta(days=2)).until.isoformat() == "2026-12-01T23:59:00+08:00"
    extend(course, workspace, "toy", "bob", until=datetime(2026, 12, 3, 12), reason="ill")
    found = extensions(workspace, "toy")
    assert found["bob"].until.isoformat() == "2026-12-03T12:00:00+08:00"
    take_back(course, workspace, "toy", "ann")
    assert list(extensions(workspace, "toy")) == ["bob"]


def test_an_extension_that_would_do_nothing_is_refused(course: Course, workspace: Workspace) -> None:
    """An unknown student, a date that does not move, a topic without one, no date at all."""
    with pytest.raises(CourseError, match="Nobody is called 'anne'; did you mean 'ann'"):
        extend(course, workspace, "toy", "anne", by=timedelta(days=1))
    with pytest.raises(CourseError, match="until 2026-11-29 23:59 CST; 2026-11-29 23:00 CST is no later"):
        extend(course, workspace, "toy", "ann", until=datetime(2026, 11, 29, 23))
    with pytest.raises(CourseError, match="has no due date"):
        extend(replace(course, due={}), workspace, "toy", "ann", by=timedelta(days=1))
    with pytest.raises(CourseError, match="--until or --by"):
        extend(course, workspace, "toy", "ann")
    assert extensions(workspace, "toy") == {}


def test_an_attempt_is_chosen(course: Course, workspace: Workspace) -> None:
    """One that exists, in a course that counts chosen ones."""
    assert choose(course, workspace, "toy", "ann", 1).attempt == 1
    assert chosen(workspace, "toy") == {"ann": 1}
    with pytest.raises(CourseError, match="ann has no attempt 3 of toy; there are: 1, 2"):
        choose(course, workspace, "toy", "ann", 3)
    with pytest.raises(CourseError, match="Here the last attempt counts"):
        choose(replace(course, attempts=Counts.LAST), workspace, "toy", "ann", 1)

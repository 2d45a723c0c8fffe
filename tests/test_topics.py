"""Every topic that is written passes the gate: `grader verify`, as part of the test suite."""

from pathlib import Path

import pytest

from grader.course import load_course
from grader.workflow.build import build
from grader.workflow.figure import figure
from grader.workflow.release import release
from grader.workflow.verify import verify

COURSE = load_course(Path(__file__).parent)
WRITTEN = [topic for topic in COURSE.topics if COURSE.assignment_dir(topic).is_dir()]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("topic", WRITTEN)
def test_the_gate(topic):
    """Everybody gets exactly the marks that they deserve."""
    verification = verify(COURSE, topic)
    faults = [f"{proof.name}: {fault}" for proof in verification.proofs for fault in proof.faults]
    assert [*faults, *verification.faults] == []


@pytest.mark.parametrize("topic", WRITTEN)
def test_the_starter_is_what_the_reference_generates(topic):
    """Byte for byte."""
    assert [report.topic for report in build(COURSE, [topic], check=True) if report.is_stale] == []


@pytest.mark.parametrize("topic", WRITTEN)
def test_the_release_gives_nothing_away(topic, tmp_path):
    """The scan for hidden lines passes, and only files of the whitelist go out."""
    released = release(COURSE, [topic], tmp_path)
    assert {path.name for path in (tmp_path / topic).iterdir()} == set(released[0].files)


@pytest.mark.parametrize("topic", WRITTEN)
def test_the_figure_draws(topic, tmp_path):
    """With the reference, into a picture of some size."""
    figure(COURSE.root, topic, None, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000

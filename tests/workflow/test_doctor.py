"""A look at a real machine: this one."""

import sys
from dataclasses import replace

import pytest

from grader.reports import Ability
from grader.workflow.doctor import doctor

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="starts sandboxes")]


@pytest.fixture(scope="module")
def report(toy_course, tmp_path_factory):
    """One look is enough: it starts every sandbox."""
    return doctor(toy_course.root, tmp_path_factory.mktemp("x") / "workspace")


def test_what_can_grade_has_a_sandbox_that_starts(report):
    """The verdict follows from the findings."""
    states = {finding.name: finding.state for finding in report.findings}
    assert report.must_grade
    assert report.can_check
    assert report.can_grade == (Ability.OK in (states["bubblewrap"], states["landlock"]))
    assert report.is_fit == report.can_grade


def test_every_thing_has_one_line(report):
    """Names are not repeated, and each says what was found."""
    names = [finding.name for finding in report.findings]
    assert len(names) == len(set(names)) >= 17
    assert all(finding.found for finding in report.findings)
    assert next(finding for finding in report.findings if finding.name == "course").found.startswith("A course of one toy, in ")


def test_what_is_asked_of_whom(report):
    """A student needs no sandbox; an instructor on Linux does."""
    lame = replace(report, can_grade=False)
    assert not lame.is_fit
    assert replace(lame, must_grade=False).is_fit
    assert not replace(lame, must_grade=False, can_check=False).is_fit

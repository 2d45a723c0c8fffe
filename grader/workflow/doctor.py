"""Turns a look at this machine into a report: what it can do, and what mends the rest."""

import tempfile
from pathlib import Path

from grader import kernel, machine
from grader.course import Course, load_course
from grader.diagnosis import NEEDED, Facts, can_check, can_grade, findings, workers
from grader.errors import CourseError
from grader.limits import DEFAULT_LIMITS
from grader.reports import DoctorReport

ZONES = ("UTC", "Asia/Taipei")


def doctor(start: Path, workspace: Path | None = None) -> DoctorReport:
    """Look at this machine, start every sandbox, and report; where `start` is in no course's repository, as a student's machine."""
    course, fault = _course(start)
    place = workspace if course and workspace else start
    facts = _facts(course, fault, place)
    return DoctorReport(
        findings=findings(facts),
        can_grade=can_grade(facts),
        can_check=can_check(facts),
        must_grade=facts.kernel.system == "Linux" and (course is not None or fault != ""),
        workers=workers(facts),
    )


def _facts(course: Course | None, fault: str, place: Path) -> Facts:
    torch = machine.installed_torch()
    return Facts(
        interpreter=machine.interpreter(),
        versions=machine.versions((*NEEDED, "nbgrader")),
        torch=torch,
        kernel=kernel.kernel(),
        sandboxes=machine.sandboxes([course.root / name for name in ("assignments", "solutions")] if course else []),
        control_group=kernel.control_group(),
        cores=machine.cores(),
        memory=kernel.memory(),
        workspace=kernel.room(place),
        temporary=kernel.room(Path(tempfile.gettempdir())),
        speed=machine.speed_factor() if torch.version else None,
        unknown_zones=machine.unknown_zones(ZONES),
        now=machine.now(),
        memory_limit_mib=course.limits.memory_mib if course else DEFAULT_LIMITS.memory_mib,
        course=f"{course.name}, in {course.root}" if course else None,
        course_fault=fault,
    )


def _course(start: Path) -> tuple[Course | None, str]:
    """Return the course around `start`, or what is wrong with its file; neither where there is none."""
    folder = start.resolve()
    if not any((one / "assignments" / "course.toml").is_file() for one in (folder, *folder.parents)):
        return None, ""
    try:
        return load_course(start), ""
    except CourseError as error:
        return None, str(error)

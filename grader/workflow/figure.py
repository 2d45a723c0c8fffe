"""Turns a module and a topic's `figure.py` into a picture: what the code does, made visible."""

from pathlib import Path

from grader import plugin
from grader.course import Course
from grader.errors import CourseError
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student

FORMATS = (".png", ".svg", ".pdf")


def figure(course: Course, topic: str, module: Path | None, to: Path) -> None:
    """Draw with `module`, or with the reference, in this very process: for files that one trusts."""
    course.check_topic(topic)
    if to.suffix not in FORMATS:
        raise CourseError(f"A figure is written as {', '.join(FORMATS)}, not as {to.suffix or 'a file without an ending'}.")
    path = module or course.solution_dir(topic) / f"{topic}.py"
    drawing = plugin.import_file(course.assignment_dir(topic) / "figure.py", f"figure_{topic}")
    picture = drawing.figure(Student(InProcess(topic, path.read_text(encoding="utf-8"))))
    to.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(to, dpi=160, bbox_inches="tight")

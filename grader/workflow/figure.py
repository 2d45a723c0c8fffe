"""Turns a module and a topic's `figure.py` into a picture: what the code does, made visible."""

from pathlib import Path

from grader import plugin
from grader.course import load_course
from grader.errors import CourseError
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student

FORMATS = (".png", ".svg", ".pdf")


def figure(start: Path, topic: str, module: Path | None, to: Path) -> None:
    """Draw with `module` in this very process: for files that one trusts.

    Without `module` it is the student's own in a release's folder `start`, the reference in the course's repository.
    """
    drawing, own = _files(start, topic)
    if to.suffix not in FORMATS:
        raise CourseError(f"A figure is written as {', '.join(FORMATS)}, not as {to.suffix or 'a file without an ending'}.")
    text = plugin.module_text(module or own)
    picture = plugin.import_file(drawing, f"figure_{topic}").figure(Student(InProcess(topic, text)))
    to.parent.mkdir(parents=True, exist_ok=True)
    picture.savefig(to, dpi=160, bbox_inches="tight")


def _files(start: Path, topic: str) -> tuple[Path, Path]:
    """Return the script that draws, and the module to draw with if none is named."""
    if (start / f"test_{topic}.py").is_file() and (start / "figure.py").is_file():
        return start / "figure.py", start / f"{topic}.py"
    course = load_course(start)
    course.check_topic(topic)
    return course.assignment_dir(topic) / "figure.py", course.solution_dir(topic) / f"{topic}.py"

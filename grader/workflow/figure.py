"""Turns a module and a topic's `figure.py` into a picture: what the code does, made visible."""

from pathlib import Path

from grader import plugin
from grader.course import load_course
from grader.draw import seed
from grader.errors import CourseError, SubmissionError
from grader.result import Failure
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student
from grader.seat import FIGURE
from grader.studio import open_studio

FORMATS = (".png", ".svg", ".pdf")
# What a drawing raises on values that are not what it draws: of another shape, kind or size.
_ODD_VALUES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError)


def figure(start: Path, topic: str, module: Path | None, to: Path) -> None:
    """Draw with `module` in this very process: for files that one trusts.

    Without `module` it is the one that was changed in a release's folder `start`, the reference in the course's repository.
    `SubmissionError` with what the code did if there is nothing to draw.
    """
    drawing, own = _files(start, topic, module)
    if to.suffix not in FORMATS:
        raise CourseError(f"A figure is written as {', '.join(FORMATS)}, not as {to.suffix or 'a file without an ending'}.")
    text = plugin.module_text(own)
    try:
        leash = InProcess(topic, text)
        leash.ask({"op": "test", "seed": seed(plugin.PUBLISHED_KEY, topic, FIGURE, "worker")})
        picture = plugin.import_file(drawing, f"figure_{topic}").figure(Student(leash))
        to.parent.mkdir(parents=True, exist_ok=True)
        picture.savefig(to, dpi=160, bbox_inches="tight")
    except Failure as failure:
        raise SubmissionError(f"The figure cannot be drawn with {own.name} yet: {failure}") from failure
    except _ODD_VALUES as error:
        raise SubmissionError(f"What {own.name} returns cannot be drawn: {type(error).__name__}: {error}. Run the checks first.") from error


def _files(start: Path, topic: str, module: Path | None) -> tuple[Path, Path]:
    """Return the script that draws, and the module to draw with."""
    if (start / f"test_{topic}.py").is_file() and (start / "figure.py").is_file():
        return start / "figure.py", module or open_studio(start, None).module
    course = load_course(start)
    course.check_topic(topic)
    return course.assignment_dir(topic) / "figure.py", module or course.solution_dir(topic) / f"{topic}.py"

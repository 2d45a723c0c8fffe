"""Turns a release's folder into what a student has there: the assignment, the module that counts, and what would be handed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.archive import MODULES
from grader.assignment import Assignment, read_assignment
from grader.errors import CourseError, SubmissionError
from grader.notebook import module_of
from grader.starter import STARTER, read_starter
from grader.submission import ANSWERS, Counted, Submission, counted_files, load_submission


@dataclass(frozen=True, kw_only=True)
class Studio:
    """A release's folder: its assignment, its module that counts, and the submission that would be handed in."""

    folder: Path
    assignment: Assignment
    module: Path
    counted: Counted
    submission: Submission
    starter: Mapping[str, bytes]

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was written into the module yet."""
        return self.counted.data == self.starter.get(self.counted.name)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What of a notebook is no part of the module, but for what its starter's own cells have of it."""
        original = self.starter.get(self.counted.name)
        if original is None or self.submission.form != "notebook":
            return self.submission.left_out
        known = {_without_cell(line) for line in module_of(original)[1]}
        return tuple(line for line in self.submission.left_out if _without_cell(line) not in known)

    @property
    def topic(self) -> str:
        """The topic."""
        return self.assignment.topic


def open_studio(folder: Path, module: Path | None, topic: str | None = None) -> Studio:
    """Return what lies in a release's folder, or in the one called `topic` in `folder`; with `module` that one counts.

    `CourseError` if `folder` is no release; `SubmissionError` if nobody can tell which module is meant, or if one is no text.
    """
    folder = folder.resolve()
    if topic and not (folder / f"test_{topic}.py").is_file() and (folder / topic / f"test_{topic}.py").is_file():
        folder = folder / topic
    topic = _topic(folder, topic)
    assignment = read_assignment(folder / "assignment.toml", topic)
    starter = read_starter(folder / STARTER)
    paths = [module.resolve()] if module else [path for ending in MODULES if (path := folder / f"{topic}{ending}").is_file()]
    for path in paths:
        if not path.is_file():
            raise SubmissionError(f"There is no {path}.")
    files = {path.name: path.read_bytes() for path in paths}
    if (folder / ANSWERS).is_file():
        files[ANSWERS] = (folder / ANSWERS).read_bytes()
    counted = counted_files(topic, files, starter)
    own = next(path for path in paths if path.name == counted.name)
    return Studio(
        folder=folder,
        assignment=assignment,
        module=own,
        counted=counted,
        submission=load_submission(topic, files, starter),
        starter=starter,
    )


def _topic(folder: Path, wanted: str | None) -> str:
    """Return the topic that a folder is a release of; a student's own tests beside it are none."""
    released = {Path(name).stem for name in read_starter(folder / STARTER)}
    tests = [path.stem.removeprefix("test_") for path in sorted(folder.glob("test_*.py")) if (folder / "assignment.toml").is_file()]
    found = [topic for topic in tests if topic in (released or tests)]
    if len(found) == 1 and wanted in (None, found[0]):
        return found[0]
    if wanted in found:
        return str(wanted)
    if found:
        what = f"is a release of {found[0]}, not of {wanted}" if wanted else f"has tests of {', '.join(found)}: name the topic"
        raise CourseError(f"{folder} {what}.")
    raise CourseError(f"{folder} is not the folder of a release. Go to the one that holds assignment.toml and handout.md.")


def _without_cell(line: str) -> str:
    return line.partition(": ")[2]

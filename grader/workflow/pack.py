"""Turns what a student has written in a release's folder into the one file to hand in, and into what is in it."""

import ast
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.archive import ending_of, unpack
from grader.errors import SubmissionError
from grader.notebook import module_of
from grader.quiz import read_quiz
from grader.splice import definition_names
from grader.studio import Studio, open_studio
from grader.submission import ANSWERS, load_submission
from grader.syntax import DEFINING
from grader.workspace import write_atomically

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive: equal work gives equal bytes, and ours is the only clock."""


@dataclass(frozen=True, kw_only=True)
class Packed:
    """The file to hand in, what is in it with sizes in bytes, and what its student should know before handing it in."""

    path: Path
    files: Mapping[str, int]
    digest: str  # of the submission that it is, as a receipt has it
    unwritten: tuple[str, ...]
    answered: int
    questions: int
    left_out: tuple[str, ...]
    warnings: tuple[str, ...]


def pack(folder: Path, module: Path | None = None, to: Path | None = None, *, topic: str | None = None) -> Packed:
    """Write `<topic>.zip`, or `to`, from the module of the release in `folder` that was changed, or from `module`.

    Also what does not parse, or is not written yet, is packed, with a warning: the deadline waits for nobody.
    `CourseError` if `folder` is no release; `SubmissionError` if nobody can tell which module is meant, if it would be
    refused when it is collected, or if another file is in the way.
    """
    studio = open_studio(folder, module, topic)
    files = {f"{studio.topic}{ending_of(studio.counted.name)}": studio.counted.data}
    if _answers_something(studio):
        files[ANSWERS] = studio.counted.answers
    path = _target(studio, to)
    data = _zip(files)
    submission = load_submission(studio.topic, unpack(path.name, data), {})
    write_atomically(path, data)
    return Packed(
        path=path,
        files={name: len(data) for name, data in files.items()},
        digest=submission.digest,
        unwritten=tuple(_unwritten(studio)),
        answered=sum(answer != () for answer in studio.submission.answers.values()),
        questions=len(read_quiz(studio.folder / "quiz.toml")) if studio.assignment.quiz else 0,
        left_out=studio.left_out,
        warnings=tuple(_warnings(studio)),
    )


def _target(studio: Studio, to: Path | None) -> Path:
    """Return the file to write; `SubmissionError` if it is no archive's name, or if what is there is not of an earlier `pack`."""
    path = studio.folder if to is None else to
    path = path / f"{studio.topic}.zip" if path.is_dir() else path
    if path.suffix != ".zip":
        raise SubmissionError(f"{path.name}: what is handed in is a .zip. Give it a name that ends so, or a folder.")
    if path.exists() and not _is_ours(path, studio.topic):
        raise SubmissionError(f"{path} is in the way: an earlier `grader pack` did not write it. Name another file with --to.")
    return path


def _is_ours(path: Path, topic: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return set(archive.namelist()) <= {f"{topic}.py", f"{topic}.ipynb", ANSWERS}
    except (OSError, zipfile.BadZipFile):
        return False


def _answers_something(studio: Studio) -> bool:
    """Tell whether `answers.toml` has an answer; a notebook may hold them all."""
    alone = load_submission(studio.topic, {f"{studio.topic}.py": b"", ANSWERS: studio.counted.answers}, {})
    return bool(alone.answers or alone.written)


def _zip(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            member = zipfile.ZipInfo(name, EARLIEST)
            member.create_system, member.external_attr, member.compress_type = 3, 0o100644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(member, data)
    return buffer.getvalue()


def _unwritten(studio: Studio) -> Iterator[str]:
    """Yield the tasks whose definition is absent, or still the starter's; none of a module that does not parse."""
    own = _definitions(studio.submission.module)
    original = studio.starter.get(studio.counted.name, b"")
    stubs = _definitions(module_of(original)[0] if studio.counted.name.endswith(".ipynb") and original else original.decode())
    if own is not None:
        for task in studio.assignment.tasks:
            if own.get(task.entry) in (None, (stubs or {}).get(task.entry)):
                yield task.entry


def _definitions(module: str) -> dict[str, str] | None:
    """Return what stands behind each name that is defined at the top, and in classes there; None if it does not parse."""
    try:
        names, tree = definition_names(module), ast.parse(module)
    except (SyntaxError, ValueError, RecursionError):
        return None
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, DEFINING):
            found[node.name] = ast.dump(node)
        if isinstance(node, ast.ClassDef):
            methods = [inner for inner in node.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)]
            found |= {f"{node.name}.{method.name}": ast.dump(method) for method in methods}
    return {name: found[name] for name in names if name in found}


def _warnings(studio: Studio) -> Iterator[str]:
    name = studio.counted.name
    if studio.is_untouched:
        yield f"{name} is still the starter: nothing is written into it. Is it the file that you changed?"
    try:
        ast.parse(studio.submission.module)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = f" at line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        yield f"{name} does not parse ({type(error).__name__}{line}), so that no task can be graded. Run grader check."
    cells = sum("does not parse" in line for line in studio.submission.left_out)
    if cells:
        yield f"{cells} cell{'s' if cells > 1 else ''} of {name} cannot be read and count for nothing. Run grader check."

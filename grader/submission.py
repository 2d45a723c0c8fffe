"""Turns the files that a student handed in into a `Submission`: one module text and the answers of the quiz."""

import ast
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from grader.archive import MODULES, ending_of
from grader.assignment import WRITTEN
from grader.errors import SubmissionError
from grader.notebook import module_of
from grader.printable import printable
from grader.quiz import Answer
from grader.syntax import read

ANSWERS = "answers.toml"
ANSWERS_IN_A_NOTEBOOK = "QUIZ_ANSWERS"
WRITTEN_IN_A_NOTEBOOK = "WRITTEN_ANSWER"
MOST_WRITTEN_CHARS = 20_000
MOST_ANSWERS_BYTES = 64 * 1024
MOST_MODULE_BYTES = 2 * 2**20  # of program text, in characters of UTF-8; the references have about 20 KiB
FORMS = {".py": "module", ".ipynb": "notebook"}


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What is graded. `digest` is `sha256:…` of the counted files, so that two equal files share one result."""

    topic: str
    digest: str
    module: str
    answers: Mapping[str, Answer]
    form: str  # "module" or "notebook"
    written: str = ""  # the answer in words, for a person to mark
    left_out: tuple[str, ...] = ()  # what of a notebook is not part of the module, one line each


class Counted(NamedTuple):
    """The files that count of all that was handed in: the module under the name that it came with, and the answers."""

    name: str
    data: bytes
    answers: bytes


def load_submission(topic: str, files: Mapping[str, bytes], starter: Mapping[str, bytes]) -> Submission:
    """Return what counts of `files` as a submission; one that does not parse is one too, and is graded as such.

    `SubmissionError` if there is no module, if there are several, or if one is no text. A module and a notebook side by
    side are told apart by `starter`: the one that was changed counts.
    """
    counted = counted_files(topic, files, starter)
    form = FORMS[ending_of(counted.name)]
    module, left_out = _module(counted.name, counted.data)
    if len(module) > MOST_MODULE_BYTES:
        raise SubmissionError(
            f"{printable(counted.name, 80)}: its program is larger than {MOST_MODULE_BYTES // 2**20} MiB. Leave out data."
        )
    table = _table(counted.answers)
    written = _written(table.pop(WRITTEN, "")) or _written(_assigned(module, WRITTEN_IN_A_NOTEBOOK, ""))
    answers = {**_answers_in(module), **{name: answer for name, answer in _answers(table).items() if answer != ()}}
    return Submission(
        topic=topic,
        digest=_digest(topic, form, counted.data, counted.answers),
        module=module,
        answers=answers,
        form=form,
        written=written,
        left_out=left_out,
    )


def counted_files(topic: str, files: Mapping[str, bytes], starter: Mapping[str, bytes]) -> Counted:
    """Return which of `files` count: those named for the topic, else the only module, and `answers.toml`.

    `SubmissionError` as for `load_submission`.
    """
    modules = {name: data for name, data in files.items() if ending_of(name) in MODULES}
    named = {name: data for name, data in modules.items() if _base(name) in {f"{topic}{ending}" for ending in MODULES}}
    name = _the_one(topic, named or modules, starter)
    answers = [data for path, data in sorted(files.items()) if _base(path) == ANSWERS]
    if len(answers) > 1:
        raise SubmissionError(f"There are {len(answers)} files called {ANSWERS}. Hand in one.")
    return Counted(name, modules[name], answers[0] if answers else b"")


def _the_one(topic: str, modules: Mapping[str, bytes], starter: Mapping[str, bytes]) -> str:
    """Return the name of the module that counts."""
    if not modules:
        raise SubmissionError(f"There is no .py and no .ipynb in it. Hand in {topic}.py or {topic}.ipynb.")
    changed = [name for name in modules if _is_changed(name, modules[name], starter)] if len(modules) > 1 else list(modules)
    if len(changed) == 1:
        return changed[0]
    shown = ", ".join(printable(name, 80) for name in sorted(modules)[:4])
    if any(_base(name).removesuffix(ending_of(name)) != topic for name in modules) or len(modules) > 2:
        raise SubmissionError(f"There are {len(modules)} modules ({shown}…), and none is the only one called {topic}.py. Hand in one.")
    if changed:
        raise SubmissionError(f"Both {shown} were changed. Hand in one of them, or name it with --submission.")
    return min(modules, key=lambda name: ending_of(name) != ".py")


def _is_changed(name: str, data: bytes, starter: Mapping[str, bytes]) -> bool:
    """Tell whether a module differs from its starter in what counts: saving a notebook alone does not change it."""
    original = starter.get(_base(name))
    if original is None or data == original:
        return original is None
    try:
        return _meaning(_module(name, data)[0]) != _meaning(_module(name, original)[0])
    except SubmissionError:
        return True


def _meaning(module: str) -> str:
    """Return a text that is the same for two modules that differ in comments and spaces alone."""
    try:
        return ast.dump(read(module).tree)
    except (SyntaxError, RecursionError):
        return module


def _module(name: str, data: bytes) -> tuple[str, tuple[str, ...]]:
    if ending_of(name) == ".ipynb":
        return module_of(data)
    return _text(name, data), ()


def _text(name: str, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SubmissionError(f"{printable(name, 80)}: line {line} is not UTF-8. Save the file as UTF-8.") from error
    if "\0" in text:
        raise SubmissionError(f"{printable(name, 80)}: has bytes that are no text. Is it a program?")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _table(data: bytes) -> dict[str, Any]:
    """Return `answers.toml` as a table."""
    if len(data) > MOST_ANSWERS_BYTES:
        raise SubmissionError(f"{ANSWERS}: is larger than {MOST_ANSWERS_BYTES // 1024} KiB.")
    try:
        return tomllib.loads(_text(ANSWERS, data))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SubmissionError(f"{ANSWERS}: is not TOML: {printable(str(error), 120)}.") from error


def _answers(table: Mapping[str, Any]) -> dict[str, Answer]:
    return {name: _answer(name, value) for name, value in table.items()}


def _written(value: object) -> str:
    if not isinstance(value, str):
        raise SubmissionError("The answer in words: expected a text in quotes.")
    if len(value) > MOST_WRITTEN_CHARS:
        raise SubmissionError(f"The answer in words has {len(value)} characters; {MOST_WRITTEN_CHARS} are allowed.")
    return value.strip()


def _answers_in(module: str) -> dict[str, Answer]:
    """Return the answers in the last `QUIZ_ANSWERS = {…}` of a module; none if it is no dictionary of literals."""
    found = _assigned(module, ANSWERS_IN_A_NOTEBOOK, {})
    if not isinstance(found, dict):
        raise SubmissionError(f"{ANSWERS_IN_A_NOTEBOOK}: expected a dictionary of question and answer.")
    return {str(name): _answer(str(name), value) for name, value in found.items()}


def _assigned(module: str, name: str, default: Any) -> Any:
    """Return the literal that a module assigns last to `name` at its top level; `default` where there is none."""
    found = default
    if name not in module:
        return found
    try:
        for node in read(module).tree.body:
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
                found = ast.literal_eval(node.value)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return default  # of a module that does not parse; the grading says so
    return found


def _answer(name: str, value: object) -> Answer:
    """Return an answer as picks, or as a number; `SubmissionError` for anything else."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple | set) and all(isinstance(pick, str) for pick in value):
        return tuple(sorted(set(value)))
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            if math.isfinite(value):
                return float(value)
        except OverflowError:  # an integer of hundreds of digits
            pass
    raise SubmissionError(f"The answer to '{printable(name, 40)}': expected picks such as ['a', 'c'], or a number.")


def _digest(topic: str, form: str, data: bytes, answers: bytes) -> str:
    """Digest the fields with their lengths, so that no byte can be counted to another field."""
    digest = sha256()
    for field in (topic.encode(), form.encode(), data, answers):
        digest.update(len(field).to_bytes(8, "big") + field)
    return f"sha256:{digest.hexdigest()}"


def _base(name: str) -> str:
    return name.rpartition("/")[2]

"""Turns the stub module into a notebook, and a notebook that was handed in into a module."""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from grader.assignment import Assignment
from grader.errors import SubmissionError
from grader.magics import without_magics
from grader.quiz import Question
from grader.syntax import DEFINING, Source, docstring_node, is_import, read

NOTEBOOK_BYTES = 64 * 2**20
LISTED = 200  # lines that name what was left out; a notebook with more of it is a puzzle of its own

CHECKS = """\
# Save the notebook first: the checks read the saved file, not what you see here.
!python -m grader check --submission {topic}.ipynb"""
QUIZ = """\
## Quiz

For each question pick every right answer: write `["a", "c"]` into the cell below, or the number where one is asked for.
A wrong pick takes away what a right one gives."""

WRITTEN = """\
## In your own words

Write your answer between the quotes of the cell below; Markdown and formulae are welcome. A person reads and marks it."""

Cell = dict[str, Any]


def stub_notebook(assignment: Assignment, stub_text: str, handout: str, questions: Sequence[Question]) -> bytes:
    """Return handout, stubs, quiz and the question in words as one notebook in nbformat 4.5; the same input gives the same bytes.

    A task's cell stands behind the section of the handout whose heading ends in the task's name in backticks. Cells
    for answers are nbgrader's solution cells, all others are read-only.
    """
    owners = {task.entry: task.entry.split(".")[0] for task in assignment.tasks}
    source = read(stub_text)
    tasks, given = _pieces(source, set(owners.values()))
    sections = _sections(handout, set(owners))
    cells = [_markdown("handout-0", text) for _, text in sections[:1]]
    cells += [_code("imports", imports, locked=True)] if (imports := _imports(source)) else []
    cells += [_code(f"given-{name}", text, locked=True) for name, text in given.items()]
    last = {owners[entry]: number for number, (entry, _) in enumerate(sections) if entry}
    for number, (_, text) in enumerate(sections[1:], start=1):
        cells.append(_markdown(f"handout-{number}", text))
        cells += [_code(f"task-{name}", tasks[name]) for name in tasks if last.get(name) == number]
    cells += [_code(f"task-{name}", text) for name, text in tasks.items() if not last.get(name)]
    cells.append(_code("checks", CHECKS.format(topic=assignment.topic), locked=True))
    cells += _quiz(questions)
    if assignment.written:
        cells.append(_markdown("question", f"{WRITTEN}\n\n{assignment.written.question.strip()}"))
        cells.append(_code("written", 'WRITTEN_ANSWER = r"""\n\n"""'))
    return _written(cells)


def module_of(notebook: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the module that a notebook holds, and one line for each thing that was left out of it.

    The module is every code cell's imports, definitions and assignments of literals, in order. Nothing is run. A cell
    that does not parse is left out whole. `SubmissionError` if the file is no notebook, or if its code is no text.
    """
    kept: list[str] = []
    futures: list[str] = []
    left_out: list[str] = []
    for number, text in _code_cells(notebook):
        python, magics = without_magics(text)
        left_out += [f"cell {number}: {_shown(line)}" for line in magics]
        try:
            source = read(python)
        except SyntaxError as error:
            place = f"line {error.lineno}: " if error.lineno else ""
            left_out.append(f"cell {number}: does not parse ({place}{_shown(error.msg)}): {_shown(text)}")
            continue
        kept.append(f"# Cell {number}")
        for node in source.tree.body:
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                futures.append(source.whole(node))
            elif is_import(node) or isinstance(node, DEFINING) or _is_literal_assignment(node):
                kept.append(source.whole(node))
            elif not _is_nothing(node):
                left_out.append(f"cell {number}: {_shown(source.text(source.start(node), source.end(node)))}")
    if len(left_out) > LISTED:
        left_out[LISTED:] = [f"and {len(left_out) - LISTED} more"]
    return "\n".join([*futures, *kept, ""]), tuple(left_out)


# Writing


def _pieces(source: Source, owners: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the text of each task's cell and of each given cell, by the name that it defines."""
    tasks: dict[str, str] = {}
    given: dict[str, str] = {}
    for node in source.tree.body:
        if is_import(node) or node is docstring_node(source.tree):
            continue
        if isinstance(node, DEFINING):
            (tasks if node.name in owners else given)[node.name] = source.whole(node)
        else:
            given["constants"] = "\n".join([*filter(None, [given.get("constants")]), source.whole(node)])
    return tasks, given


def _imports(source: Source) -> str:
    imports = [node for node in source.tree.body if is_import(node)]
    return source.text(source.start(imports[0]), source.end(imports[-1])) if imports else ""


def _sections(handout: str, entries: set[str]) -> list[tuple[str | None, str]]:
    """Return the sections of the handout, each with the task that its heading names."""
    sections: list[tuple[str | None, list[str]]] = [(None, [])]
    fence = ""
    for line in handout.splitlines():
        if mark := re.match(r" {0,3}(```+|~~~+)", line):
            fence = "" if fence and line.strip().startswith(fence) else fence or mark[1]
        named = re.match(r"#{2,6}\s.*`([^`]+)`\s*$", line)
        entry = named[1] if named and named[1] in entries else None
        if not fence and (entry or line.startswith("## ")):
            sections.append((entry, []))
        sections[-1][1].append(line)
    return [(entry, text) for entry, lines in sections if (text := "\n".join(lines).strip())]


def _quiz(questions: Sequence[Question]) -> Iterator[Cell]:
    if not questions:
        return
    blocks, lines = [QUIZ], []
    for question in questions:
        options = [f"- `{letter}` {text}" for letter, text in question.options.items()]
        blocks.append("\n".join([f"### `{question.id}`", "", question.text, *([""] if options else []), *options]))
        lines.append(f"    {json.dumps(question.id)}: [],{'' if options else '  # a number'}")
    yield _markdown("quiz", "\n\n".join(blocks))
    yield _code("answers", "\n".join(["QUIZ_ANSWERS = {", *lines, "}"]))


def _markdown(name: str, text: str) -> Cell:
    return {"cell_type": "markdown", **_common(name, text, locked=True)}


def _code(name: str, text: str, locked: bool = False) -> Cell:
    return {"cell_type": "code", "execution_count": None, "outputs": [], **_common(name, text, locked)}


def _common(name: str, text: str, locked: bool) -> Cell:
    identifier = re.sub(r"[^A-Za-z0-9_-]", "-", name)[:64]
    kind = {"grade": False, "locked": locked, "solution": not locked, "task": False}
    nbgrader = {"schema_version": 3, "grade_id": identifier, **kind}
    return {"id": identifier, "metadata": {"nbgrader": nbgrader}, "source": text.splitlines(keepends=True)}


def _written(cells: Sequence[Cell]) -> bytes:
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


# Reading


def _code_cells(notebook: bytes) -> Iterator[tuple[int, str]]:
    """Yield number and source of each code cell."""
    for number, cell in enumerate(_cells(notebook), start=1):
        if not isinstance(cell, Mapping):
            raise SubmissionError(f"Cell {number} of the notebook is not a cell.")
        if cell.get("cell_type") != "code":
            continue
        source = cell.get("source", cell.get("input", ""))  # nbformat 3 says `input`
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str):
            raise SubmissionError(f"Cell {number} of the notebook holds something else than text.")
        if "\0" in source or not _is_unicode(source):
            raise SubmissionError(f"Cell {number} of the notebook holds characters that no program can have.")
        yield number, source.replace("\r\n", "\n").replace("\r", "\n")


def _cells(notebook: bytes) -> list[Any]:
    if len(notebook) > NOTEBOOK_BYTES:
        size_mib = len(notebook) // 2**20
        raise SubmissionError(f"The notebook has {size_mib} MiB; {NOTEBOOK_BYTES // 2**20} are allowed: clear its outputs.")
    try:
        content = json.loads(notebook.decode("utf-8-sig"))
    except (ValueError, RecursionError, MemoryError) as error:
        raise SubmissionError(f"The notebook cannot be read: {_shown(str(error))}.") from None
    cells = content.get("cells") if isinstance(content, Mapping) else None
    sheets = content.get("worksheets") if isinstance(content, Mapping) else None
    if cells is None and isinstance(sheets, list) and all(isinstance(sheet, Mapping) for sheet in sheets):  # nbformat 3
        groups = [sheet.get("cells", []) for sheet in sheets]
        cells = list(chain.from_iterable(groups)) if all(isinstance(group, list) for group in groups) else None
    if not isinstance(cells, list):
        raise SubmissionError("The notebook has no list of cells: save it again as .ipynb.")
    return cells


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can spell
        return False
    return True


def _is_literal_assignment(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    try:
        ast.literal_eval(node.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return all(isinstance(name, ast.Name | ast.Tuple | ast.Store) for target in targets for name in ast.walk(target))


def _is_nothing(node: ast.stmt) -> bool:
    """Tell whether leaving `node` out is not worth a word: a `pass`, a string that stands alone."""
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _shown(text: str) -> str:
    """Return the first 60 characters of `text` on one line, with nothing in them that a terminal obeys."""
    line = " ".join(text[:600].split())
    line = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
    return line if len(line) <= 60 else f"{line[:60]}…"

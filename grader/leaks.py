"""Turns hidden files and outgoing files into the hidden lines that would go out."""

import io
import json
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

LEAST_CHARACTERS = 12  # of a line, blanks apart: a shorter one says nothing about where it comes from
COMMON = frozenset(
    {"super().__init__()", "nn.Module.__init__(self)", "withtorch.no_grad():", "@torch.no_grad()", "raiseNotImplementedError"}
)


@dataclass(frozen=True, order=True)
class Line:
    """A line of a file, with the blanks taken out."""

    file: str
    place: str  # "12", or "cell 3, line 2" of a notebook
    text: str


@dataclass(frozen=True)
class Leak:
    """A hidden line and the outgoing line that holds it."""

    hidden: Line
    outgoing: Line

    def __str__(self) -> str:
        """Name both places and show what would go out."""
        return f"{_at(self.outgoing)} holds {_at(self.hidden)}: {self.hidden.text[:60]}"


def find_leaks(hidden: Iterable[Line], outgoing: Mapping[str, bytes]) -> tuple[Leak, ...]:
    """Return the first place in each outgoing file of every hidden line that is long enough to tell, in order."""
    telling = {line.text: line for line in hidden if _tells(line.text)}
    leaks = []
    for name, data in sorted(outgoing.items()):
        lines = list(_lines_of(name, data.decode("utf-8", "replace")))
        whole = "\n".join(line.text for line in lines)
        for text, line in telling.items():
            if text in whole:
                leaks.append(Leak(line, next(out for out in lines if text in out.text)))
    return tuple(sorted(leaks, key=lambda leak: (leak.outgoing, leak.hidden)))


def unlike(hidden: Iterable[Line], public: str) -> Iterator[Line]:
    """Yield the hidden lines that do not occur in the Python text `public`."""
    known = "\n".join(line.text for line in python_lines("", public))
    yield from (line for line in hidden if line.text not in known)


def python_lines(file: str, text: str) -> Iterator[Line]:
    """Yield the lines of a Python file without comments, imports and the quotes of docstrings."""
    for number, line in enumerate(_without_comments(text).split("\n"), start=1):
        if not re.match(r"\s*(import|from)\s", line):
            yield Line(file, str(number), _squeezed(line).strip('"'))


def text_lines(file: str, text: str) -> Iterator[Line]:
    """Yield the lines of any text."""
    for number, line in enumerate(text.split("\n"), start=1):
        yield Line(file, str(number), _squeezed(line))


def _lines_of(name: str, text: str) -> Iterator[Line]:
    if not name.endswith(".ipynb"):
        yield from text_lines(name, text)
        return
    for number, cell in enumerate(json.loads(text)["cells"], start=1):
        for line in text_lines(name, "".join(cell["source"])):
            yield Line(name, f"cell {number}, line {line.place}", line.text)


def _without_comments(text: str) -> str:
    lines = text.split("\n")
    with suppress(tokenize.TokenError, SyntaxError):  # of a file that is no Python the comments count as well
        for token in tokenize.generate_tokens(io.StringIO(text, newline="\n").readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                lines[row - 1] = lines[row - 1][:column]
    return "\n".join(lines)


def _tells(text: str) -> bool:
    return len(text) >= LEAST_CHARACTERS and text not in COMMON


def _squeezed(line: str) -> str:
    return "".join(line.split())


def _at(line: Line) -> str:
    return f"{line.file}:{line.place}" if line.place.isdigit() else f"{line.file} {line.place}"

"""Turns the source of a notebook's cell into Python by commenting out what only IPython understands."""

import re
import tokenize
from collections.abc import Sequence

TRANSPARENT = ("%%time", "%%capture", "%%prun")  # their cell still runs among the notebook's own names

_ONLY_IPYTHON = re.compile(r"\s*[%!?]|[\w ,.\t]+=\s*[%!][^=]|\s*[\w.*]+\?\??\s*$")


def without_magics(text: str) -> tuple[str, tuple[str, ...]]:
    """Return `text` with magics, shell lines and questions commented out, and those lines; no line moves.

    A cell that a `%%magic` takes over is commented out whole. Strings and continued lines are not looked into.
    """
    lines = text.split("\n")
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%") and not first.startswith(TRANSPARENT):
        return "\n".join(f"# {line}" for line in lines), (first,)
    found: list[str] = []
    at = 0
    while at < len(lines):
        if not _ONLY_IPYTHON.match(lines[at]):
            at += _statement_lines(lines, at)
            continue
        found.append(lines[at].strip())
        last = at
        while lines[last].endswith("\\") and last + 1 < len(lines):
            last += 1
        lines[at : last + 1] = [_commented(lines[at]), *(f"# {line}" for line in lines[at + 1 : last + 1])]
        at = last + 1
    return "\n".join(lines), tuple(found)


def _commented(line: str) -> str:
    """Return the line as a comment behind a `pass`, so that a block which held it alone still has a body."""
    return f"{line[: len(line) - len(line.lstrip())]}pass  # {line.strip()}"


def _statement_lines(lines: Sequence[str], at: int) -> int:
    """Return how many lines the statement takes that starts on line `at`; all that are left if it never ends."""
    if not lines[at].strip() or lines[at].lstrip().startswith("#"):
        return 1
    rest = (f"{lines[index]}\n" for index in range(at, len(lines)))
    try:
        for token in tokenize.generate_tokens(lambda: next(rest, "")):
            if token.type == tokenize.NEWLINE:
                return token.start[0]
    except (tokenize.TokenError, SyntaxError):
        pass
    return len(lines) - at

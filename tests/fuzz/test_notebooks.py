"""Generated notebooks, from ones that are nearly right to any JSON and random bytes, are taken or refused with a reason."""

import json
from typing import Any

import pytest
from hypothesis import strategies as st

pytestmark = pytest.mark.slow

TEXT = st.text(max_size=15)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -1, 2**63, 1e308]),
    st.floats(),
    TEXT,
    st.just("\ud800"),
    st.just("\0"),
)
JSON = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)), max_leaves=8)

LINES = st.one_of(
    st.sampled_from([
        "import torch", "from __future__ import annotations", "from __future__ import nothing", "def attend(q):", "    return q", "return q",
        "class A:", "    x = 1", "%matplotlib inline", "%%time", "%%bash", "rm -rf /", "!ls", "!!ls", "?attend", "attend?", "attend??",
        "x = !ls", "x = %time 1", "files = !ls {x}", "/attend 1", ",attend 1", ";attend 1", "%%capture out", "%load_ext a", "get_ipython()",
        "await f()", "async def g(): yield", "if True:", "\tx = 1", "  y = 2", "'''", '"""', "(", ")", "[", "\\", "x = \\", "# -*- coding: utf-16 -*-",
        "# coding: latin-1", "print(1)", "x: int = 3", "a, b = 1, 2", "lambda: 0", "match x:", "    case 1: pass", "f'{x!r:>{y}}'", "f'{", "t''",
        "QUIZ_ANSWERS = {'q1': ['a'], 'q2': 3.5}", "QUIZ_ANSWERS = [1]", "QUIZ_ANSWERS = {1: None}", "QUIZ_ANSWERS = {'q': 1e999}", "QUIZ_ANSWERS =",
        "QUIZ_ANSWERS = {'q': {1: 2}}", "QUIZ_ANSWERS = {[]: 1}", "WRITTEN_ANSWER = 'w'", "WRITTEN_ANSWER = 3", "WRITTEN_ANSWER = r'" + "w" * 21_000 + "'",
        "QUIZ_ANSWERS = {'q': " + "9" * 5000 + "}", "x = 0x" + "f" * 5000, "x = '\\ud800'", "x = '\\N{nothing}'", "x = '\\d'", "1if 1else 2", "assert(1, 2)",
        "x = " + "(" * 300 + ")" * 300, "x = " + "-" * 5000 + "1", "x = " + "+".join("1" * 3000), "[" * 250, "x" * 70_000, "x." * 3000 + "x", "\f", "\r", "\v",
        "\u2028", "\u202e", "\ufeff", "é = 1", "ﬁ = 1", "𝐱 = 1", "\x1a", "\x1b[2J", "global x", "nonlocal x", "del x", "import *", "from . import x",
        "def attend(q): return q; import os", "@", "@x", "def f(a, a): 0", "x = yield", "break", "*a, = b", "print 1", "0777", "exec 'x'", "`x`", "<>",
    ]),
    TEXT,
)  # fmt: skip
SOURCES = st.one_of(
    st.lists(LINES, max_size=6).map("\n".join),
    st.lists(LINES.map(lambda line: line + "\n"), max_size=6),
    st.lists(LINES, max_size=3).map("\r".join),
    st.lists(JSON, max_size=3),
    JSON,
)


@st.composite
def cell(draw: Any) -> Any:
    """Return a cell, of which one field in eight is anything."""
    if draw(st.integers(0, 12)) == 0:
        return draw(JSON)
    made: dict[str, Any] = {
        "cell_type": draw(st.sampled_from(["code"] * 6 + ["markdown", "raw", "heading", "Code", ""])),
        "id": draw(st.sampled_from(["a", "a", "b", "task-attend", "", "x" * 500])),
        "metadata": draw(st.sampled_from([{}, {"nbgrader": {"locked": True, "grade_id": "a"}}, {"nbgrader": 3}, {"tags": [1]}])),
        draw(st.sampled_from(["source"] * 6 + ["input", "sources"])): draw(SOURCES),
        "outputs": draw(st.sampled_from([[], [{"output_type": "stream", "text": "x"}], 3, [{"data": {"image/png": "A" * 5000}}]])),
        "execution_count": draw(st.sampled_from([None, 1, 10**30, "x"])),
    }
    for key in list(made):
        if (fate := draw(st.integers(0, 15))) == 0:
            made[key] = draw(JSON)
        elif fate == 1:
            del made[key]
    return made


@st.composite
def notebook(draw: Any) -> Any:
    """Return a notebook of some version, of which one field in eight is anything."""
    cells: Any = draw(st.lists(cell(), max_size=4))
    if draw(st.integers(0, 40)) == 0:
        cells = cells * draw(st.sampled_from([100, 3000]))
    version = draw(st.sampled_from([4, 4, 4, 1, 2, 3, 5, 0, -1, "4", 10**30, None]))
    made: dict[str, Any] = {"metadata": {"kernelspec": {"language": draw(TEXT)}}, "nbformat": version, "nbformat_minor": draw(SCALARS)}
    made |= (
        {"worksheets": draw(st.sampled_from([[{"cells": cells}], [{"cells": cells}] * 2, [cells], {}, [{}]]))}
        if version in (1, 2, 3)
        else {"cells": cells}
    )
    for key in list(made):
        if draw(st.integers(0, 15)) == 0:
            made[key] = draw(JSON)
    return made


@st.composite
def written(draw: Any) -> bytes:
    """Return a notebook as bytes: of several encodings, cut, doubled, or with keys that stand twice."""
    content = draw(st.one_of(notebook(), notebook(), notebook(), JSON))
    text = json.dumps(content, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    how = draw(st.sampled_from(["whole"] * 10 + ["cut", "twice", "deep", "keys", "comment", "number", "changed"]))
    if how == "cut":
        text = text[: draw(st.integers(0, len(text)))]
    elif how == "twice":
        text += text
    elif how == "deep":
        depth = draw(st.sampled_from([50, 900, 5000, 200_000]))
        text = text.replace("{}", "[" * depth + "]" * depth, 1)
    elif how == "keys":
        text = '{"cells": 3, ' + text[1:]
    elif how == "comment":
        text = f"// a\n{text}"
    elif how == "number":
        text = text.replace("null", "9" * 5000, 1)
    encoding = draw(st.sampled_from(["utf-8"] * 12 + ["utf-8-sig", "utf-16", "utf-32", "latin-1", "utf-7", "utf-16-le"]))
    data = text.encode(encoding, "surrogatepass" if encoding.startswith("utf-") and encoding != "utf-7" else "replace")
    if how == "changed" and data:
        place = draw(st.integers(0, len(data) - 1))
        data = data[:place] + draw(st.binary(min_size=1, max_size=1)) + data[place + 1 :]
    return data


def test_any_notebook_is_taken_or_refused_with_a_reason(try_each: Any) -> None:
    """Whatever a notebook is, collecting it ends in a receipt or a reason, writes into the workspace alone and leaves the inbox as it was."""
    try_each(st.tuples(st.just("ann.ipynb"), st.one_of(written(), written(), written(), st.binary(max_size=100))))


def test_any_program_is_taken_or_refused_with_a_reason(try_each: Any) -> None:
    """The same holds for a lone module of any lines, and of any bytes."""
    programs = st.lists(LINES, max_size=8).map(lambda lines: "\n".join(lines).encode("utf-8", "surrogatepass"))
    try_each(st.tuples(st.just("ann.py"), st.one_of(programs, programs, st.binary(max_size=100))))

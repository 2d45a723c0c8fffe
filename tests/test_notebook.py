"""The starter is written as a notebook, and a notebook that was handed in is read back as a module."""

import ast
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment import Assignment, Kind, Task, Written
from grader.errors import SubmissionError
from grader.notebook import LISTED, NOTEBOOK_BYTES, module_of, stub_notebook
from grader.quiz import Question, QuestionKind
from grader.splice import definition_names

ASSIGNMENT = Assignment(
    topic="dots",
    title={"en": "Dots"},
    tasks=(Task(entry="dot", points={Kind.CORRECTNESS: 10}), Task(entry="Net.forward", points={Kind.CORRECTNESS: 10})),
    given=("EPS", "Net.__init__"),
)
STUB = '''"""Dots."""

import math

import torch

EPS = 1e-5
TWO = 2


def given(x):
    return x


class Net:
    """A net."""

    def __init__(self):
        self.x = 1

    def forward(self, x):
        """Run."""
        raise NotImplementedError("Net.forward is yours to write")


def dot(a, b):
    """Multiply: 'π'."""
    raise NotImplementedError("dot is yours to write")
'''
HANDOUT = """# Dots

Über alles.

## Theory

```python
## not a heading
```

## Tasks

All of them.

### Multiply: `dot`

<details><summary>Hint 1</summary>Think.</details>

### The net: `Net.forward`

Run it.

## What next

Read `dot`.
"""
QUESTIONS = (
    Question(id="sum", text="What is the sum?", points=2, options={"a": "One", "b": "Two"}),
    Question(id="size", text="How large?", points=2, kind=QuestionKind.NUMERIC),
)


@pytest.fixture
def notebook():
    """Write the starter's notebook."""
    return stub_notebook(ASSIGNMENT, STUB, HANDOUT, QUESTIONS)


def sources(notebook):
    return [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(notebook)["cells"]]


def written(*cells, **more):
    """Write a notebook whose code cells are `cells`."""
    content = [{"cell_type": "code", "source": cell} for cell in cells]
    return json.dumps({"cells": content, "nbformat": 4, "nbformat_minor": 5, **more}).encode()


# Writing


def test_starter_reads_from_top_to_bottom(notebook):
    """Introduction, imports and given cells open the notebook, each task stands behind its section, the quiz at the end."""
    assert [cell["id"] for cell in json.loads(notebook)["cells"]] == [
        *("handout-0", "imports", "given-constants", "given-given", "handout-1", "handout-2", "handout-3", "task-dot"),
        *("handout-4", "task-Net", "handout-5", "checks", "quiz", "answers"),
    ]
    texts = dict(zip([cell["id"] for cell in json.loads(notebook)["cells"]], sources(notebook), strict=True))
    assert texts["handout-0"] == ("markdown", "# Dots\n\nÜber alles.")
    assert texts["imports"] == ("code", "import math\n\nimport torch")
    assert texts["given-constants"] == ("code", "EPS = 1e-5\nTWO = 2")
    assert texts["handout-1"][1].endswith("## not a heading\n```")
    assert texts["handout-3"][1].startswith("### Multiply: `dot`")
    assert texts["task-Net"][1].startswith("class Net:")
    assert texts["task-Net"][1].endswith('yours to write")')
    assert "- `b` Two" in texts["quiz"][1]
    assert texts["answers"] == ("code", 'QUIZ_ANSWERS = {\n    "sum": [],\n    "size": [],  # a number\n}')


def test_starter_is_the_same_twice(notebook):
    """The same input gives the same bytes."""
    assert stub_notebook(ASSIGNMENT, STUB, HANDOUT, QUESTIONS) == notebook


def test_starter_is_valid_nbformat(notebook):
    """Nbformat finds nothing to say about it, and writes it back as it is."""
    book = nbformat.reads(notebook.decode(), as_version=4)
    nbformat.validate(book)
    assert (nbformat.writes(book) + "\n").encode() == notebook


def test_only_cells_for_answers_can_be_edited(notebook):
    """Tasks and quiz answers are nbgrader's solution cells, everything else is read-only, and grade ids are unique."""
    marks = [cell["metadata"]["nbgrader"] for cell in json.loads(notebook)["cells"]]
    assert {mark["grade_id"] for mark in marks if mark["solution"]} == {"task-dot", "task-Net", "answers"}
    assert all(mark["locked"] is not mark["solution"] for mark in marks)
    assert all(mark["schema_version"] == 3 and mark["grade"] is False for mark in marks)
    assert len({mark["grade_id"] for mark in marks}) == len(marks)


def test_tasks_without_a_section_are_not_lost():
    """With a handout that names no task the cells stand behind it, and without quiz there is no quiz."""
    cells = json.loads(stub_notebook(ASSIGNMENT, STUB, "Short.", ()))["cells"]
    assert [cell["id"] for cell in cells][-3:] == ["task-Net", "task-dot", "checks"]


def test_module_of_the_starter_is_the_starter(notebook):
    """The notebook that nobody touched holds the definitions of the stub module, and the empty answers."""
    text, left_out = module_of(notebook)
    assert set(definition_names(text)) == {*definition_names(STUB), "QUIZ_ANSWERS"}
    assert [line.partition(":")[2] for line in left_out] == [" !python -m grader check --submission dots.ipynb"]


NBGRADER = """c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "course"
c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors." + name
    for name in ("LockCells", "ClearOutput", "CheckCellMetadata", "ComputeChecksums", "SaveCells")
]
"""


@pytest.mark.slow
def test_nbgrader_accepts_the_starter(notebook, tmp_path):
    """`nbgrader generate_assignment` keeps every cell and `nbgrader validate` runs the result and is satisfied.

    The starter is released as it stands: nbgrader's ClearSolutions would replace whole cells, signatures and all.
    """
    folder = tmp_path / "source" / "dots"
    folder.mkdir(parents=True)
    (folder / "dots.ipynb").write_bytes(notebook)
    (tmp_path / "nbgrader_config.py").write_text(NBGRADER.format(root=str(tmp_path)))
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": paths, "HOME": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # the notebook's cell of checks runs pytest

    def nbgrader(*words):
        command = [sys.executable, "-m", "nbgrader", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    made = nbgrader("generate_assignment", "dots")
    assert made.returncode == 0, made.stderr
    released = (tmp_path / "release" / "dots" / "dots.ipynb").read_bytes()
    assert sources(released) == sources(notebook)
    assert [cell["id"] for cell in json.loads(released)["cells"]] == [cell["id"] for cell in json.loads(notebook)["cells"]]
    checked = nbgrader("validate", "release/dots/dots.ipynb")
    assert checked.returncode == 0, checked.stderr
    assert "Success! Your notebook passes all the tests." in checked.stdout


# Reading


def test_imports_definitions_and_literals_are_the_module():
    """Code that does something when the notebook runs is left out and listed with its cell; the rest stays in order."""
    text, left_out = module_of(
        written(
            "import torch\nfrom torch import (\n    nn,\n)\nprint('hello')\nA = 3; B = -2.5; torch.manual_seed(0)",
            [
                "# Mine.\n",
                "@torch.no_grad()\n",
                "def f(x):  # why\n",
                "    return x\n",
                "f(3)\n",
                "'a string'\n",
                "pass",
            ],
            "C, D = 1, [2]\nE: dict = {'a': (None, True)}\nG = max(1, 2)\nf.x = 3\nH: int\nA += 1",
            "from __future__ import annotations\nclass K:\n    pass\nfor _ in range(3):\n    f(_)",
        )
    )
    assert text == (
        "from __future__ import annotations\n# Cell 1\nimport torch\nfrom torch import (\n    nn,\n)\nA = 3\nB = -2.5\n"
        "# Cell 2\n# Mine.\n@torch.no_grad()\ndef f(x):  # why\n    return x\n"
        "# Cell 3\nC, D = 1, [2]\nE: dict = {'a': (None, True)}\n# Cell 4\nclass K:\n    pass\n"
    )
    assert left_out == (
        "cell 1: print('hello')",
        "cell 1: torch.manual_seed(0)",
        "cell 2: f(3)",
        "cell 3: G = max(1, 2)",
        "cell 3: f.x = 3",
        "cell 3: H: int",
        "cell 3: A += 1",
        "cell 4: for _ in range(3): f(_)",
    )


MAGICS = {
    "line magic": ("%matplotlib inline\nA = 1", "A = 1", ["%matplotlib inline"]),
    "shell": ("!pip install 'torch\nA = 1", "A = 1", ["!pip install 'torch"]),
    "shell over two lines": ("!pip install \\\n    torch (\nA = 1", "#     torch (\nA = 1", ["!pip install \\"]),
    "question": ("torch.nn??\n?max\nA = 1", "A = 1", ["torch.nn??", "?max"]),
    "assignment": ("files = !ls (\nt = %timeit 3\nA = 1", "A = 1", ["files = !ls (", "t = %timeit 3"]),
    "in a block": (
        "def f():\n    %time 3\n    x = '''\n%not a magic\n'''\n    return x",
        "def f():\n    pass  # %time 3\n    x = '''\n%not a magic\n'''\n    return x",
        ["%time 3"],
    ),
    "timed cell": ("\n%%time\ndef f():\n    return 1", "def f():\n    return 1", ["%%time"]),
    "other cell": ("%%bash\nrm -rf 'x\ndef f(): pass", "", ["%%bash"]),
    "written to a file": ("%%writefile mine.py\ndef f(): pass", "", ["%%writefile mine.py"]),
    "modulo is no magic": ("A = (3\n% 2)\nB = '''\n!ls\n'''", "B = '''\n!ls\n'''", ["A = (3 % 2)"]),
    "a comment is no question": ("# why?\nA = 1  # really?\nB = 'what?'", "# why?\nA = 1  # really?\nB = 'what?'", []),
}


@pytest.mark.parametrize(("cell", "module", "left_out"), MAGICS.values(), ids=MAGICS.keys())
def test_what_only_ipython_understands_is_left_out(cell, module, left_out):
    """Magics, shell lines and questions are listed, and neither disturb the Python around them nor change a string."""
    text, lines = module_of(written(cell))
    assert text.removeprefix("# Cell 1\n").rstrip("\n") == module
    assert list(lines) == [f"cell 1: {line}" for line in left_out]


def test_a_cell_that_does_not_parse_costs_that_cell_alone():
    """The other cells are kept, and the broken one is listed with its fault."""
    text, left_out = module_of(written("A = 1", "def f(:\n    pass", "def g(): return 1"))
    assert definition_names(text) == ("A", "g")
    assert left_out == ("cell 2: does not parse (line 1: invalid syntax): def f(: pass",)


def test_the_last_definition_holds():
    """Of two cells that define a name, the later one wins, as in Jupyter."""
    text, _ = module_of(written("def f(): return 1", "def f(): return 2"))
    assert [ast.unparse(node) for node in ast.parse(text).body][-1] == "def f():\n    return 2"


def test_old_and_odd_notebooks_are_read():
    """Format 3, sources as lists or strings, a byte order mark, CRLF, and cells of any other kind are all fine."""
    sheets = [{"cells": [{"cell_type": "code", "input": ["A = 1\n", "B = 2"]}, {"cell_type": "heading", "level": 1}]}]
    assert module_of(json.dumps({"worksheets": sheets, "nbformat": 3}).encode())[0] == "# Cell 1\nA = 1\nB = 2\n"
    assert module_of(b"\xef\xbb\xbf" + written("A = 1\r\nB = 2"))[0] == "# Cell 1\nA = 1\nB = 2\n"
    cells = [{"cell_type": "raw", "source": "A ="}, {"cell_type": "markdown", "source": 3}, {"cell_type": "code"}]
    assert module_of(json.dumps({"cells": cells}).encode()) == ("# Cell 3\n", ())


def test_what_is_listed_cannot_harm_a_terminal():
    """Control and direction characters are escaped, lines are cut at 60 characters, and the list ends somewhere."""
    _, left_out = module_of(written("print('\x1b[31m\u202e" + "x" * 100 + "')", "f()\n" * 1000))
    assert left_out[0].startswith(r"cell 1: print('\x1b[31m\u202exxx")
    assert len(left_out[0]) == len("cell 1: ") + 61
    assert (len(left_out), left_out[-1]) == (LISTED + 1, f"and {1001 - LISTED} more")


HOSTILE = {
    "empty": b"",
    "no JSON": b"def f(): pass",
    "no text": b"\xff\xfe\x00",
    "a list": b"[]",
    "null": b"null",
    "no cells": b"{}",
    "cells are a string": b'{"cells": "abc"}',
    "cells are an object": b'{"cells": {"a": 1}}',
    "a cell is a number": b'{"cells": [3]}',
    "sheets are numbers": b'{"worksheets": [3]}',
    "sheet's cells are a number": b'{"worksheets": [{"cells": 3}]}',
    "source is a number": b'{"cells": [{"cell_type": "code", "source": 3}]}',
    "source is null": b'{"cells": [{"cell_type": "code", "source": null}]}',
    "source holds a number": b'{"cells": [{"cell_type": "code", "source": ["a", 3]}]}',
    "nested": b"[" * 200_000,
    "nested cells": b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "long number": b'{"cells": ' + b"9" * 5000 + b"}",
    "surrogate": rb'{"cells": [{"cell_type": "code", "source": "x = \"\ud800\""}]}',
    "nul": rb'{"cells": [{"cell_type": "code", "source": "x = \u0000"}]}',
    "huge": b'{"cells": []}' + b" " * NOTEBOOK_BYTES,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_notebook_is_refused(content):
    """Hostile bytes raise `SubmissionError` and nothing else."""
    with pytest.raises(SubmissionError):
        module_of(content)


@pytest.mark.parametrize("code", ["-" * 200_000 + "1", "x = " + "a" + ".b" * 50_000, "x = " + "[" * 150 + "]" * 150, "(" * 300])
def test_hostile_code_is_left_out(code):
    """A cell that is nested too deeply to parse is listed, not raised."""
    text, left_out = module_of(written(code, "A = 1"))
    assert "A = 1" in text
    assert len(left_out) in (0, 1)


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda more: st.lists(more) | st.dictionaries(st.text(), more),
)
cells = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "code", "raw"]) | values, "source": st.text() | st.lists(st.text()) | values}
)


@given(st.lists(cells | values, max_size=4) | values)
@settings(max_examples=100, deadline=None)
def test_any_json_is_read_or_refused(content):
    """Whatever the cells are, the module that comes out parses, or the notebook is refused."""
    try:
        text, _ = module_of(json.dumps({"cells": content}).encode())
    except SubmissionError:
        return
    ast.parse(text)


@given(st.lists(st.text(alphabet="ab%!?=()'\"#\n\\ \t:;", max_size=40), max_size=3))
@settings(max_examples=200, deadline=None)
def test_any_text_of_cells_gives_a_module(texts):
    """Whatever is typed into cells, the module that comes out parses."""
    ast.parse(module_of(written(*texts))[0])


def test_a_question_in_words_has_a_cell_for_its_answer():
    """Question and empty answer stand at the end; the answer's cell alone can be edited, and the module holds the literal."""
    asked = replace(ASSIGNMENT, written=Written(question="Why $\\sqrt{d}$?", points=5))
    content = stub_notebook(asked, STUB, HANDOUT, QUESTIONS)
    question, answer = json.loads(content)["cells"][-2:]
    assert "Why $\\sqrt{d}$?" in "".join(question["source"])
    assert question["metadata"]["nbgrader"]["locked"]
    assert not answer["metadata"]["nbgrader"]["locked"]
    assert module_of(content)[0].rstrip().endswith('WRITTEN_ANSWER = r"""\n\n"""')
    nbformat.validate(nbformat.reads(content.decode(), as_version=4))

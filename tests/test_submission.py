"""Claims about what of a hand-in counts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import SubmissionError
from grader.submission import counted_files, load_submission

STUB = b'def attend(q):\n    raise NotImplementedError("attend")\n'
WORK = b"def attend(q):\n    return q\n"


def notebook(*cells: str, **metadata: str) -> bytes:
    record = {
        "cells": [
            {"cell_type": "code", "execution_count": None, "id": f"c{i}", "metadata": {}, "outputs": [], "source": cell}
            for i, cell in enumerate(cells)
        ],
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(record).encode()


STARTER = {"t.py": STUB, "t.ipynb": notebook(STUB.decode())}


def test_a_module_and_its_answers() -> None:
    """A module and answers.toml become one submission, wherever they lie."""
    submission = load_submission("t", {"hw/t.py": WORK, "hw/answers.toml": b'a = ["c", "a", "a"]\nb = 2\nc = []\nd = "x"'}, {})
    assert submission.form == "module"
    assert submission.module == WORK.decode()
    assert submission.answers == {"a": ("a", "c"), "b": 2.0, "d": ("x",)}


def test_only_the_module_and_the_answers_count() -> None:
    """A conftest.py, a pytest.ini or a second torch.py beside the module is not part of the submission."""
    files = {"t.py": WORK, "conftest.py": b"x", "pytest.ini": b"x", "torch.py": b"x", "test_t.py": b"x"}
    assert load_submission("t", files, STARTER) == load_submission("t", {"t.py": WORK}, STARTER)


def test_a_module_of_any_name_counts_if_it_is_alone() -> None:
    """One module is the submission, whatever it is called; of several, the one that is named for the topic."""
    assert counted_files("t", {"My Homework.PY": WORK, "notes.txt": b"x"}, STARTER).name == "My Homework.PY"
    assert counted_files("t", {"other.py": WORK, "t.py": STUB}, STARTER).name == "t.py"


@pytest.mark.parametrize(
    ("files", "counts"),
    [
        ({"t.py": WORK, "t.ipynb": STARTER["t.ipynb"]}, "t.py"),
        ({"t.py": STUB, "t.ipynb": notebook(WORK.decode())}, "t.ipynb"),
        ({"t.py": STUB, "t.ipynb": STARTER["t.ipynb"]}, "t.py"),
        ({"t.py": STUB.replace(b"\n", b"\r\n"), "t.ipynb": notebook(WORK.decode())}, "t.ipynb"),
        ({"t.py": WORK, "t.ipynb": notebook(STUB.decode(), "print(1)", kernel="x")}, "t.py"),
    ],
)
def test_of_module_and_notebook_the_changed_one_counts(files: dict[str, bytes], counts: str) -> None:
    """Line ends, outputs and metadata are no change: opening a notebook and saving it does not hand it in."""
    assert counted_files("t", files, STARTER).name == counts


def test_two_changed_files_are_refused() -> None:
    """Where both were changed nobody guesses."""
    with pytest.raises(SubmissionError, match=r"^Both t\.ipynb, t\.py were changed\. Hand in one of them, or name it with --submission"):
        load_submission("t", {"t.py": WORK, "t.ipynb": notebook(WORK.decode())}, STARTER)
    with pytest.raises(SubmissionError, match=r"Both a/t\.py, b/t\.py were changed"):
        load_submission("t", {"a/t.py": WORK, "b/t.py": WORK + b"#"}, STARTER)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, r"no \.py and no \.ipynb in it\. Hand in t\.py or t\.ipynb"),
        ({"x.zip": b"x"}, r"no \.py and no \.ipynb"),
        ({"a.py": WORK, "b.py": WORK}, r"There are 2 modules \(a\.py, b\.py…\), and none is the only one called t\.py"),
        ({"t.py": "é".encode("latin-1")}, r"^t\.py: line 1 is not UTF-8"),
        ({"t.py": b"x\n\n\xff"}, r"^t\.py: line 3 is not UTF-8"),
        ({"t.py": b"x\0y"}, r"^t\.py: has bytes that are no text"),
        ({"t.py": b"#" * (2 * 2**20 + 1)}, "its program is larger than 2 MiB"),
        ({"t.ipynb": b"{}"}, "notebook"),
        ({"t.ipynb": b"\xff"}, "notebook"),
        ({"t.py": WORK, "answers.toml": b"a = \n"}, r"^answers\.toml: is not TOML: .*line 1"),
        ({"t.py": WORK, "answers.toml": b"\xff"}, r"^answers\.toml: line 1 is not UTF-8"),
        ({"t.py": WORK, "answers.toml": b"a = true"}, "The answer to 'a': expected picks such as"),
        ({"t.py": WORK, "answers.toml": b"a = nan"}, "The answer to 'a'"),
        ({"t.py": WORK, "answers.toml": b"a = [1]"}, "The answer to 'a'"),
        ({"t.py": WORK, "answers.toml": b"a = " + b"9" * 400}, "The answer to 'a'"),
        ({"t.py": WORK, "answers.toml": b"[a]\nx = 1"}, "The answer to 'a'"),
        ({"t.py": WORK, "answers.toml": b"a = " + b"[" * 5000}, r"^answers\.toml: is not TOML"),
        ({"t.py": WORK, "answers.toml": b"#" * 70_000}, r"^answers\.toml: is larger than 64 KiB"),
        ({"t.py": WORK, "answers.toml": b"", "a/answers.toml": b""}, r"There are 2 files called answers\.toml"),
        ({"t.py": b"QUIZ_ANSWERS = 3"}, "QUIZ_ANSWERS: expected a dictionary"),
        ({"t.py": b"QUIZ_ANSWERS = {'\\x1b': {}}"}, r"The answer to '\\x1b'"),
    ],
)
def test_what_cannot_be_held_is_named(files: dict[str, bytes], message: str) -> None:
    """Each refusal names the file, the fault and what to do."""
    with pytest.raises(SubmissionError, match=message):
        load_submission("t", files, {})


@pytest.mark.parametrize("module", [b"def attend(:\n", b"", b"(" * 3000, b"x = '\\d'\nQUIZ_ANSWERS = {'a': open('x')}"])
def test_a_module_that_does_not_parse_is_a_submission(module: bytes) -> None:
    """What is text is graded; that it is no Python is what the grading says."""
    assert load_submission("t", {"t.py": module}, STARTER).module == module.decode()


def test_a_notebook_is_its_module() -> None:
    """Of a notebook the module is graded and what was left out is listed; its answers are read without running it."""
    data = notebook("%matplotlib inline\n" + WORK.decode(), "print('x')", "QUIZ_ANSWERS = {'a': ['b', 'a'], 'c': 2, 'd': []}")
    submission = load_submission("t", {"t.ipynb": data}, STARTER)
    assert submission.form == "notebook"
    assert "def attend" in submission.module
    assert "print" not in submission.module
    assert any("print" in line for line in submission.left_out)
    assert submission.answers == {"a": ("a", "b"), "c": 2.0, "d": ()}


def test_an_answer_in_the_file_goes_before_one_in_the_notebook() -> None:
    """answers.toml says what it answers; what it leaves empty the notebook may answer."""
    data = notebook(WORK.decode(), "QUIZ_ANSWERS = {'a': ['b'], 'c': ['d']}")
    submission = load_submission("t", {"t.ipynb": data, "answers.toml": b'a = ["x"]\nc = []'}, STARTER)
    assert submission.answers == {"a": ("x",), "c": ("d",)}


def test_windows_text_is_text() -> None:
    """A byte order mark and carriage returns are not part of the module."""
    submission = load_submission("t", {"t.py": b"\xef\xbb\xbf" + WORK.replace(b"\n", b"\r\n")}, STARTER)
    assert submission.module == WORK.decode()


def test_the_digest_is_of_what_counts() -> None:
    """The same files have the same digest under any name; another byte, topic, form or answer has another."""
    base = load_submission("t", {"t.py": WORK}, STARTER).digest
    assert base.startswith("sha256:")
    assert len(base) == 7 + 64
    assert load_submission("t", {"x/other.py": WORK, "notes.txt": b"x"}, STARTER).digest == base
    assert load_submission("t", {"t.py": WORK + b"\n"}, STARTER).digest != base
    assert load_submission("u", {"t.py": WORK}, STARTER).digest != base
    assert load_submission("t", {"t.py": WORK, "answers.toml": b"a = 1"}, STARTER).digest != base


@given(st.binary(max_size=6), st.binary(max_size=6))
def test_no_byte_can_change_its_field(module: bytes, answers: bytes) -> None:
    """Moving the border between module and answers changes the digest."""
    whole = b"#" + module.hex().encode() + b"\n#" + answers.hex().encode()
    cuts = {load_submission("t", {"t.py": whole[:i], "answers.toml": b"#" + whole[i:]}, {}).digest for i in range(1, 4)}
    assert len(cuts) == 3


def test_an_answer_in_words_is_read_from_either_place() -> None:
    """From the notebook's literal or from answers.toml, which goes first; spaces around it do not count."""
    cell = 'WRITTEN_ANSWER = r"""\n$\\alpha$ sums to 1.\n"""'
    in_notebook = load_submission("t", {"t.ipynb": notebook(WORK.decode(), cell)}, STARTER)
    assert in_notebook.written == "$\\alpha$ sums to 1."
    assert in_notebook.answers == {}
    both = {"t.ipynb": notebook(WORK.decode(), cell), "answers.toml": b"written = '''\nBecause.\n'''\na = ['b']"}
    assert load_submission("t", both, STARTER).written == "Because."
    assert load_submission("t", both, STARTER).answers == {"a": ("b",)}
    blank = load_submission("t", {**both, "answers.toml": b"written = '''\n'''"}, STARTER)
    assert blank.written == in_notebook.written
    assert load_submission("t", {"t.py": WORK}, STARTER).written == ""


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"t.py": WORK, "answers.toml": b"written = 3"}, "expected a text in quotes"),
        ({"t.py": b"WRITTEN_ANSWER = ['a']"}, "expected a text in quotes"),
        ({"t.py": WORK, "answers.toml": b"written = '" + b"a" * 20_001 + b"'"}, "has 20001 characters; 20000 are allowed"),
    ],
)
def test_an_answer_in_words_is_a_text_of_some_pages(files: dict[str, bytes], message: str) -> None:
    """A list or a book is refused with the reason."""
    with pytest.raises(SubmissionError, match=message):
        load_submission("t", files, {})


def test_an_answer_in_words_that_is_computed_is_none() -> None:
    """Only a literal is read; nothing of a submission is run to find it."""
    assert load_submission("t", {"t.py": b"WRITTEN_ANSWER = open('/etc/passwd').read()"}, {}).written == ""

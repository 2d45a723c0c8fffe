"""A digest changes with everything that decides a mark, and with nothing else."""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import grader as source
from grader.course import Cuda
from grader.digests import grader_digest, key_digest
from grader.limits import Limits


def test_it_says_what_it_is_and_is_the_same_again(toy_course):
    """`sha256:` and 64 hexadecimal digits, the same for the same files."""
    digest = grader_digest(toy_course, "toy")
    assert digest.startswith("sha256:")
    assert len(bytes.fromhex(digest.removeprefix("sha256:"))) == 32
    assert grader_digest(toy_course, "toy") == digest


def test_the_place_of_the_course_does_not_count(own_course, toy_course):
    """Two copies of one course have one digest: a result is worth the same after a move."""
    assert grader_digest(own_course, "toy") == grader_digest(toy_course, "toy")


FILES = [
    "assignments/toy/assignment.toml",
    "assignments/toy/test_toy.py",
    "assignments/toy/quiz.toml",
    "solutions/toy/toy.py",
    "solutions/toy/test_toy_hidden.py",
    "solutions/toy/quiz_answers.toml",
    "solutions/toy/submissions/wrong/triple.py",
]


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_the_topic_counts(own_course, name):
    """One byte more, a file gone, a file renamed: each is another digest."""
    path = own_course.root / name
    digests = {grader_digest(own_course, "toy")}
    path.write_bytes(path.read_bytes() + b"\n")
    digests.add(grader_digest(own_course, "toy"))
    path.rename(path.with_name("renamed"))
    digests.add(grader_digest(own_course, "toy"))
    path.with_name("renamed").unlink()
    digests.add(grader_digest(own_course, "toy"))
    assert len(digests) == 4


def test_moving_bytes_from_one_file_to_the_next_counts(own_course):
    """Lengths are digested too: the same bytes cut elsewhere are other files."""
    folder = own_course.solution_dir("toy")
    (folder / "x1").write_bytes(b"ab")
    (folder / "x2").write_bytes(b"c")
    before = grader_digest(own_course, "toy")
    (folder / "x1").write_bytes(b"a")
    (folder / "x2").write_bytes(b"bc")
    assert grader_digest(own_course, "toy") != before


def test_limits_and_devices_of_the_course_count(toy_course):
    """A result under other limits is not today's; the course's name changes no mark."""
    before = grader_digest(toy_course, "toy")
    assert grader_digest(replace(toy_course, limits=Limits(cpu_s=7)), "toy") != before
    assert grader_digest(replace(toy_course, cuda=Cuda.DROP), "toy") != before
    assert grader_digest(replace(toy_course, name="Another year"), "toy") == before


def test_what_python_and_editors_leave_behind_does_not_count(own_course):
    """Running the tests must not make every result stale."""
    before = grader_digest(own_course, "toy")
    for folder in (own_course.assignment_dir("toy"), own_course.solution_dir("toy")):
        for name in ("__pycache__/test_toy.cpython-311.pyc", ".ipynb_checkpoints/toy.ipynb", ".DS_Store", "toy.pyc"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(b"left behind")
    assert grader_digest(own_course, "toy") == before


def test_other_topics_and_starters_do_not_count(own_course):
    """A new topic leaves every result as it is."""
    before = grader_digest(own_course, "toy")
    shutil.copytree(own_course.assignment_dir("toy"), own_course.assignment_dir("unwritten"))
    (own_course.starter_dir("toy") / "toy.py").write_text("", encoding="utf-8")
    assert grader_digest(own_course, "toy") == before


def test_a_key_is_told_apart_and_not_told():
    """Two keys have two digests; neither the key nor its plain hash is in it."""
    key = b"published"
    digest = key_digest(key)
    assert digest != key_digest(b"verify-1")
    assert digest == key_digest(b"published")
    assert key.hex() not in digest
    assert hashlib.sha256(key).hexdigest() not in digest


def test_the_source_of_this_package_counts(toy_course, tmp_path):
    """A changed grader makes results stale: one line more in one module, and every topic's digest is another."""
    package = Path(source.__file__).parent
    shutil.copytree(package, tmp_path / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    same = digest_by(tmp_path, toy_course)
    with (tmp_path / "grader" / "scoring.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert same == grader_digest(toy_course, "toy") != digest_by(tmp_path, toy_course)


def test_commands_and_the_look_of_pages_do_not_count(toy_course, tmp_path):
    """Another colour of a letter, another help text: no class is graded again for it."""
    package = Path(source.__file__).parent
    shutil.copytree(package, tmp_path / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("cli", "templates"):
        path = next(path for path in sorted((tmp_path / "grader" / folder).iterdir()) if path.is_file())
        path.write_bytes(path.read_bytes() + b"\n")
    assert digest_by(tmp_path, toy_course) == grader_digest(toy_course, "toy")


def digest_by(folder, course):
    """Return the toy's digest by the copy of the package in `folder`."""
    script = f"import sys, pathlib; sys.path.insert(0, {str(folder)!r}); from grader.course import load_course; "
    script += f"from grader.digests import grader_digest; print(grader_digest(load_course(pathlib.Path({str(course.root)!r})), 'toy'))"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()

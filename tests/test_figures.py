"""A figure is drawn with any submission: there is a picture, or a sentence why there is none, and the judge goes on."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader import splice
from grader.course import load_course
from grader.figures import PICTURE_BYTES, ended
from grader.runner import JudgeProcess
from grader.sandbox.backend import Backend, probe
from grader.submission import Submission

pytestmark = pytest.mark.slow

PNG = b"\x89PNG\r\n\x1a\n"
ATTACKS = Path(__file__).with_name("attacks")
BACKENDS = [backend for backend in Backend if probe(backend) is None]
# Draws whatever comes, as a careless author would.
CARELESS = '''"""Draws what a student returns, unchecked."""

from matplotlib.figure import Figure


def figure(student):
    """Return the picture."""
    values = student.double(1)
    picture = Figure(figsize=(20, 20) if getattr(values, "shape", ()) == (2000, 2000) else (3, 2))
    axes = picture.add_subplot()
    if isinstance(values, str):
        axes.text(0, 0, values)
    elif isinstance(values, tuple):
        axes.text(*values)
    elif getattr(values, "ndim", 1) == 2:
        axes.imshow(values)
    else:
        axes.plot(values)
    return picture
'''


@pytest.fixture(scope="module")
def draw(toy_course, toy_reference):
    """Draw with the reference, one definition of it replaced."""
    with JudgeProcess(toy_course, "toy", BACKENDS[0]) as judge:
        yield lambda patch: judge.draw(handed_in(splice.overlay(toy_reference, patch)))


@pytest.fixture(scope="module")
def careless(tmp_path_factory, toy_course, toy_reference):
    """Draw with a script that takes every value as it comes."""
    course = load_course(shutil.copytree(toy_course.root, tmp_path_factory.mktemp("careless"), dirs_exist_ok=True))
    (course.assignment_dir("toy") / "figure.py").write_text(CARELESS)
    with JudgeProcess(course, "toy", BACKENDS[0]) as judge:
        yield lambda body: judge.draw(handed_in(splice.overlay(toy_reference, f"def double(x):\n    {body}\n")))


def handed_in(module):
    return Submission(topic="toy", digest="sha256:" + "0" * 64, module=module, answers={}, form="module")


# What came back, and what of the sentence must be told; None where it can be drawn.
CASES = {
    "nan": ("return torch.full((5,), float('nan'))", None),
    "infinity": ("return torch.tensor([0.0, float('inf'), -float('inf')])", None),
    "largest": ("return torch.tensor([-1e308, 0.0, 1e308], dtype=torch.float64)", "ValueError"),
    "huge_image": ("return torch.full((4, 4), 1e300, dtype=torch.float64)", None),
    "empty": ("return torch.empty(0)", None),
    "empty_image": ("return torch.empty(0, 4)", None),
    "complex": ("return torch.ones(3, dtype=torch.complex64)", None),
    "cube": ("return torch.ones(2, 2, 2)", "no greater than 2D"),
    "none": ("return None", "must not be None"),
    "object": ("return torch.nn.Linear(2, 2)", "lives in the worker"),
    "strings": ("return ['a', '\\x1b[2J', '\\u202e']", None),
    "mathtext": ("return '$\\\\frac$'", "frac"),
    "surrogate": ("return '\\ud800'", "cannot leave its process"),
    "long": ("return 'x' * 100_000", "that took more than 10 s"),
    "far": ("return (40_000.0, 40_000.0, 'far')", "too large"),
    "noise": ("return torch.rand(2000, 2000)", "more than 2 MiB"),
    "many": ("return torch.rand(20_000_000)", "MemoryError"),
}


@pytest.mark.parametrize("case", CASES)
def test_whatever_comes_back_is_drawn_or_explained(careless, case):
    """No value of a student's side is a fault of the harness, none holds the class up, and each sentence is one plain line."""
    body, told = CASES[case]
    began_s = time.monotonic()
    drawn = careless(body)
    assert time.monotonic() - began_s < 40
    assert drawn.trouble == ""
    assert drawn.png.startswith(PNG) == (told is None) == (drawn.why == "")
    assert len(drawn.png) <= PICTURE_BYTES
    assert (told or "") in drawn.why
    assert drawn.why.isprintable()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("not_a_number", None),
        ("loops", "CPU time"),
        ("exits", "ended its process"),
        ("raises", "raised AttributeError"),
        ("forges", ""),
        ("bomb_reply", "not an answer"),
        ("hoards", "memory"),
        ("unwritten", "not written yet"),
        ("dies_at_import", ""),
    ],
)
def test_misbehaving_code_costs_its_own_picture_alone(draw, name, told):
    """What it did is told as in a test, and the next one's picture is there."""
    drawn = draw((ATTACKS / f"{name}.py").read_text(encoding="utf-8"))
    assert drawn.trouble == ""
    assert drawn.png.startswith(PNG) == (told is None)
    assert (told or "") in drawn.why
    assert draw("").png.startswith(PNG)


def test_the_picture_is_of_the_students_own_pieces(draw):
    """Equal code gives equal bytes, another value another picture; what is given is put in, whatever a student makes of it."""
    own = draw("")
    assert draw("").png == own.png
    assert draw("def double(x):\n    return 3 * x\n").png != own.png
    assert draw("def factor():\n    return 5\n").png == own.png


def test_a_file_that_is_no_python_has_no_picture(toy_course):
    """The sentence is the one of its tests; the same judge grades before and after."""
    with JudgeProcess(toy_course, "toy", BACKENDS[0]) as judge:
        assert judge.draw(handed_in("def double(:\n")).why == "Your file does not import: SyntaxError at line 1."
        assert judge.grade(handed_in(""), b"k").complete
        assert judge.draw(handed_in("raise ValueError\n")).why.startswith("Your file does not import: ValueError")


def test_a_script_that_fails_is_ours(own_course, toy_reference):
    """Nobody's code is blamed for a broken figure.py, and the judge still grades."""
    (own_course.assignment_dir("toy") / "figure.py").write_text("raise RuntimeError('no figure')\n")
    with JudgeProcess(own_course, "toy", BACKENDS[0]) as judge:
        drawn = judge.draw(handed_in(toy_reference))
        assert (drawn.png, drawn.why) == (b"", "")
        assert "figure.py of toy cannot be used: RuntimeError: no figure" in drawn.trouble
        assert judge.grade(handed_in(toy_reference), b"k").earned == 92


def test_a_drawing_that_hangs_is_ended():
    """The kernel ends it, wherever it is; a fork that is through is free again."""
    program = "import time; from grader.figures import _held\nwith _held(5):\n    pass\nprint('free', flush=True)\nwith _held(0.2):\n    time.sleep(30)\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "free\n"
    assert done.returncode == -signal.SIGALRM
    assert "took more than" in ended(done.returncode).why
    assert "memory" in ended(-signal.SIGKILL).why
    assert ended(1).trouble

"""The programs that know nothing of a topic have the right shapes, and answers only where they have seen the question."""

import numpy as np
import pytest
import torch

from grader import mechanical, splice
from grader.result import Failure, Verdict
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Handle, Student

ENTRIES = ["double", "quadruple", "Counter.count", "total"]
GIVEN = ["factor", "Counter.__init__"]
X = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
KINDS = '''
import numpy as np
import torch


def several(x):
    """Return something of every kind."""
    return [x, (x.numpy(), 3), {"flag": True, "share": 0.5}, "word", None]


class Layer:
    """A class that students write whole."""

    def __init__(self, n):
        self.n = n

    def forward(self, x):
        return self.n * x

    def __call__(self, x):
        return self.n + x
'''


def student(text):
    return Student(InProcess("toy", text))


def counted(text, *steps):
    counter = student(text).Counter()
    return [counter.count(step) for step in steps]


def test_zeros_has_the_right_shape_and_dtype(toy_reference):
    """Functions and methods answer with zeros like the reference's answer; what is given stays as it is."""
    zeros = student(mechanical.zeros(toy_reference, ENTRIES))
    for name, answer in (("double", X), ("quadruple", X), ("total", X[:, 0])):
        got = getattr(zeros, name)(X)
        assert torch.equal(got, torch.zeros_like(answer)), name
        assert got.dtype == answer.dtype
    assert zeros.factor() == 2
    assert counted(mechanical.zeros(toy_reference, ENTRIES), 2, 3) == [0, 0]


def test_zeros_goes_into_lists_and_dicts():
    """Every number in a container is zero; what is no number stays, so that types come out right."""
    got = student(mechanical.zeros(KINDS, ["several"])).several(X)
    assert torch.equal(got[0], torch.zeros_like(X))
    assert type(got[1]) is tuple
    assert np.array_equal(got[1][0], np.zeros((2, 2), dtype=np.float32))
    assert got[1][1] == 0
    assert got[2] == {"flag": False, "share": 0.0}
    assert got[3:] == ["word", None]


def test_zeros_wraps_a_class_that_is_one_task():
    """Every method but `__init__`, so that objects can be made."""
    layer = student(mechanical.zeros(KINDS, ["Layer"])).Layer(3)
    assert layer.get("n") == 3
    assert torch.equal(layer.forward(X), torch.zeros_like(X))
    assert torch.equal(layer(X), torch.zeros_like(X))


def test_echo_gives_the_first_argument_back(toy_reference):
    """Of a method, the first after `self`; a keyword counts too; without any, None."""
    echo = student(mechanical.echo(toy_reference, ENTRIES))
    assert torch.equal(echo.double(X), X)
    assert torch.equal(echo.total(x=X), X)
    assert echo.quadruple() is None
    assert counted(mechanical.echo(toy_reference, ENTRIES), 2, 3) == [2, 3]


def test_strange_ones_answer_with_another_kind_of_value(toy_reference):
    """What is neither plain nor an array stays behind a handle; the rest comes as it is."""
    answers = {name: student(mechanical.strange(toy_reference, ENTRIES, value)).double(X) for name, value in mechanical.STRANGE.items()}
    handles = {name: answer.type_name for name, answer in answers.items() if isinstance(answer, Handle)}
    assert handles == {"object": "HASH", "class": "type"}
    assert {name: answer for name, answer in answers.items() if name not in handles} == {
        "nothing": None,
        "number": 0.5,
        "text": "0.5",
        "pair": (0.5, None),
    }


def test_recorder_answers_as_the_reference_and_writes_inputs_down(toy_reference, tmp_path):
    """One line for each call of a task, inner calls too; equal calls are equal lines."""
    log = tmp_path / "log"
    recorder = student(mechanical.recorder(toy_reference, ENTRIES, str(log)))
    assert torch.equal(recorder.double(X), 2 * X)
    assert torch.equal(recorder.double(X.clone()), 2 * X)
    assert torch.equal(recorder.double(X + 1), 2 * X + 2)
    assert torch.equal(recorder.quadruple(X), 4 * X)
    first, second, third, *rest = log.read_text().split()
    assert first == second != third
    assert first in rest  # quadruple calls double with the same input
    assert len(rest) == 3


@pytest.mark.parametrize("other", [X.T.contiguous(), X.double(), X.flatten(), X.numpy(), X + 1e-6, X.tolist()], ids=str)
def test_another_input_is_another_line(toy_reference, tmp_path, other):
    """Shape, dtype, kind and every bit of the values count."""
    log = tmp_path / "log"
    recorder = student(mechanical.recorder(toy_reference, ["double"], str(log)))
    recorder.double(X)
    recorder.double(other)
    assert len(set(log.read_text().split())) == 2


def test_parrot_knows_what_was_recorded_and_nothing_else(toy_reference, tmp_path):
    """The recorded input gets the reference's answer, any other one zeros; a method is known with its object's state."""
    log = tmp_path / "log"
    recorder = student(mechanical.recorder(toy_reference, ENTRIES, str(log)))
    recorder.double(X)
    recorder.Counter().count(2)
    parrot = mechanical.parrot(toy_reference, ENTRIES, set(log.read_text().split()))
    assert torch.equal(student(parrot).double(X), 2 * X)
    assert torch.equal(student(parrot).double(-X), torch.zeros_like(X))
    assert counted(parrot, 2) == [2]
    assert counted(parrot, 3) == [0]
    assert counted(parrot, 3, 2) == [0, 0]


def test_a_parrot_that_has_seen_nothing_is_zeros(toy_reference):
    """No known input: every answer is zero."""
    assert torch.equal(student(mechanical.parrot(toy_reference, ENTRIES, [])).quadruple(X), torch.zeros_like(X))


def test_one_task_is_the_starter_with_one_answer(toy_reference):
    """The one task is the reference's; every other is not written yet."""
    starter = splice.stub(toy_reference, ENTRIES, GIVEN)
    for entry in ENTRIES:
        text = mechanical.one_task(starter, toy_reference, entry)
        assert entry_is_written(text, "double") == (entry == "double")
        assert entry_is_written(text, "total") == (entry == "total")
        assert entry_is_written(text, "Counter.count") == (entry == "Counter.count")
        assert student(text).factor() == 2


def entry_is_written(text, entry):
    try:
        counted(text, 2) if entry == "Counter.count" else getattr(student(text), entry)(X)
    except Failure as failure:
        assert failure.verdict is Verdict.MISSING
        return False
    return True

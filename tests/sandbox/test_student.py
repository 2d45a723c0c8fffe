"""What a grader holds of a submission can be called and asked, and never compared."""

import pytest
import torch

from grader import wire
from grader.result import Failure, Verdict
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student, clean, describe_arguments, incoming

TEXT = '''
import torch


SIZE = 3


class Net:
    scale = 2

    def __init__(self, n):
        self.n = n

    def __call__(self, x):
        return self.n * x

    def __eq__(self, other):
        return True

    def grow(self):
        self.n += 1
        return self

    def add(self, other):
        return self.n + other.n


def spoil(x):
    x += 1
    return x


def fail():
    return {}["key"]


class Own(Exception):
    pass


def own():
    raise Own("the answer is secret")


def stub():
    """Return nothing yet."""
    raise NotImplementedError("stub is yours to write")
'''


@pytest.fixture
def student():
    """A submission in this process."""
    return Student(InProcess("toy", TEXT))


def test_functions_objects_and_attributes(student):
    """Calls, handles, methods, attributes, and handles as arguments."""
    net = student.Net(2)
    assert net.type_name == "Net"
    assert torch.equal(net(torch.ones(2)), torch.full((2,), 2.0))
    assert net.get("n") == 2
    assert net.grow().get("n") == 3
    assert net.add(student.Net(10)) == 13
    assert student.get("SIZE") == 3
    assert student.get("Net.scale") == 2


def test_handles_refuse_to_take_part_in_a_verdict(student):
    """No comparison ever runs on the student's side: `==`, truth, length, iteration and membership are refused."""
    for thing in (student.Net(2), student.spoil):
        for act in (lambda t: t == 1, bool, len, list, lambda t: 1 in t, hash):
            with pytest.raises(TypeError):
                act(thing)


def test_the_name_of_a_class_commands_no_terminal():
    """A student chooses it, and it is shown with every call of the object."""
    leash = InProcess("toy", "class Thing:\n    pass\n\n\nThing.__name__ = '\\x1b[2J\\n\\u202e'\n")
    assert repr(Student(leash).Thing()).isprintable()


def test_arguments_are_copies(student):
    """What the student's code does to its input does not reach the grader's."""
    x = torch.zeros(2)
    assert student.spoil(x).sum() == 2
    assert x.sum() == 0


def test_an_exception_is_told_with_the_students_own_lines(student):
    """The message is safe for a hidden test, what is shown is for a public one."""
    with pytest.raises(Failure) as told:
        student.fail()
    failure = told.value
    assert failure.verdict is Verdict.RAISED
    assert failure.message == "Your code raised KeyError at line 34."
    assert 'return {}["key"]' in failure.shown
    assert isinstance(failure.__cause__, KeyError)


def test_an_exceptions_own_name_and_text_stay_out_of_a_hidden_message(student):
    """Both are chosen by the student: they could carry a hidden input out."""
    with pytest.raises(Failure) as told:
        student.own()
    assert "Own" not in told.value.message
    assert "secret" not in told.value.message
    assert "Own: the answer is secret" in told.value.shown


@pytest.mark.parametrize("name", ["stub", "nowhere"])
def test_what_is_not_written_is_missing(student, name):
    """The starter's exception and an absent definition are the same to a grader."""
    with pytest.raises(Failure) as told:
        getattr(student, name)()
    assert told.value.verdict is Verdict.MISSING


def test_a_file_that_does_not_import_is_invalid():
    """With the line, from the student's file."""
    with pytest.raises(Failure, match="SyntaxError at line 2") as told:
        Student(InProcess("toy", "x = 1\ndef (\n")).f()
    assert told.value.verdict is Verdict.INVALID
    with pytest.raises(Failure, match="ZeroDivisionError at line 1"):
        Student(InProcess("toy", "1 / 0\n")).f()


@pytest.mark.parametrize(
    "reply",
    [
        None, 3, [], {}, {"nonce": 2, "value": 1}, {"nonce": 1}, {"nonce": 1, "fault": None}, {"nonce": 1, "fault": "x"},
        {"nonce": 1, "value": 1, "passed": True}, {"nonce": 1, "fault": {"kind": "passed"}}, {"nonce": 1, "fault": {"kind": ["x"]}},
    ],
)  # fmt: skip
def test_an_answer_of_another_form_is_forged(reply):
    """Anything may stand on the wire; only a value or a fault of ours is believed."""
    buffers = wire.pack(reply)
    with pytest.raises(Failure) as told:
        incoming(InProcess("toy", TEXT), bytes(buffers[1]), bytearray(), 1)
    assert told.value.verdict is Verdict.FORGED


def test_a_fault_with_strange_fields_is_still_told():
    """Types, lengths and characters of a fault are the student's: they are cut and cleaned."""
    fault = {
        "kind": "raised",
        "type": "E" * 999,
        "builtin": True,
        "text": "\x1b[31m\u202e" + "x" * 9999,
        "line": "7",
        "frames": [[1, 2], "x", [True, "f", "s"], [3, "g\x00", "return\u2066"], [10**9, "leak", "x"]],
    }
    buffers = wire.pack({"nonce": 1, "fault": fault})
    with pytest.raises(Failure) as told:
        incoming(InProcess("toy", TEXT), bytes(buffers[1]), bytearray(), 1)
    assert told.value.message == "Your code raised an exception of its own at line 3."
    assert "line 3, in g" in told.value.shown
    assert all(c.isprintable() or c == "\n" for c in told.value.shown)
    assert len(told.value.shown) < 1200


def test_clean_replaces_what_could_command_a_terminal():
    """Escapes and direction marks are replaced, length is bounded, newlines stay."""
    assert clean("a\x1b[0m\nb\u202e", 100) == "a\ufffd[0m\nb\ufffd"
    assert clean("x" * 50, 10) == "x" * 9 + "…"


def test_calls_are_described_by_shapes_and_short_values():
    """A reader sees what was called without a thousand numbers."""
    text = describe_arguments((torch.ones(2, 3), [torch.ones(1)], (1, 2), {"w": torch.ones(1)}), {"window": 3, "text": "x" * 100})
    assert text.startswith("float32 (2, 3), [float32 (1,)], (1, 2), {'w': float32 (1,)}, window=3, text='xxx")
    assert text.endswith("…")


def test_dunder_names_are_not_calls(student):
    """`copy`, `pickle` and the debugger ask for such names: they must not reach the worker."""
    with pytest.raises(AttributeError):
        student.__wrapped__  # noqa: B018
    with pytest.raises(AttributeError):
        student.Net(1).__wrapped__  # noqa: B018

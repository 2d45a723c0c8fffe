"""The cell answers every frame with a value or with how the student's code ended, and decides nothing."""

import torch

from grader import splice, wire
from grader.submitted import given_code
from grader.worker.cell import Cell


def load(text, given=None):
    cell = Cell()
    assert answered(cell, {"op": "load", "name": "toy", "module": text, "given": given}) == {"nonce": 1, "value": None}
    return cell


def answered(cell, message):
    buffers = wire.pack({"nonce": 1, **message})
    reply = cell.answer(bytes(buffers[1]), bytearray(b"".join(buffers[2:])))
    return wire.unpack(bytes(reply[1]), bytearray(b"".join(reply[2:])))


def called(cell, path, *args, on=None, **kwargs):
    return answered(cell, {"op": "call", "on": on, "path": path, "args": list(args), "kwargs": kwargs})


def test_a_call_returns_its_value_and_the_nonce():
    """The answer carries the number of its question."""
    cell = load("def add(a, b=1):\n    return a + b\n")
    assert called(cell, "add", 2) == {"nonce": 1, "value": 3}
    assert called(cell, "add", 2, b=5)["value"] == 7


def test_objects_stay_and_are_called_by_reference():
    """An instance comes back as a number; methods, attributes and calls reach it."""
    cell = load(
        "class C:\n    def __init__(self, n):\n        self.n = n\n    def up(self):\n        self.n += 1\n        return self.n\n    def __call__(self, x):\n        return self.n * x\n"
    )
    ref = called(cell, "C", 3)["value"]
    assert (ref.number, ref.type_name) == (1, "C")
    assert called(cell, "up", on=ref)["value"] == 4
    assert called(cell, "", 10, on=ref)["value"] == 40
    assert answered(cell, {"op": "get", "on": ref, "path": "n"})["value"] == 4


def test_objects_inside_lists_stay_too():
    """A pair of a model and a number comes back as a reference and a number."""
    cell = load("class C:\n    pass\n\n\ndef pair():\n    return C(), 1\n")
    value = called(cell, "pair")["value"]
    assert type(value) is tuple
    assert isinstance(value[0], wire.Ref)
    assert value[1] == 1


def test_a_new_test_forgets_objects_and_seeds_everything():
    """Two tests with one seed draw the same numbers; objects of the last test are gone."""
    cell = load(
        "import random\nimport numpy as np\nimport torch\n\n\ndef roll():\n    return [random.random(), np.random.rand(3), torch.rand(3)]\n\n\nclass C:\n    pass\n"
    )
    ref = called(cell, "C")["value"]
    rolls = []
    for seed in (5, 5, 2**64 - 1):
        answered(cell, {"op": "test", "seed": seed})
        rolls.append(str(called(cell, "roll")["value"]))
    assert rolls[0] == rolls[1] != rolls[2]
    assert "fault" in called(cell, "x", on=ref)


def test_faults_tell_kind_type_and_the_students_own_lines():
    """Only frames of the student's file are told: no path of ours."""
    cell = load("def inner(x):\n    return x.nothing\n\n\ndef outer(x):\n    return inner(x)\n")
    fault = called(cell, "outer", 1)["fault"]
    assert (fault["kind"], fault["type"], fault["builtin"]) == ("raised", "AttributeError", True)
    assert fault["frames"] == [[6, "outer", "return inner(x)"], [2, "inner", "return x.nothing"]]


def test_each_way_to_end_has_its_kind():
    """Missing, memory, disk, processes, invalid, raised."""
    text = """
import errno

def stub():
    raise NotImplementedError("stub is yours to write")
def planned():
    raise NotImplementedError("later")
def memory():
    raise MemoryError
def torch_memory():
    raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
def disk():
    raise OSError(errno.ENOSPC, "full")
def processes():
    raise BlockingIOError(errno.EAGAIN, "again")
def threads():
    raise RuntimeError("can't start new thread")
def huge():
    return 2**70
def leave():
    raise SystemExit(0)
def interrupt():
    raise KeyboardInterrupt
class Mute(Exception):
    def __str__(self):
        raise ValueError
def mute():
    raise Mute
"""
    cell = load(text)
    kinds = {
        name: called(cell, name)["fault"]["kind"]
        for name in [
            "stub",
            "planned",
            "memory",
            "torch_memory",
            "disk",
            "processes",
            "threads",
            "huge",
            "leave",
            "interrupt",
            "mute",
            "nowhere",
        ]
    }
    assert kinds == {
        "stub": "missing", "planned": "raised", "memory": "memory", "torch_memory": "memory", "disk": "disk",
        "processes": "processes", "threads": "processes", "huge": "invalid", "leave": "raised", "interrupt": "raised",
        "mute": "raised", "nowhere": "missing",
    }  # fmt: skip


def test_a_syntax_error_tells_its_line():
    """A module that is no Python is a fault with a line, and the next call finds nothing."""
    cell = Cell()
    fault = answered(cell, {"op": "load", "name": "toy", "module": "x = 1\ndef (:\n", "given": None})["fault"]
    assert (fault["type"], fault["line"]) == ("SyntaxError", 2)


def test_nonsense_is_answered_too():
    """A frame that is no message does not end the worker."""
    cell = load("")
    for header in (b"\xc1", b"\x80", b"\x90"):
        reply = cell.answer(header, bytearray())
        assert "fault" in wire.unpack(bytes(reply[1]), bytearray(b"".join(reply[2:])))


def test_what_is_put_in_sees_the_references_imports_and_not_the_students_module():
    """A student's `factor` does not reach the reference's `double`; the student's own code sees the put-in one."""
    reference = 'import math\n\n\ndef factor():\n    return math.sqrt(4)\n\n\ndef double(x):\n    """Twice."""\n    return factor() * x\n'
    student = (
        "def factor():\n    return 100\n\n\ndef double(x):\n    return 7\n\n\ndef quadruple(x):\n    return double(double(x)) + factor()\n"
    )
    names = ("factor", "double")
    cell = load(splice.put_in(student, names), given_code(reference, names))
    assert called(cell, "quadruple", 1)["value"] == 4 + 2


def test_what_is_put_in_carries_no_docstring_and_no_file_name():
    """The code object tells nothing that is not needed to run it, and tracebacks of it still work."""
    reference = 'def double(x):\n    """The secret of doubling."""\n    return x.missing\n'
    cell = load(
        splice.put_in("def f():\n    return [double.__doc__, double.__code__.co_filename]\n", ("double",)),
        given_code(reference, ("double",)),
    )
    assert called(cell, "f")["value"] == [None, "<given>"]
    fault = called(cell, "double", 1)["fault"]
    assert fault["type"] == "AttributeError"
    assert fault["frames"] == []


def test_a_method_is_put_in_into_the_students_class():
    """The given `__init__` lays the state out, the student's method uses it."""
    reference = "import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self, n):\n        nn.Module.__init__(self)\n        self.w = nn.Parameter(torch.full((n,), 2.0))\n"
    student = "import torch\nfrom torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self, n):\n        raise ValueError\n\n    def forward(self, x):\n        return self.w * x\n"
    cell = load(splice.put_in(student, ("Net.__init__",)), given_code(reference, ("Net.__init__",)))
    ref = called(cell, "Net", 2)["value"]
    assert torch.equal(called(cell, "", torch.ones(2), on=ref)["value"], torch.full((2,), 2.0))


def test_a_probe_gets_gymnasium_when_it_asks_for_it():
    """The name costs its import only where it is used."""
    cell = load("")
    source = "def spaces(student):\n    return int(gymnasium.spaces.Discrete(4).n)\n"
    assert answered(cell, {"op": "probe", "source": source, "name": "spaces", "args": [], "kwargs": {}})["value"] == 4

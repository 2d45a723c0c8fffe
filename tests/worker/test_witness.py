"""A watched run names what the student's lines called, and leaves out what the judge's code calls."""

import marshal

import torch

from grader import wire
from grader.signatures import find_seen
from grader.worker.cell import Cell

SOFTMAX = "torch.nn.functional.softmax"


def ask(cell, **message):
    frame = b"".join(wire.pack({"nonce": 1, **message}, opaque=None))
    header, blob = wire.check_prefix(frame[: wire.PREFIX.size])
    rest = frame[wire.PREFIX.size :]
    answer = b"".join(cell.answer(rest[:header], bytearray(rest[header : header + blob])))
    header, blob = wire.check_prefix(answer[: wire.PREFIX.size])
    rest = answer[wire.PREFIX.size :]
    return wire.unpack(rest[:header], bytearray(rest[header : header + blob]))["value"]


def hits(text, given="", probe="", observe=True, forbid=(SOFTMAX,)):
    cell = Cell()
    code = marshal.dumps(compile(given, "<given>", "exec")) if given else None
    ask(cell, op="load", name="task", module=text, given=code, observe=observe)
    if probe:
        ask(cell, op="probe", name="look", source=probe, args=[torch.ones(2, 2)], kwargs={})
    else:
        ask(cell, op="call", on=None, path="f", args=[torch.ones(2, 2)], kwargs={})
    return [(hit.call, hit.line) for hit in find_seen(ask(cell, op="observed"), forbid, text.count("\n") + 1)]


CALLS = "import torch\n\ndef f(x):\n    return x.softmax(-1)\n"


def test_the_line_of_the_call_is_named():
    """Only where the run is watched."""
    assert hits(CALLS) == [(SOFTMAX, 4)]
    assert hits(CALLS, observe=False) == []


def test_what_is_put_in_may_call_anything():
    """The reference's code is not the student's; what it calls back of the student's is."""
    given = "import torch\n\ndef g(x):\n    return x.softmax(-1)\n\ndef h(x, own):\n    return own(x)\n"
    assert hits("def f(x):\n    return __given__['g'](x)\n", given) == []
    assert hits("def f(x):\n    return __given__['h'](x, lambda y: y.softmax(-1))\n", given) == [(SOFTMAX, 2)]


def test_a_probe_may_call_anything():
    """What the judge's probe computes itself is no hit; what it asks the student for is."""
    assert hits("def f(x):\n    return x\n", probe="def look(student, x):\n    return student.f(x).softmax(-1)\n") == []
    assert hits(CALLS, probe="def look(student, x):\n    return student.f(x)\n") == [(SOFTMAX, 4)]


def test_what_a_gradient_runs_is_nobodys_call():
    """The gradient of a fold is an unfold that nobody called."""
    fold = "import torch.nn.functional as F\n\ndef f(x):\n    c = x.new_ones(1, 8, 4).requires_grad_()\n    F.fold(c, (3, 3), 2).sum().backward()\n    return c.grad\n"
    assert hits(fold, forbid=["torch.nn.functional.unfold"]) == []


def test_calls_in_a_row_are_watched_too():
    """Many calls in one message are seen like one."""
    cell = Cell()
    ask(cell, op="load", name="task", module=CALLS, given=None, observe=True)
    ask(cell, op="calls", on=None, path="f", args=[[torch.ones(2, 2)], [torch.ones(2, 2)]])
    assert [hit.line for hit in find_seen(ask(cell, op="observed"), [SOFTMAX], 4)] == [4]

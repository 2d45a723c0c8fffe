"""Honest programs are hit by neither observer, and forbidden calls by the ones that each program names, in the sandbox."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from grader.forbidden import find_forbidden
from grader.limits import Limits
from grader.result import Failure
from grader.sandbox.backend import choose
from grader.sandbox.box import Box
from grader.sandbox.leash import Worker
from grader.sandbox.student import Student
from grader.signatures import find_seen

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
HONEST = sorted((HERE / "honest").glob("*.py"))
HITS = sorted((HERE / "hits").glob("*.py"))


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with Box(choose(), hidden=[]) as box:
        yield box


def constant(text: str, name: str) -> list[str]:
    values = [n.value for n in ast.parse(text).body if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == name]
    return list(ast.literal_eval(values[0]))


def seen(box: Box, text: str, forbid: list[str]) -> dict[str, set[str]]:
    """Return the forbidden calls that each observer is certain of."""
    read = {hit.call for hit in find_forbidden(text, "solve", forbid) if hit.certain}
    load = {"op": "load", "name": "task", "module": text, "given": None, "observe": True}
    worker = Worker(box, load, task=None, limits=replace(Limits(), cpu_s=20, wall_s=120), tests=1, clear=True)
    worker.begin(1)
    torch.manual_seed(0)
    try:
        Student(worker).solve(torch.rand(2, 4, 6, 6))
    except Failure as failure:
        pytest.fail(f"{failure.message} {failure.detail}")
    run = find_seen(worker.ask({"op": "observed"}), forbid, text.count("\n") + 1)
    worker.let_go()
    assert all(hit.line == 0 or "def solve" not in text.split("\n")[hit.line - 1] for hit in run)
    return {"source": read, "run": {hit.call for hit in run}}


@pytest.mark.parametrize("path", HONEST, ids=lambda path: path.stem)
def test_an_honest_program_is_hit_by_neither(box: Box, path: Path) -> None:
    """What it only mentions, defines itself or computes by other means is no hit."""
    text = path.read_text(encoding="utf-8")
    assert seen(box, text, constant(text, "FORBID")) == {"source": set(), "run": set()}


@pytest.mark.parametrize("path", HITS, ids=lambda path: path.stem)
def test_a_forbidden_call_is_seen_by_whom_it_must(box: Box, path: Path) -> None:
    """Each observer that the program names is certain of a forbidden call, and the other one is not."""
    text = path.read_text(encoding="utf-8")
    found = seen(box, text, constant(text, "FORBID"))
    assert sorted(name for name, calls in found.items() if calls) == sorted(constant(text, "SEEN_BY"))


def test_there_are_enough_of_them() -> None:
    """At least thirty honest programs and twenty hits."""
    assert len(HONEST) >= 30
    assert len(HITS) >= 20

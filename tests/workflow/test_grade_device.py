"""Parts that need a GPU wait for one, and are completed later without touching anything else.

The device is the stand-in: the processor under another name, in a real box.
"""

import json
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
import torch

from grader.course import load_course
from grader.errors import CourseError
from grader.exchange import gradescope, junit, markdown
from grader.marks import marks
from grader.result import State, Verdict
from grader.workflow.collect import collect
from grader.workflow.grade import complete, grade, grade_file
from grader.workspace import Workspace

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PART, TEST = "total.speed_cuda", "hidden::TestTotal::test_device"
DEVICE = "stand-in"
SLOW = "    for _ in range(20):\n        torch.stack([x, x, x]).sort(0)\n"


def with_device(course, cuda="grade"):
    """Give the toy a part that needs a GPU."""
    table = course.assignment_dir("toy") / "assignment.toml"
    table.write_text(table.read_text().replace("correctness = 15, speed = 15", "correctness = 15, speed_cuda = 15"))
    tests = course.solution_dir("toy") / "test_toy_hidden.py"
    text = tests.read_text().replace('@kind("speed")', '@kind("speed_cuda")').replace("test_speed", "test_device")
    tests.write_text(text.replace('wide=400"),))', 'wide=400"),), floor_bytes=8)'))
    file = course.root / "assignments" / "course.toml"
    file.write_text(f'cuda = "{cuda}"\n{file.read_text()}')
    return load_course(course.root)


@pytest.fixture
def course(own_course):
    """A toy with a part that needs a GPU."""
    return with_device(own_course)


@pytest.fixture
def workspace(tmp_path, course, toy_reference):
    """Right code, slow code, and code that is wrong."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "ann.py").write_text(toy_reference)
    (inbox / "bob.py").write_text(toy_reference.replace("values.sum(1)", "values.sum(1) + 1"))
    (inbox / "cid.py").write_text(toy_reference.replace("    return torch.sort(x)", f"{SLOW}    return torch.sort(x)"))
    workspace = Workspace(tmp_path / "workspace")
    collect(course, workspace, "toy", inbox, NOW)
    return workspace


def files(workspace):
    return {path.relative_to(workspace.root): path.read_bytes() for path in (workspace.root / "results").rglob("*.json")}


def as_written(data):
    return {test["id"]: json.dumps(test) for test in json.loads(data)["tests"]}


@pytest.mark.slow
def test_what_waits_is_shown_as_such_then_completed_and_nothing_else_is_touched(course, workspace, capsys):
    """On the processor the points are out of the total; on the device only that test runs; run again, nothing happens."""
    graded = dict(grade(course, workspace, "toy").results)
    assert {name: (r.possible, r.pending) for name, r in graded.items()} == {"ann": (85, 15), "bob": (100, 0), "cid": (85, 15)}
    assert {r.tests[[t.id for t in r.tests].index(TEST)].verdict for r in graded.values()} == {Verdict.PENDING}
    states = {name: next(p.state for p in r.parts if p.part == PART) for name, r in graded.items()}
    assert states == {"ann": State.PENDING, "bob": State.BLOCKED, "cid": State.PENDING}
    shown_everywhere(graded["ann"], workspace)
    before = files(workspace)

    done = complete(course, workspace, "toy", device=DEVICE)
    assert (done.reused, done.faults) == (1, ())
    results = dict(done.results)
    assert {name: (r.earned, r.possible, r.pending) for name, r in results.items()} == {
        "ann": (92, 100, 0),
        "bob": (graded["bob"].earned, 100, 0),
        "cid": (graded["cid"].earned, 100, 0),
    }
    assert next(t.verdict for t in results["cid"].tests if t.id == TEST) is Verdict.TIMEOUT
    now = files(workspace)
    new = now.keys() - before.keys()
    assert {path: now[path] for path in before} == before
    assert sorted(path.stem.split("-", 2)[2] for path in new) == [DEVICE, DEVICE]
    for path in new:
        old = as_written(before[path.with_name(path.name.replace(DEVICE, "cpu"))])
        fresh = as_written(now[path])
        assert list(old) == list(fresh)
        assert {name for name in old if old[name] != fresh[name]} == {TEST}

    assert {mark.student: (mark.possible, mark.pending) for mark in marks(course, workspace, "toy")} == dict.fromkeys(results, (100, 0))
    assert "pending" not in workspace.feedback_path("toy", "ann").read_text()
    assert complete(course, workspace, "toy", device=DEVICE).reused == 3
    assert grade(course, workspace, "toy").reused == 3
    assert files(workspace) == now


def shown_everywhere(result, workspace):
    """No text calls what waits a failure."""
    letter_text = workspace.feedback_path("toy", "ann").read_text()
    assert "of 85 points, 15 pending" in letter_text
    assert f"{PART}" in letter_text
    assert "pending: waits for a GPU" in letter_text
    (case,) = [
        case
        for case in ElementTree.fromstring(junit(result)).iter("testcase")
        if "waits for a GPU" in ElementTree.tostring(case, "unicode")
    ]
    assert [child.tag for child in case] == ["skipped"]
    record = next(t for t in json.loads(gradescope(result))["tests"] if t["name"] == PART)
    assert "score" not in record
    assert "waits for a GPU" in record["output"]
    assert "⏳ pending: waits for a GPU" in markdown(result)


@pytest.mark.slow
def test_an_interrupted_completion_goes_on_where_it_stopped(course, workspace):
    """Ctrl-C after the first: it is on disk and is not run again."""
    grade(course, workspace, "toy")

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        complete(course, workspace, "toy", device=DEVICE, progress=interrupt)
    assert len(list((workspace.root / "results").rglob(f"*-{DEVICE}.json"))) == 1
    seen = []
    assert complete(course, workspace, "toy", device=DEVICE, progress=lambda done, total: seen.append((done, total))).reused == 2
    assert seen == [(1, 1)]


def test_without_todays_results_nothing_is_completed(course, workspace):
    """It says for whom, and what to run first; nothing is written."""
    with pytest.raises(CourseError, match=r"for ann, bob, cid\. Grade first: grader grade toy"):
        complete(course, workspace, "toy", device=DEVICE)
    assert not (workspace.root / "results").exists()


@pytest.mark.skipif(torch.cuda.device_count() > 0, reason="there is a GPU here")
def test_without_a_device_nothing_is_written(course, workspace):
    """The same sentence for a class, for what waits, and for a file alone."""
    before = sorted(workspace.root.rglob("*"))
    for act in (
        lambda: grade(course, workspace, "toy", device="cuda"),
        lambda: complete(course, workspace, "toy", device="cuda"),
        lambda: grade_file(course, "toy", course.solution_dir("toy") / "toy.py", b"k", device="cuda"),
    ):
        with pytest.raises(CourseError, match="no cuda device"):
            act()
    assert sorted(workspace.root.rglob("*")) == before


@pytest.mark.slow
def test_with_a_device_everything_is_graded_in_one_run(course, toy_reference, tmp_path):
    """One file alone: the part is earned like any other, and the result carries the device's name."""
    path = tmp_path / "toy.py"
    path.write_text(toy_reference)
    _, result = grade_file(course, "toy", path, b"k", device=DEVICE)
    assert (result.earned, result.possible, result.pending, result.device) == (92, 100, 0, DEVICE)
    assert all(test.verdict is Verdict.PASSED for test in result.tests)


@pytest.mark.slow
def test_what_a_course_drops_is_neither_run_nor_shown(own_course, toy_reference, tmp_path):
    """Its points leave the total for good, its tests are no longer there, and there is nothing to complete."""
    course = with_device(own_course, "drop")
    path = tmp_path / "toy.py"
    path.write_text(toy_reference)
    _, result = grade_file(course, "toy", path, b"k")
    assert (result.complete, result.earned, result.possible, result.pending) == (True, 77, 85, 0)
    assert TEST not in {test.id for test in result.tests}
    with pytest.raises(CourseError, match='cuda = "drop"'):
        grade_file(course, "toy", path, b"k", device=DEVICE)

"""The real formgrader in a real browser: a class is listed, a person marks an answer in words, the mark comes back."""

import csv
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from nbgrader import api

from grader.course import Course, load_course
from grader.marks import Mark, marks
from grader.workflow.book import Fate, export, record
from grader.workflow.collect import collect
from grader.workflow.grade import grade
from grader.workspace import Workspace

DUE = datetime(2026, 11, 29, 15, 59, tzinfo=UTC)
GOOD = "Because $2x$ is *twice* a whole number."
HOSTILE = """# quiz

<script>window.ran = 1</script><img src="x" onerror="window.ran = 1"><a href="javascript:window.ran = 1">a</a>
[click](javascript:window.ran=1) ![picture](http://127.0.0.1:1/x.png) $a<b$
"""


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of Chromium that reaches this machine alone."""
    page = browser.new_page(viewport={"width": 1200, "height": 1400})
    page.route(re.compile(r"^https://"), lambda route: route.abort())  # MathJax comes from a far server: here it is absent
    page.set_default_timeout(20_000)
    yield page
    page.close()


@pytest.fixture
def course(own_course: Course) -> Course:
    """The toy with a question in words and a due date."""
    path = own_course.assignment_dir("toy") / "assignment.toml"
    text = path.read_text().replace("[integration]\npoints = 12", "[integration]\npoints = 7")
    path.write_text(text + '\n[written]\nquestion = "Why is $2x$ even?"\npoints = 5\n')
    path = own_course.root / "assignments" / "course.toml"
    path.write_text(f'timezone = "Asia/Taipei"\n{path.read_text()}\n[due]\ntoy = 2026-11-29T23:59:00\n[late]\nrate_percent = 10\n')
    return load_course(own_course.root)


@pytest.fixture
def workspace(course: Course, toy_reference: str) -> Workspace:
    """Ann handed in in time, Bob a day late what is wrong and hostile; both are graded and in the book."""
    workspace = Workspace(course.root / "workspace")
    workspace.root.mkdir()
    (workspace.root / "roster.csv").write_text("id,name,email\nann,Ann Lee,\nbob,Bob Wu,\neve,Eve Chan,\n")
    wrong = toy_reference.replace("return factor() * x", "return 3 * x")
    for student, module, answer, late in (("ann", toy_reference, GOOD, 0), ("bob", wrong, HOSTILE, 20)):
        inbox = course.root / f"inbox-{student}"
        inbox.mkdir()
        (inbox / f"{student}.py").write_text(f"{module}\nQUIZ_ANSWERS = {{'why': ['a', 'c']}}\nWRITTEN_ANSWER = {answer!r}\n")
        collect(course, workspace, "toy", inbox, DUE + timedelta(hours=late))
    grade(course, workspace, "toy", workers=1)
    assert {line.student: line.fate for line in record(course, workspace, ["toy"])[0].lines} == {"ann": Fate.NEW, "bob": Fate.NEW}
    return workspace


@pytest.fixture
def formgrader(course: Course, workspace: Workspace) -> Iterator[str]:
    """The address of formgrader, started as an instructor does."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")} | {
        "HOME": str(course.root / "home")
    }
    words = [sys.executable, "-m", "grader", "book", "open", "--workspace", str(workspace.root), "--course", str(course.root)]
    with (course.root / "server.log").open("w+") as log:
        process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip().removeprefix("formgrader opens at ")
            wait_for(url.replace("/formgrader?", "/formgrader/api/status?"), process)
            yield url
        finally:
            process.terminate()
            try:
                process.communicate(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


def wait_for(url: str, process: "subprocess.Popen[str]") -> None:
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s and process.poll() is None:
        try:
            with urllib.request.urlopen(url):
                return
        except URLError:
            time.sleep(0.1)
    pytest.fail("formgrader did not start")


def table(page: Any, url: str) -> list[list[str]]:
    """Return the cells of the table at `url`, once it is loaded."""
    page.goto(url)
    page.wait_for_function("() => window.models && models.loaded")
    cells = "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    found: list[list[str]] = page.locator("#main-table tr").evaluate_all(cells)
    return found


def open_submission(page: Any, base: str, student: str) -> None:
    """Click through to what a student handed in."""
    table(page, f"{base}/manage_students/{student}/toy")
    page.locator("#main-table a", has_text="toy").click()
    page.wait_for_function("() => window.formgrader && formgrader.grades && formgrader.grades.loaded && formgrader.comments.loaded")


def fill(page: Any, box: str, text: str) -> None:
    """Type into a box of formgrader, and wait until the server has it."""
    with page.expect_response(lambda response: response.request.method == "PUT") as told:
        page.fill(box, text)
        page.press(box, "Tab")
    assert told.value.ok


def post(page: Any, path: str) -> dict[str, Any]:
    """Press a button of formgrader's tables."""
    words = """async path => {
        const token = document.cookie.match(/_xsrf=([^;]*)/)[1];
        return await (await fetch(path, {method: 'POST', headers: {'X-CSRFToken': token}})).json();
    }"""
    found: dict[str, Any] = page.evaluate(words, path)
    return found


def snapshot(page: Any, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    if folder := os.environ.get("GRADER_TESTS_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"formgrader-{name}.png"), full_page=True)


def mark_of(course: Course, workspace: Workspace, student: str) -> Mark:
    return next(mark for mark in marks(course, workspace, "toy") if mark.student == student)


@pytest.mark.slow
def test_a_person_marks_in_formgrader(course: Course, workspace: Workspace, formgrader: str, page: Any) -> None:
    """The class is listed with its numbers; a mark typed into the browser reaches the book, survives recording, and is in the CSV.

    What a student wrote neither runs nor loads anything in the instructor's browser, nor takes another part's box.
    """
    base = formgrader.partition("?")[0]
    page.goto(formgrader)
    (listed,) = table(page, f"{base}/manage_assignments")
    assert (listed[0], listed[1], listed[8]) == ("toy", "2026-11-29 23:59:00 CST", "2")
    assert [row[:5] for row in table(page, f"{base}/manage_submissions/toy")] == [
        ["Lee, Ann", "ann", "2026-11-29 23:59:00 CST", "needs manual grading", "95 / 100"],
        ["Wu, Bob", "bob", "2026-11-30 19:59:00 CST", "needs manual grading", "68 / 100"],
    ]
    snapshot(page, "class")
    assert [row[1:4:2] for row in table(page, f"{base}/manage_students")] == [["eve", "0 / 100"], ["ann", "95 / 100"], ["bob", "68 / 100"]]
    assert table(page, f"{base}/manage_students/ann")[0][1] == "95 / 100"

    open_submission(page, base, "ann")
    assert page.locator(".nbgrader_cell").last.locator("em").inner_text() == "twice"
    fill(page, "#written", "3")
    fill(page, "#written-comment", "Say why it is whole.")
    snapshot(page, "ann")

    open_submission(page, base, "bob")
    assert "It multiplies with three." in page.inner_text("#notebook-container")
    answer = page.locator(".nbgrader_cell").last
    assert "window.ran = 1" in answer.inner_text()
    assert [answer.locator(tag).count() for tag in ("script", "img", "svg")] == [0, 0, 0]
    links = answer.locator("a:not(.anchor-link)").evaluate_all("links => links.map(link => link.href)")
    assert links == ["http://127.0.0.1:1/x.png"]  # a bare address is one to click, and loads nothing by itself
    assert page.evaluate("window.ran") is None
    fill(page, "#written", "1")
    snapshot(page, "bob")

    assert not post(page, f"{base}/api/submission/toy/bob/autograde")["success"]
    assert not post(page, f"{base}/api/assignment/toy/assign")["success"]
    assert post(page, f"{base}/api/assignment/toy/bob/generate_feedback")["success"]
    hidden = [test for test in mark_of(course, workspace, "bob").result.tests if test.id.startswith("hidden::")]
    details = [test.detail for test in hidden if test.detail]
    letter = (workspace.root / "nbgrader/feedback/bob/toy/toy.html").read_text()
    assert details
    assert not [detail for detail in details if detail in letter]

    with api.Gradebook(f"sqlite:///{workspace.root / 'gradebook.db'}") as book:
        given = {
            (student, grade.name): grade.manual_score
            for student in ("ann", "bob")
            for grade in book.find_submission_notebook("toy", "toy", student).grades
            if grade.manual_score is not None or grade.needs_manual_grade
        }
        assert given == {("ann", "written"): 3, ("bob", "written"): 1}

    (recorded,) = record(course, workspace, ["toy"])
    assert recorded.taken == 2
    ann, bob = (mark_of(course, workspace, student) for student in ("ann", "bob"))
    assert (ann.raw, ann.final, ann.manual[0].comment) == (98, 98, "Say why it is whole.")
    assert (bob.raw, bob.penalty, bob.final) == (69, 6.9, 62.1)
    assert [row[3:5] for row in table(page, f"{base}/manage_submissions/toy")] == [["graded", "98 / 100"], ["graded", "69 / 100"]]
    export(course, workspace, workspace.root / "grades.csv")
    with (workspace.root / "grades.csv").open(newline="") as file:
        found = {row["student_id"]: row for row in csv.DictReader(file)}
    assert [found["bob"][name] for name in ("raw_score", "late_submission_penalty", "score", "max_score")] == [
        "69.0",
        "6.9",
        "62.1",
        "100.0",
    ]
    assert found["ann"]["score"] == "98.0"

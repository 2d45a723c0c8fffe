"""Turns an empty folder into a week of a term, played through by the commands that people type.

Two students work with a release until it says that they are done; one hands in late, one late with more time. The school's system
gives out zips, everything is graded, an answer is marked by hand in formgrader, marks are exported and letters are written.
Each step is checked; the first that is not as it must be ends the script with exit code 1.

    python tests/week.py FOLDER      plays in FOLDER, which must not exist yet; look at what lies there afterwards
"""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path
from urllib.error import URLError

from playwright.sync_api import sync_playwright

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
TOY = Path(__file__).with_name("toy")
DATES = """\
timezone = "Asia/Taipei"

[due]
toy = 2026-11-15T23:59:00

[late]
grace_minutes = 15
rate_percent = 10
per = "day"
cap_percent = 50

"""
QUESTION = '[written]\nquestion = "Why is twice a number the number and itself?"\npoints = 4\n\n'
ROSTER = """\
id,name,email,lms_id
ann,Ann Smith,ann@example.org,1001
bob,Bob Jones,bob@example.org,1002
cid,Cid Lee,cid@example.org,1003
dan,Dan Wu,dan@example.org,1004
eve,Eve Brown,eve@example.org,1005
"""
ANSWERS = """\
why = ["a", "c"]
written = '''
Because *two* is one and one: $2x = x + x$. <script>document.title = "stolen"</script>
'''
"""
STUBS = {
    "double": "    return factor() * x\n",
    "quadruple": "    return double(double(x))\n",
    "count": "        self.state += step\n        return self.state\n",
    "total": "    return x.sum(-1)\n",
}
MISTAKE = "    return 3 * x\n"  # of the catalogue: "It multiplies with three."


class Week:
    """A folder with a course, a workspace and the students' own folders, and the time that each step took."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.course, self.workspace = folder, folder / "course", folder / "workspace"
        self.steps: list[tuple[str, float]] = []

    def play(self) -> None:
        """Play the week."""
        for step in (
            self.release, self.work_on_the_module, self.work_on_the_notebook, self.collect_in_time, self.collect_what_was_late,
            self.grade, self.record, self.mark_by_hand, self.export, self.write_letters, self.grade_one_file_in_ci,
        ):  # fmt: skip
            began_s = time.monotonic()
            step()
            self.steps.append((step.__name__.replace("_", " "), time.monotonic() - began_s))
            print(f"{self.steps[-1][1]:6.1f} s  {self.steps[-1][0]}", flush=True)
        print(f"{sum(wall_s for _, wall_s in self.steps):6.1f} s  in all")

    def release(self) -> None:
        """The instructor sets a due date, asks a question in words, and releases."""
        for name in ("assignments", "solutions"):
            shutil.copytree(TOY / name, self.course / name, ignore=shutil.ignore_patterns("__pycache__"))
        toml = self.course / "assignments" / "course.toml"
        toml.write_text(toml.read_text(encoding="utf-8").replace("\n", f"\n{DATES}", 1), encoding="utf-8")
        toml = self.course / "assignments" / "toy" / "assignment.toml"
        text = toml.read_text(encoding="utf-8")
        toml.write_text(text.replace("[integration]\npoints = 12", f"{QUESTION}[integration]\npoints = 8"), encoding="utf-8")
        self.grader("build", "toy")
        self.grader("release", "toy", "--to", self.folder / "releases", "--ci")
        for student in ("ann", "bob"):
            shutil.copytree(self.folder / "releases" / "toy", self.folder / student)

    def work_on_the_module(self) -> None:
        """Ann meets the stub, then makes a mistake, is told which, mends it, answers, and packs."""
        home = self.folder / "ann"
        assert "double" in self.grader("check", at=home, code=1)
        write_module(home, {**STUBS, "double": MISTAKE})
        told = " ".join(self.grader("check", at=home, code=1).split())
        assert "It multiplies with three." in told, told
        assert "waits for double" in told, told
        write_module(home, STUBS)
        self.grader("check", at=home)
        (home / "answers.toml").write_text(ANSWERS, encoding="utf-8")
        self.grader("pack", at=home)
        self.grader("figure", "toy", at=home)
        assert set(zipfile.ZipFile(home / "toy.zip").namelist()) == {"toy.py", "answers.toml"}

    def work_on_the_notebook(self) -> None:
        """Bob writes into the notebook's cells, with prints and a magic around them, and answers there too."""
        home = self.folder / "bob"
        write_notebook(home, STUBS)
        self.grader("check", at=home)
        assert "print" in self.grader("pack", at=home)
        assert zipfile.ZipFile(home / "toy.zip").namelist() == ["toy.ipynb"]

    def collect_in_time(self) -> None:
        """The school's system gives out a zip; a stranger's file stays there, a damaged one too, and both have a line."""
        self.workspace.mkdir()
        (self.workspace / "roster.csv").write_text(ROSTER, encoding="utf-8")
        bulk = self.folder / "submissions.zip"
        with zipfile.ZipFile(bulk, "w") as archive:
            archive.write(self.folder / "ann" / "toy.zip", "smithann_1001_501_toy.zip")
            archive.write(self.folder / "bob" / "toy.zip", "jonesbob_1002_502_toy.zip")
            archive.writestr("marsmona_1999_503_toy.py", "def double(x):\n    return x\n")
            archive.writestr("browneve_1005_504_toy.zip", b"PK not a zip")
        words = ("collect", "toy", "--from", bulk, "--received-at", "2026-11-15 20:00", "--json")
        report = json.loads(self.grader(*words, code=1))
        assert {line["student"]: line["fate"] for line in report["lines"]} == {
            "ann": "collected", "bob": "collected", None: "not in the roster", "eve": "refused",
        }, report  # fmt: skip

    def collect_what_was_late(self) -> None:
        """Cid and Dan are 13 hours late; Cid was ill, and has two more days."""
        bulk = self.folder / "later.zip"
        with zipfile.ZipFile(bulk, "w") as archive:
            for name in ("leecid_LATE_1003_601_toy.py", "wudan_LATE_1004_602_toy.py"):
                archive.write(self.folder / "ann" / "toy.py", name)
            archive.writestr("leecid_LATE_1003_603_answers.toml", ANSWERS)
        self.grader("extend", "toy", "cid", "--by", "2d", "--reason", "ill")
        told = " ".join(self.grader("collect", "toy", "--from", bulk, "--received-at", "2026-11-16 13:00").split())
        assert "in time, with an extension" in told, told
        assert "13 h 1 min after the due date" in told, told

    def grade(self) -> None:
        """All four are graded in the sandbox: Dan answered nothing."""
        report = json.loads(self.grader("grade", "toy", "--json"))
        raw = {line["student"]: (line["earned"], line["possible"], line["pending"], line["final"]) for line in report["lines"]}
        assert raw == {"ann": (96, 96, 4, 96), "bob": (96, 96, 4, 96), "cid": (96, 96, 4, 96), "dan": (88, 100, 0, 79.2)}, raw

    def record(self) -> None:
        """The book holds the class; the answers in words wait for a person."""
        self.grader("book", "record", "toy")

    def mark_by_hand(self) -> None:
        """The instructor opens formgrader in a browser and gives Ann's answer three points of four."""
        words = [sys.executable, "-m", "grader", "book", "open", "--course", self.course, "--workspace", self.workspace]
        environment = {**os.environ, "HOME": str(self.folder / "home")}
        with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
            try:
                assert server.stdout is not None
                url = server.stdout.readline().strip().removeprefix("formgrader opens at ")
                wait_for(url.replace("/formgrader?", "/formgrader/api/status?"))
                mark_in_browser(url, "ann", "3", self.folder / "formgrader.png")
            finally:
                server.terminate()

    def export(self) -> None:
        """nbgrader's table has raw, penalty and final."""
        self.grader("book", "export", "--to", self.folder / "marks.csv")
        with (self.folder / "marks.csv").open(newline="", encoding="utf-8") as file:
            rows = {row["student_id"]: row for row in csv.DictReader(file)}
        assert float(rows["ann"]["score"]) == 99, rows["ann"]
        assert [float(rows["dan"][name]) for name in ("raw_score", "late_submission_penalty", "score")] == [88, 8.8, 79.2], rows["dan"]

    def write_letters(self) -> None:
        """Each student has a page, with the mark by hand on Ann's; the class has one for the instructor."""
        self.grader("feedback", "toy")
        self.grader("report", "toy", "--html", self.folder / "class.html")
        pages = {path.stem: path.read_text(encoding="utf-8") for path in (self.workspace / "feedback" / "toy").glob("*.html")}
        assert set(pages) == {"ann", "bob", "cid", "dan"}
        assert "data:image/png" in pages["ann"]
        assert "<script>document" not in pages["ann"]

    def grade_one_file_in_ci(self) -> None:
        """The same file, graded without a workspace, with what other programs read."""
        out = self.folder / "ci"
        out.mkdir()
        self.grader(
            "grade", "toy", "--submission", self.folder / "ann" / "toy.zip", "--fail-under", "90",
            "--junit", out / "junit.xml", "--gradescope", out / "results.json", "--summary", out / "summary.md",
        )  # fmt: skip
        assert json.loads((out / "results.json").read_text(encoding="utf-8"))["score"] == 96

    def grader(self, *words: object, at: Path | None = None, code: int = 0) -> str:
        """Run a command, for the instructor in the course or for a student in a folder of their own; return what it prints."""
        options = (
            []
            if at
            else ["--course", self.course]
            if words[0] in ("build", "release")
            else ["--course", self.course, "--workspace", self.workspace]
        )
        command = [sys.executable, "-m", "grader", *map(str, words), *map(str, options)]
        environment = {**os.environ, "COLUMNS": "160"}
        done = subprocess.run(
            command, cwd=at or self.folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )
        if done.returncode != code:
            sys.exit(f"{' '.join(map(str, words))}: exit code {done.returncode}, expected {code}\n{done.stdout}\n{done.stderr}")
        return done.stdout + done.stderr if at else done.stdout


def filled(text: str, bodies: dict[str, str]) -> str:
    """Return a text of stubs with bodies in place of what they raise."""
    for entry, body in bodies.items():
        hole = re.compile(rf'^ *raise NotImplementedError\("(?:\w+\.)?{entry} is yours to write"\)\n?', re.MULTILINE)
        text = hole.sub(lambda _, body=body: body, text)
    return text


def write_module(home: Path, bodies: dict[str, str]) -> None:
    """Write the bodies into the stub module of a release, as a student does."""
    stub = (home.parent / "releases" / "toy" / "toy.py").read_text(encoding="utf-8")
    (home / "toy.py").write_text(filled(stub, bodies), encoding="utf-8")


def write_notebook(home: Path, bodies: dict[str, str]) -> None:
    """Write the bodies into the cells of a notebook, the answers into theirs, and a magic and a print beside them."""
    notebook = json.loads((home / "toy.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        source = filled("".join(cell["source"]), bodies)
        source = source.replace('"why": []', '"why": ["a", "c"]').replace('r"""\n\n"""', 'r"""It is $x + x$."""')
        cell["source"] = source.splitlines(keepends=True)
    extra = {
        "cell_type": "code",
        "execution_count": 1,
        "id": "extra",
        "metadata": {},
        "outputs": [],
        "source": "%matplotlib inline\nprint(double(3))",
    }
    (home / "toy.ipynb").write_text(json.dumps({**notebook, "cells": [*notebook["cells"], extra]}), encoding="utf-8")


def wait_for(url: str) -> None:
    """Wait until a server answers."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(url):
                return
        except URLError:
            time.sleep(0.1)
    sys.exit(f"nothing answers at {url}")


def mark_in_browser(url: str, student: str, points: str, picture: Path) -> None:
    """Click through to a student's answer in words and give it points."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1200, "height": 1400})
        page.route(re.compile(r"^https://"), lambda route: route.abort())  # formulae are set by a far server; here it is absent
        page.goto(url)
        page.goto(f"{url.partition('?')[0]}/manage_students/{student}/toy")
        page.locator("#main-table a", has_text="toy").click()
        page.wait_for_function("() => window.formgrader && formgrader.grades && formgrader.grades.loaded && formgrader.comments.loaded")
        assert page.title() != "stolen"
        with page.expect_response(lambda response: response.request.method == "PUT"):
            page.fill("#written", points)
            page.press("#written", "Tab")
        page.screenshot(path=str(picture), full_page=True)
        browser.close()


def main(folder: str) -> None:
    """Play in `folder`, and say what a step found where it is not as it must be."""
    Path(folder).mkdir(parents=True)
    Week(Path(folder).resolve()).play()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What the generated hand-ins share: how many there are, and a desk that checks what collecting each of them did."""

import os
import shutil
import stat
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

from grader.archive import DEFAULT_CAPS, open_archive
from grader.course import Course, load_course
from grader.errors import CourseError, SubmissionError
from grader.reports import CollectReport, Fate
from grader.submission import load_submission
from grader.workflow.collect import collect
from grader.workspace import Workspace

ROUND = 500
ROUNDS = 20 if os.environ.get("GRADER_FUZZ") == "long" else 1
QUIET = settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=False)

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
CPU_S = 15.0  # of one hand-in; the slowest seen took a fifteenth of it
MEMORY_MIB = 400  # more than before the hand-in: several copies of the 64 MiB that an archive may unpack to
STUB = b"def attend(q):\n    raise NotImplementedError\n"
TOML = """
title = { en = "T", zh = "T" }
[[task]]
entry = "ENTRY"
points = { correctness = 15 }
"""
Take = Callable[[str, bytes], CollectReport]


@pytest.fixture
def try_each(take: Take) -> Callable[[SearchStrategy[tuple[str, bytes]]], None]:
    """Take 500 generated hand-ins, the same ones each time, or 10,000 where GRADER_FUZZ is `long`; print what became of them."""

    def try_each(hand_ins: SearchStrategy[tuple[str, bytes]]) -> None:
        became = Counter[str]()

        def run(hand_in: tuple[str, bytes]) -> None:
            line = next(line for line in take(*hand_in).lines if line.name != "zoe.py")
            became[line.fate] += 1

        for number in range(ROUNDS):  # the generator remembers what it has made: a round's memory goes with the round
            seed(number)(QUIET(given(hand_ins)(run)))()
        assert became.total() >= ROUND * ROUNDS
        print(dict(became))
        assert became[Fate.COLLECTED]
        assert became[Fate.REFUSED]

    return try_each


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of two topics of one function each."""
    root = tmp_path_factory.mktemp("fuzz") / "course"
    for topic, entry in (("attention", "attend"), ("rnn", "unroll")):
        (root / "assignments" / topic).mkdir(parents=True)
        tasks = [TOML.replace("ENTRY", entry)] + [TOML.split("\n", 2)[2].replace("ENTRY", f"more_{i}") for i in range(5)]
        (root / "assignments" / topic / "assignment.toml").write_text("".join(tasks) + "[integration]\npoints = 10\n")
        (root / "starter" / topic).mkdir(parents=True)
        (root / "starter" / topic / f"{topic}.py").write_bytes(STUB)
    (root / "assignments" / "course.toml").write_text('name = "C"\n[[unit]]\nid = "U1"\ntitle = "U"\ntopics = ["attention", "rnn"]\n')
    return load_course(root)


@pytest.fixture
def take(course: Course, tmp_path: Path) -> Iterator[Take]:
    """Collect one file as a student's, and as a whole class's, and check that nothing but receipts came of it."""

    def take(name: str, data: bytes) -> CollectReport:
        began_s, before_mib = time.process_time(), memory_mib("VmRSS")
        # The peak begins anew: that of an earlier hand-in, or of the generator, is not this one's.
        Path("/proc/self/clear_refs").write_text("5")
        report = Room(course, tmp_path / "room").collected(name, data)
        assert time.process_time() - began_s < CPU_S
        assert memory_mib("VmHWM") - before_mib < MEMORY_MIB
        return report

    yield take
    shutil.rmtree(tmp_path / "room", ignore_errors=True)


class Room:
    """A folder with an inbox, a workspace and a file that nobody may touch; made anew for each hand-in."""

    def __init__(self, course: Course, root: Path) -> None:
        shutil.rmtree(root, ignore_errors=True)
        self.course, self.root, self.inbox, self.workspace = course, root, root / "inbox", root / "workspace"
        self.inbox.mkdir(parents=True)
        (root / "canary.py").write_bytes(b"canary")

    def collected(self, name: str, data: bytes) -> CollectReport:
        """Return the report of one hand-in in an inbox, beside an honest one that must not suffer."""
        (self.inbox / "zoe.py").write_bytes(b"def attend(q):\n    return q\n")
        (self.inbox / name).write_bytes(data)
        before = listing(self.inbox), listing(self.root, but=("inbox", "workspace"))
        self._opened(self.inbox / name)
        report = collect(self.course, Workspace(self.workspace), "attention", self.inbox, NOW)
        assert {line.name for line in report.lines} == {name, "zoe.py"}
        self._check(report)
        assert next(line for line in report.lines if line.name == "zoe.py").fate is Fate.COLLECTED
        self._collected_alone(self.inbox / name)
        assert (listing(self.inbox), listing(self.root, but=("inbox", "workspace"))) == before
        return report

    def _opened(self, path: Path) -> None:
        """Open the hand-in by itself: files, a submission, or a reason."""
        try:
            files = open_archive(path)
        except SubmissionError as error:
            assert_reason(str(error))
            return
        self._check_promises(files, path)
        try:
            load_submission("attention", files, {"attention.py": STUB})
        except SubmissionError as error:
            assert_reason(str(error))

    def _check_promises(self, files: dict[str, bytes], path: Path) -> None:
        """Check that names stay inside on every system and differ on every system, and that nothing is larger than we hold."""
        for name in files:
            parts = name.split("/")
            assert not {"..", ".", ""} & set(parts), name
            assert not any(part[1:2] == ":" for part in parts), name
            assert "\\" not in name, name
            assert not any(unicodedata.category(char)[0] == "C" for char in name), name
        assert len({unicodedata.normalize("NFC", name).casefold() for name in files}) == len(files) <= DEFAULT_CAPS.members
        sizes = [len(data) for data in files.values()]
        assert max(sizes, default=0) <= DEFAULT_CAPS.member_bytes
        assert sum(sizes) <= DEFAULT_CAPS.total_bytes
        if path.suffix == ".zip":
            assert sum(sizes) <= max(DEFAULT_CAPS.ratio_from_bytes, DEFAULT_CAPS.ratio * path.stat().st_size)

    def _collected_alone(self, source: Path) -> None:
        """Collect the file as the source itself: a zip may be a whole class."""
        try:
            report = collect(self.course, Workspace(self.workspace), "attention", source, NOW)
        except (CourseError, SubmissionError) as error:
            assert_reason(str(error))
            return
        self._check(report)

    def _check(self, report: CollectReport) -> None:
        """Check that each hand-in has a fate, each refusal a reason, and the workspace holds plain files alone."""
        for line in report.lines:
            assert line.name.isprintable()
            if line.fate in (Fate.COLLECTED, Fate.KNOWN):
                assert line.student
            else:
                assert_reason(line.reason)
        for path in self.workspace.rglob("*"):
            mode = path.lstat().st_mode
            assert stat.S_ISDIR(mode) or (stat.S_ISREG(mode) and not mode & 0o7111), path
        for receipt in Workspace(self.workspace).submissions("attention"):
            files = Workspace(self.workspace).files(receipt)
            assert load_submission("attention", files, {}).digest == receipt.digest


def assert_reason(reason: str) -> None:
    """Check that a refusal says something, and nothing that a terminal obeys."""
    assert reason.strip()
    assert len(reason) < 2_000
    assert all(letter.isprintable() for letter in reason), reason


def listing(root: Path, but: tuple[str, ...] = ()) -> dict[str, tuple[int, int, int, bytes]]:
    """Return everything below a folder, with mode, time, inode and content."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] not in but:
            status = path.lstat()
            found[name] = (status.st_mode, status.st_mtime_ns, status.st_ino, path.read_bytes() if path.is_file() else b"")
    return found


def memory_mib(field: str) -> int:
    """Return how much memory this process has, or has had at most."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(f"{field}:"))) // 1024

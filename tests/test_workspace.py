"""Claims about what the workspace keeps, and about disks that refuse."""

import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import CourseError, HarnessError
from grader.result import Result, to_json
from grader.roster import Person, Roster
from grader.workspace import Receipt, Refusal, Workspace, safe_name, write_atomically

NOW = datetime(2026, 11, 21, 10, 2, 11, tzinfo=UTC)
RECEIPT = Receipt(
    student="student-01", topic="t", attempt=1, digest="sha256:" + "ab" * 32, received_at=NOW, original="received/t/x", files=("t.py",)
)  # fmt: skip
RESULT = Result(
    topic="t", submission=RECEIPT.digest, grader="sha256:aa", key="sha256:bb", backend="b", device="cpu", torch="2",
    started_at="2026-11-21T10:00:00Z", cpu_s=1, wall_s=1, complete=True, earned=50, possible=100, pending=0, parts=(), tests=(),
)  # fmt: skip


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    """Bytes and mode arrive, in folders made for them; nothing else is left beside the file."""
    path = tmp_path / "a" / "b" / "x.json"
    write_atomically(path, b"one")
    write_atomically(path, b"two", 0o600)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["x.json"]


def test_a_name_as_long_as_the_system_allows_can_be_written(tmp_path: Path) -> None:
    """The waiting file's name does not lengthen the target's."""
    write_atomically(tmp_path / ("n" * 255), b"x")
    with pytest.raises(HarnessError, match="cannot be written: file name too long"):
        write_atomically(tmp_path / ("n" * 256), b"x")


def test_a_full_disk_is_named_and_harms_nothing(tmp_path: Path) -> None:
    """When the system takes no more bytes the old file stays as it was, and the error says why."""
    path = tmp_path / "x"
    write_atomically(path, b"old")
    with (
        files_of_at_most(1000),
        pytest.raises(HarnessError, match=r"x cannot be written: file too large\. Nothing was changed"),
    ):
        write_atomically(path, b"new" * 1000)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]


def _mounted(folder: Path, options: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("options", "reason"), [("size=64k", "no space left on device"), ("ro,size=64k", "read-only file system")])
def test_a_real_disk_that_refuses_is_named(tmp_path: Path, options: str, reason: str) -> None:
    """A full and a read-only file system give the path and the reason."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not _mounted(disk, options):
        pytest.skip("a file system can be mounted by root alone")
    try:
        with pytest.raises(HarnessError, match=f"x cannot be written: {reason}"):
            write_atomically(disk / "sub" / "x", b"x" * 100_000)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    """A workspace under a regular file cannot be written, whoever asks."""
    (tmp_path / "file").write_text("")
    with pytest.raises(HarnessError, match="file stands where a folder is needed"):
        write_atomically(tmp_path / "file" / "x", b"")
    with pytest.raises(HarnessError, match="cannot be written: not a directory"):
        write_atomically(tmp_path / "file" / "sub" / "x", b"")


def test_a_kill_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    """A process that is killed while it overwrites leaves one of the two whole."""
    path = tmp_path / "x"
    loop = (
        "import sys; from pathlib import Path; from grader.workspace import write_atomically\n"
        "print('ready', flush=True)\n"
        "while True:\n  for c in b'ab': write_atomically(Path(sys.argv[1]), bytes([c]) * 300_000)"
    )
    write_atomically(path, b"a" * 300_000)
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", loop, str(path)], stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent) as child:
            assert child.stdout is not None
            child.stdout.readline()
            child.send_signal(signal.SIGKILL)
        data = path.read_bytes()
        assert data in {b"a" * 300_000, b"b" * 300_000}


@given(st.text(min_size=1), st.text(min_size=1))
def test_safe_names_are_plain_and_distinct(one: str, other: str) -> None:
    """Any name becomes a short ASCII name that neither hides nor climbs; two names never share one."""
    safe = safe_name(one)
    assert safe.isascii()
    assert safe.isprintable()
    assert len(safe) <= 120
    assert "/" not in safe
    assert "\\" not in safe
    assert not safe.startswith(".")
    assert (safe == safe_name(other)) == (one == other)


def test_the_key_is_made_once_and_is_secret(tmp_path: Path) -> None:
    """The first call makes 32 bytes that only their owner reads; later calls return them."""
    workspace = Workspace(tmp_path)
    key = workspace.key()
    assert len(key) == 32
    assert workspace.key() == key
    assert Workspace(tmp_path / "other").key() != key
    assert stat.S_IMODE((tmp_path / "course.key").stat().st_mode) == 0o600


def test_a_damaged_key_is_never_replaced(tmp_path: Path) -> None:
    """Every mark rests on the key: one of another length stops the work."""
    (tmp_path / "course.key").write_bytes(b"short")
    with pytest.raises(HarnessError, match=r"course\.key has 5 bytes, expected 32"):
        Workspace(tmp_path).key()
    assert (tmp_path / "course.key").read_bytes() == b"short"


def test_no_workspace_says_what_to_do(tmp_path: Path) -> None:
    """A workspace that is not there is named with the next step."""
    with pytest.raises(CourseError, match=r"no workspace at .*nowhere\. Name yours with --workspace, or begin one"):
        Workspace(tmp_path / "nowhere").check()
    Workspace(tmp_path).check()


def test_originals_are_kept_by_their_content(tmp_path: Path) -> None:
    """The same files are kept once, others beside them; names that a file system would not take are kept too."""
    workspace = Workspace(tmp_path)
    original = workspace.keep_original("t", {"../e\u202evil.py": b"x"})
    assert workspace.keep_original("t", {"../e\u202evil.py": b"x"}) == original
    assert (tmp_path / original).read_bytes() == b"x"
    assert (tmp_path / original).parent.parent == tmp_path / "received" / "t"
    assert workspace.keep_original("t", {"a": b"12", "b": b""}) != workspace.keep_original("t", {"a": b"1", "b": b"2"})
    assert len(list((tmp_path / "received" / "t").iterdir())) == 3


def test_receipts_come_back(tmp_path: Path) -> None:
    """A receipt and its files are read as they were kept; the latest attempt of each student counts."""
    workspace = Workspace(tmp_path)
    second = replace(RECEIPT, attempt=2, digest="sha256:" + "cd" * 32, received_at=NOW + timedelta(days=1))
    other = replace(RECEIPT, student="a")
    for receipt, data in ((RECEIPT, b"1"), (second, b"2"), (other, b"1")):
        workspace.keep_submission(receipt, {"t.py": data})
    assert workspace.attempts("t") == (other, RECEIPT, second)
    assert workspace.submissions("t") == (other, second)
    assert workspace.files(RECEIPT) == {"t.py": b"1"}
    assert workspace.files(second) == {"t.py": b"2"}
    assert workspace.attempts("nothing") == ()


def test_a_receipt_is_never_overwritten(tmp_path: Path) -> None:
    """Two collections at once cannot take each other's place."""
    workspace = Workspace(tmp_path)
    workspace.keep_submission(RECEIPT, {"t.py": b"1"})
    with pytest.raises(HarnessError, match=r"0001\.json exists already: another `grader collect` is running"):
        workspace.keep_submission(RECEIPT, {"t.py": b"1"})


def test_a_damaged_receipt_is_named(tmp_path: Path) -> None:
    """A receipt that cannot be read stops the work instead of dropping a student."""
    path = tmp_path / "receipts" / "t" / "student-01" / "0001.json"
    for text in ("{", "{}", "[]"):
        write_atomically(path, text.encode())
        with pytest.raises(HarnessError, match=r"0001\.json is no receipt"):
            Workspace(tmp_path).attempts("t")


def test_what_was_refused_comes_back(tmp_path: Path) -> None:
    """As it was kept, with its time; nothing to keep makes no file, and a damaged one is named."""
    workspace = Workspace(tmp_path)
    workspace.keep_refused("t", [])
    assert list(tmp_path.iterdir()) == []
    refusals = (Refusal(name="x\\ud800.py", student=None, reason="…", seen_at=NOW), Refusal(name="y", student="y", reason="", seen_at=NOW))
    workspace.keep_refused("t", refusals)
    assert workspace.refused("t") == refusals
    workspace.keep_refused("t", [])
    assert workspace.refused("t") == ()
    for text in ("{", "[1]", '[{"name": "x"}]', '[{"name": "x", "student": 1, "reason": "", "seen_at": "now"}]'):
        (tmp_path / "refused" / "t.json").write_text(text)
        with pytest.raises(HarnessError, match=r"t\.json does not say what was refused"):
            workspace.refused("t")


def test_the_roster_comes_back(tmp_path: Path) -> None:
    """There is none until there is one."""
    workspace = Workspace(tmp_path)
    assert workspace.roster() is None
    workspace.keep_roster(Roster((Person(id="ann", name="Ann"),)))
    assert workspace.roster() == Roster((Person(id="ann", name="Ann"),))
    assert workspace.students() == {"ann"}


def test_a_time_is_corrected_in_its_receipt(tmp_path: Path) -> None:
    """Nothing else of it changes, and no other receipt."""
    workspace = Workspace(tmp_path)
    second = replace(RECEIPT, attempt=2)
    for receipt in (RECEIPT, second):
        workspace.keep_submission(receipt, {"t.py": b"1"})
    earlier = replace(RECEIPT, received_at=NOW - timedelta(days=1))
    workspace.correct_time(earlier)
    assert workspace.attempts("t") == (earlier, second)


def test_the_latest_result_is_found(tmp_path: Path) -> None:
    """Of several gradings of a submission the one begun last is the latest; another submission's is not taken for it."""
    workspace = Workspace(tmp_path)
    assert workspace.latest_result("t", RECEIPT.digest) is None
    later = replace(RESULT, grader="sha256:00", started_at="2026-11-22T10:00:00Z")
    alike = replace(RESULT, grader="sha256:01", started_at="2026-11-23T10:00:00Z", submission=RECEIPT.digest[:-1] + "0")
    for result in (later, RESULT, alike):
        path = workspace.result_path("t", result.submission, result.grader, result.key, result.device)
        write_atomically(path, to_json(result))
    assert workspace.results("t", RECEIPT.digest) == (RESULT, later)
    assert workspace.latest_result("t", RECEIPT.digest) == later


def test_the_result_that_waits_for_least_stands(tmp_path: Path) -> None:
    """Of today's digests; of equals the later; one that was not completed, or of other digests, only where there is no other."""
    workspace = Workspace(tmp_path)
    today = (RESULT.grader, RESULT.key)
    assert workspace.standing_result("t", RECEIPT.digest, *today) is None
    waits = replace(RESULT, pending=5, device="cpu")
    done = replace(RESULT, pending=0, device="cuda", started_at="2026-11-22T10:00:00Z")
    again = replace(RESULT, pending=5, device="other", started_at="2026-11-23T10:00:00Z")
    failed = replace(RESULT, complete=False, earned=None, pending=0, device="third", started_at="2026-11-24T10:00:00Z")
    older = replace(RESULT, grader="sha256:00", pending=0, started_at="2026-11-25T10:00:00Z")
    for result, standing in [(failed, failed), (older, older), (waits, waits), (again, again), (done, done)]:
        path = workspace.result_path("t", result.submission, result.grader, result.key, result.device)
        write_atomically(path, to_json(result))
        assert workspace.standing_result("t", RECEIPT.digest, *today) == standing


def test_paths_of_results_are_short_and_plain(tmp_path: Path) -> None:
    """A result lies under its submission, named by grader, key and device."""
    path = Workspace(tmp_path).result_path("t", "sha256:" + "5f" * 32, "sha256:" + "a1" * 32, "sha256:" + "77" * 32, "cpu")
    assert path == tmp_path / "results" / "t" / ("5f" * 8) / f"{'a1' * 8}-{'77' * 8}-cpu.json"

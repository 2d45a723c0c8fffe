"""Turns a folder outside the repository into the instructor's records: originals, submissions, receipts and results."""

import errno
import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from grader.errors import CourseError, HarnessError
from grader.result import Result, from_json
from grader.roster import STUDENT as STUDENT
from grader.roster import Roster, read_roster, roster_csv
from grader.sheets import read_sheet

KEY_BYTES = 32
DIGITS_IN_A_NAME = 16
"""Of a digest, in a file name: 64 bits tell a course's files apart; the whole digest stands in the file."""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """That a student handed in the submission `digest`, and when it reached us. `attempt` counts from 1."""

    student: str
    topic: str
    attempt: int
    digest: str
    received_at: datetime
    original: str  # the untouched file, or the folder of several, relative to the workspace
    files: tuple[str, ...]  # the names of what counts


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """That something called `name` was not taken in, and why; `student` is None where nobody knows whose it is."""

    name: str
    student: str | None
    reason: str
    seen_at: datetime


@dataclass(frozen=True)
class Workspace:
    """The records of one course under `root`. Each is written atomically: killing the program loses none."""

    root: Path

    def check(self) -> None:
        """Raise `CourseError` unless there is a workspace."""
        if not self.root.is_dir():
            raise CourseError(f"There is no workspace at {self.root}. Name yours with --workspace, or begin one with `grader collect`.")

    def key(self) -> bytes:
        """Return the course's 32 secret bytes, made at the first call and readable by their owner alone."""
        path = self.root / "course.key"
        if not path.exists():
            _write(path, secrets.token_bytes(KEY_BYTES), 0o600, replace=False)
        key = _read(path)
        if len(key) != KEY_BYTES:
            raise HarnessError(f"{path} has {len(key)} bytes, expected {KEY_BYTES}: every mark rests on it. Restore it from a backup.")
        return key

    def keep_original(self, topic: str, files: Mapping[str, bytes]) -> str:
        """Keep `files` exactly as they came; return the file, or the folder of several, relative to the workspace."""
        folder = f"received/{topic}/{_digest_of(files)}"
        for name, data in files.items():
            path = self.root / folder / safe_name(name)
            if not path.exists():
                write_atomically(path, data)
        return f"{folder}/{safe_name(next(iter(files)))}" if len(files) == 1 else folder

    def keep_submission(self, receipt: Receipt, files: Mapping[str, bytes]) -> None:
        """Keep the `files` that count and, last of all, the receipt: without it nothing was handed in."""
        for name, data in files.items():
            write_atomically(self._submission_dir(receipt.topic, receipt.digest) / safe_name(name), data)
        path = self._receipts_dir(receipt.topic) / receipt.student / f"{receipt.attempt:04d}.json"
        if not _write(path, _receipt_json(receipt), 0o644, replace=False):
            raise HarnessError(f"{path} exists already: another `grader collect` is running. Let it end, then collect again.")

    def correct_time(self, receipt: Receipt) -> None:
        """Keep a receipt that is there already with another time."""
        write_atomically(self._receipts_dir(receipt.topic) / receipt.student / f"{receipt.attempt:04d}.json", _receipt_json(receipt))

    def refused(self, topic: str) -> tuple[Refusal, ...]:
        """Return what of `topic` was seen, not taken in, and not handed in anew since."""
        path = self._refused_path(topic)
        if not path.exists():
            return ()
        try:
            records: list[dict[str, Any]] = json.loads(_read(path))
            return tuple(Refusal(**{**record, "seen_at": datetime.fromisoformat(record["seen_at"])}) for record in records)
        except (ValueError, TypeError, KeyError) as error:
            raise HarnessError(f"{path} does not say what was refused: {error}. Remove it and collect again.") from error

    def keep_refused(self, topic: str, refusals: Sequence[Refusal]) -> None:
        """Keep what of `topic` is refused now, in place of what was."""
        records = [{**asdict(refusal), "seen_at": refusal.seen_at.astimezone(UTC).isoformat()} for refusal in refusals]
        if records or self._refused_path(topic).exists():
            write_atomically(self._refused_path(topic), json.dumps(records, indent=1).encode() + b"\n")

    def roster(self) -> Roster | None:
        """Return who is in roster.csv, or None without one; `CourseError` names its faulty lines."""
        path = self.root / "roster.csv"
        return read_roster(path) if path.exists() else None

    def keep_roster(self, roster: Roster) -> None:
        """Write roster.csv."""
        write_atomically(self.root / "roster.csv", roster_csv(roster))

    def files(self, receipt: Receipt) -> dict[str, bytes]:
        """Return the files of a submission that count, by name, as `load_submission` wants them."""
        folder = self._submission_dir(receipt.topic, receipt.digest)
        return {name: _read(folder / safe_name(name)) for name in receipt.files}

    def attempts(self, topic: str) -> tuple[Receipt, ...]:
        """Return every receipt of `topic`, by student and attempt."""
        paths = sorted(self._receipts_dir(topic).glob("*/[0-9]*.json"))
        receipts = (_receipt(path) for path in paths)
        return tuple(sorted(receipts, key=lambda receipt: (receipt.student, receipt.attempt)))

    def submissions(self, topic: str) -> tuple[Receipt, ...]:
        """Return the receipt that counts of each student who handed in `topic`, the latest, by student."""
        return tuple({receipt.student: receipt for receipt in self.attempts(topic)}.values())

    def students(self) -> frozenset[str]:
        """Return everybody whom the workspace knows: who is in the roster, and who handed anything in."""
        receipts = {path.name for path in (self.root / "receipts").glob("*/*") if path.is_dir()}
        path = self.root / "roster.csv"
        listed = {row.cells["id"] for row in read_sheet(path, ("id",))} if path.exists() else set()
        return frozenset(receipts | listed)

    def result_path(self, topic: str, submission: str, grader: str, key: str, device: str) -> Path:
        """Return where the result of a submission under these digests lies, on this device."""
        name = f"{short_digest(grader)}-{short_digest(key)}-{device}.json"
        return self.root / "results" / topic / short_digest(submission) / name

    def results(self, topic: str, submission: str) -> tuple[Result, ...]:
        """Return every result of a submission, the earliest first."""
        folder = self.root / "results" / topic / short_digest(submission)
        found = (_result(path) for path in sorted(folder.glob("[!.]*.json")))
        return tuple(sorted((result for result in found if result.submission == submission), key=lambda r: r.started_at))

    def standing_result(self, topic: str, submission: str, grader: str, key: str) -> Result | None:
        """Return the result that counts: of those under these digests the one that waits for least, else the one that was begun last."""
        found = self.results(topic, submission)
        today = [result for result in found if result.complete and (result.grader, result.key) == (grader, key)]
        # Of equals the first is taken: with the latest at the front, the latest.
        return min(reversed(today), key=lambda result: result.pending) if today else next(reversed(found), None)

    def latest_result(self, topic: str, submission: str) -> Result | None:
        """Return the result of a submission that was begun last, or None if it was never graded."""
        return next(reversed(self.results(topic, submission)), None)

    def feedback_path(self, topic: str, student: str) -> Path:
        """Return where the letter to a student lies."""
        return self.root / "feedback" / topic / f"{student}.txt"

    def _submission_dir(self, topic: str, digest: str) -> Path:
        return self.root / "submissions" / topic / short_digest(digest)

    def _receipts_dir(self, topic: str) -> Path:
        return self.root / "receipts" / topic

    def _refused_path(self, topic: str) -> Path:
        return self.root / "refused" / f"{topic}.json"


def write_atomically(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write `data` to `path` whole or not at all, past a power cut too; `HarnessError` if the disk refuses."""
    _write(path, data, mode, replace=True)


def safe_name(name: str) -> str:
    """Return a plain ASCII file name for `name`; two names never share one."""
    quoted = quote(name, safe=" ()+,=@", errors="surrogatepass")
    quoted = re.sub(r"^\.", "%2E", quoted)
    if len(quoted) <= 120:
        return quoted
    return f"{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}{Path(quoted).suffix[:12]}"


def short_digest(digest: str) -> str:
    """Return the part of `sha256:…` that stands in file names."""
    return digest.removeprefix("sha256:")[:DIGITS_IN_A_NAME]


def _write(path: Path, data: bytes, mode: int, *, replace: bool) -> bool:
    """Write a file; return whether it is ours: without `replace`, one that is there already stays."""
    # A name of its own, not one made of the target's: that may already be as long as the system allows.
    waiting = path.parent / f".waiting-{secrets.token_hex(8)}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_through(waiting, data, mode)
        if replace:
            waiting.replace(path)
        else:
            _link(waiting, path)
        _sync_folder(path.parent)
    except FileExistsError:
        return _refuse_unless_file(path)
    except OSError as error:
        raise HarnessError(f"{path} cannot be written: {_reason(error)}. Nothing was changed; mend that and run again.") from error
    finally:
        with suppress(OSError):
            waiting.unlink(missing_ok=True)
    return True


def _write_through(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _link(waiting: Path, path: Path) -> None:
    try:
        path.hardlink_to(waiting)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.ENOSYS} or path.exists():
            raise
        waiting.replace(path)  # some network and USB disks have no hard links


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # Windows cannot open a folder, and needs no such call
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_unless_file(path: Path) -> bool:
    if not path.is_file():
        raise HarnessError(f"{path} cannot be written: a file stands where a folder is needed. Move it away and run again.")
    return False


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise HarnessError(f"{path} cannot be read: {_reason(error)}. Is the workspace whole?") from error


def _digest_of(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of one file's bytes; of several, that of their names, lengths and bytes."""
    if len(files) == 1:
        return sha256(next(iter(files.values()))).hexdigest()
    digest = sha256()
    for name, data in sorted(files.items()):
        encoded = name.encode("utf-8", "surrogatepass")
        digest.update(b"%d:%d:" % (len(encoded), len(data)) + encoded + data)
    return digest.hexdigest()


def _receipt_json(receipt: Receipt) -> bytes:
    record = {
        "student": receipt.student,
        "topic": receipt.topic,
        "attempt": receipt.attempt,
        "digest": receipt.digest,
        "received_at": receipt.received_at.astimezone(UTC).isoformat(),
        "original": receipt.original,
        "files": list(receipt.files),
    }
    return json.dumps(record, indent=1).encode() + b"\n"


def _result(path: Path) -> Result:
    try:
        return from_json(_read(path))
    except HarnessError as error:
        raise HarnessError(f"{path}: {error}") from error


def _receipt(path: Path) -> Receipt:
    try:
        record: dict[str, Any] = json.loads(_read(path))
        return Receipt(
            **{
                **record,
                "received_at": datetime.fromisoformat(record["received_at"]),
                "files": tuple(record["files"]),
            }
        )
    except (ValueError, TypeError, KeyError) as error:
        raise HarnessError(f"{path} is no receipt: {error}. Restore it from a backup.") from error

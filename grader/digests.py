"""Turns files that decide a mark into short digests, so that an old result is never taken for today's."""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

from grader.catalogue import Deserves
from grader.course import Course

_IGNORED = frozenset({"__pycache__", ".ipynb_checkpoints", ".DS_Store"})
_DECIDES_NOTHING = ("cli", "templates")  # commands and the look of pages: a class is not graded again for a colour


def grader_digest(course: Course, topic: str) -> str:
    """Digest what a mark depends on besides the submission and the key: the topic's files, default limits, our source, torch."""
    digest = hashlib.sha256()
    for folder in (course.assignment_dir(topic), course.solution_dir(topic)):
        _add_files(digest, folder)
    for part in (repr(course.limits), course.cuda, source_digest(), version("torch")):
        _add(digest, part.encode())
    return f"sha256:{digest.hexdigest()}"


def key_digest(key: bytes) -> str:
    """Digest a key, so that a result tells which one it was graded under without giving it away."""
    return f"sha256:{hashlib.sha256(b'grader key' + key).hexdigest()}"


def answer_digest(text: str) -> str:
    """Digest an answer in words: a mark by hand is for this very text."""
    return f"sha256:{hashlib.sha256(text.strip().encode('utf-8', 'surrogatepass')).hexdigest()}"


def mistakes_digest(course: Course, topic: str) -> str:
    """Digest the files that fingerprints are taken of: assignment, public tests, reference, catalogue."""
    from grader.fingerprints import FORMAT  # imports numpy, which a command line that only completes a word must not wait for

    assignments, solutions = course.assignment_dir(topic), course.solution_dir(topic)
    paths = [assignments / "assignment.toml", assignments / f"test_{topic}.py", solutions / f"{topic}.py"]
    paths += sorted((solutions / "submissions" / Deserves.WRONG).glob("*.py"))
    digest = hashlib.sha256(b"%d" % FORMAT)
    for path in paths:
        data = path.read_bytes() if path.is_file() else b""
        digest.update(b"%d:%b:%d:" % (len(path.name), path.name.encode(), len(data)) + data)
    return f"sha256:{digest.hexdigest()}"


@cache
def source_digest() -> str:
    """Digest the source of this package, as far as a mark can depend on it."""
    digest = hashlib.sha256()
    _add_files(digest, Path(__file__).resolve().parent, without=_DECIDES_NOTHING)
    return digest.hexdigest()


def _add_files(digest: "hashlib._Hash", folder: Path, without: tuple[str, ...] = ()) -> None:
    for path in _files(folder):
        if path.relative_to(folder).parts[0] in without:
            continue
        _add(digest, path.relative_to(folder).as_posix().encode())
        _add(digest, path.read_bytes())


def _files(folder: Path) -> Iterable[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and not _IGNORED & set(p.parts) and p.suffix != ".pyc")


def _add(digest: "hashlib._Hash", part: bytes) -> None:
    digest.update(len(part).to_bytes(8, "big"))
    digest.update(part)

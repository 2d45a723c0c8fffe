"""Turns what a topic's study measured into `study.json`, and back, and says what in it would keep the topic from a release."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence

import msgspec

from grader.catalogue import Deserves
from grader.course import Course
from grader.errors import CourseError

FILE = "study.json"
EQUIVALENT = "equivalent.toml"
FORMAT = 1
KEYS = 20
LEAST_KILLED = 0.95
MOST_EQUIVALENT = 0.05
REPEATED = 10


class Fate(msgspec.Struct, kw_only=True, frozen=True):
    """What became of a mutant: `killer` is the test that it failed first, or how it failed without one; None if it survived."""

    entry: str
    change: str
    digest: str
    killer: str | None


class Missed(msgspec.Struct, kw_only=True, frozen=True):
    """One correct submission under all verify keys: the tests that it failed, by key, and the bound on its rate of misses at 95 %."""

    tests: dict[str, list[str]]
    bound: float


class Study(msgspec.Struct, kw_only=True, frozen=True):
    """What was measured, by `digest` of the files that it was measured of."""

    digest: str
    torch: str
    keys: int
    submissions: dict[str, Missed]
    margins: dict[str, dict[str, float]]
    """By test and kind of threshold the largest share of the allowed that any correct submission used under any key."""
    ladders: dict[str, dict[str, list[float]]]
    """By submission and ladder the number of each single run."""
    mutants: list[Fate]
    format: int = FORMAT

    def survivors(self) -> list[Fate]:
        """Return the mutants that no test killed."""
        return [fate for fate in self.mutants if fate.killer is None]

    def repeated(self) -> list[Fate]:
        """Return the killed mutants that every `verify` kills again: ten, chosen by the digest of the study."""
        killed = [fate for fate in self.mutants if fate.killer is not None]
        return sorted(killed, key=lambda fate: hashlib.sha256(f"{self.digest} {fate.digest}".encode()).digest())[:REPEATED]


def studied_digest(course: Course, topic: str) -> str:
    """Digest the files that a study is measured of: settings, tests, reference, what is accepted."""
    assignments, solutions = course.assignment_dir(topic), course.solution_dir(topic)
    paths = [assignments / "assignment.toml", assignments / f"test_{topic}.py"]
    paths += [solutions / f"{topic}.py", solutions / f"test_{topic}_hidden.py"]
    paths += sorted((solutions / "submissions" / Deserves.ACCEPTED).glob("*.py"))
    digest = hashlib.sha256(b"study %d" % FORMAT)
    for path in paths:
        data = path.read_bytes()
        digest.update(b"%d:%b:%d:" % (len(path.name), path.name.encode(), len(data)) + data)
    return f"sha256:{digest.hexdigest()}"


def written(study: Study) -> bytes:
    """Return the bytes of `study.json`."""
    return msgspec.json.format(msgspec.json.encode(study), indent=1) + b"\n"


def read_study(course: Course, topic: str) -> Study | None:
    """Return the study of a topic; None where there is none. `CourseError` if the file is no study."""
    path = course.solution_dir(topic) / FILE
    if not path.is_file():
        return None
    try:
        study = msgspec.json.decode(path.read_bytes(), type=Study)
    except msgspec.DecodeError as error:
        raise CourseError(f"{path.relative_to(course.root)} is no study: {error}. Make it anew: {_command(topic)}") from error
    if study.format != FORMAT:
        raise CourseError(f"{path.relative_to(course.root)} has format {study.format}, expected {FORMAT}. Make it anew: {_command(topic)}")
    return study


def read_equivalent(course: Course, topic: str) -> dict[str, str]:
    """Return why no input tells the listed mutants from the reference, by digest. `CourseError` names what is missing."""
    path = course.solution_dir(topic) / EQUIVALENT
    if not path.is_file():
        return {}
    name = path.relative_to(course.root)
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{name}: {error}") from error
    faults, reasons = [], {}
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], start=1):
        if not isinstance(entry, dict) or set(entry) != {"digest", "entry", "change", "why"} or not str(entry["why"]).strip():
            faults.append(f"{name}: mutant {number} needs a digest, an entry, a change and a why")
        else:
            reasons[str(entry["digest"])] = str(entry["why"]).strip()
    if faults:
        raise CourseError("The list of equivalent mutants has faults.", faults)
    return reasons


def study_faults(study: Study, equivalent: Mapping[str, str]) -> list[str]:
    """Return what in a study keeps its topic from a release: correct submissions that miss, mutants that live, reasons for none."""
    faults = [
        f"{name} fails under {len(missed.tests)} of {study.keys} keys: {', '.join(sorted({t for ts in missed.tests.values() for t in ts}))}"
        for name, missed in study.submissions.items()
        if missed.tests
    ]
    total, alive = len(study.mutants), study.survivors()
    listed = [fate for fate in study.mutants if fate.digest in equivalent]
    known = {fate.digest for fate in study.mutants}
    faults += [f"{EQUIVALENT} lists {digest}, which is no mutant of the reference" for digest in equivalent if digest not in known]
    faults += [
        f"{EQUIVALENT} lists {fate.digest}, which {fate.killer} tells from the reference" for fate in listed if fate.killer is not None
    ]
    if len(listed) > MOST_EQUIVALENT * total:
        faults.append(f"{EQUIVALENT} lists {len(listed)} of {total} mutants, at most {MOST_EQUIVALENT:.0%} may be")
    unexplained = [fate for fate in alive if fate.digest not in equivalent]
    real = total - len(listed)
    if real and len(unexplained) > (1 - LEAST_KILLED) * real:
        faults.append(f"{real - len(unexplained)} of {real} mutants are killed ({1 - len(unexplained) / real:.1%}), at least 95 % must be")
    return faults


def staleness(course: Course, topic: str, study: Study | None) -> list[str]:
    """Return why a study says nothing of today's files; nothing if it does."""
    if study is None:
        return [f"solutions/{topic}/{FILE} is missing. Measure it: {_command(topic)}"]
    if study.digest != studied_digest(course, topic):
        return [f"solutions/{topic}/{FILE} is older than the files that it was measured of. Measure anew: {_command(topic)}"]
    return []


def lists(alive: Sequence[Fate]) -> str:
    """Return survivors as entries of `equivalent.toml` whose reasons are still to be written."""
    blocks = []
    for fate in alive:
        lines = [f"{name} = {_quoted(getattr(fate, name))}" for name in ("digest", "entry", "change")]
        blocks.append("\n".join(["[[mutant]]", *lines, 'why = ""']))
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()  # what JSON quotes, TOML reads


def _command(topic: str) -> str:
    return f"grader verify --study {topic}"

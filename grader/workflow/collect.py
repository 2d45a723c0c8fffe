"""Turns what a school's system gives out (a folder, a zip, a file) into receipts in the workspace."""

import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from grader.archive import ARCHIVES, BROKEN, IGNORED, MODULES, Member, ending_of, folder_members, hold, read_file, unpack, zip_members
from grader.assignment import Assignment, load_assignment
from grader.course import Course
from grader.errors import CourseError, SubmissionError
from grader.printable import printable
from grader.reports import CollectLine, CollectReport, Fate
from grader.splice import definition_names
from grader.submission import ANSWERS, Counted, counted_files, load_submission
from grader.workspace import STUDENT, Receipt, Workspace

EXPECTED = "expected one of student-01/, student-01.py, student-01.ipynb, student-01.zip or student-01.tar.gz for each student"


@dataclass(frozen=True, kw_only=True)
class _Arrival:
    """A thing in the source, not read yet. `read` returns its files as they came."""

    name: str
    is_folder: bool
    read: Callable[[], dict[str, bytes]]

    @property
    def student(self) -> str:
        """The folder's name; of a file its name without ending, up to the first `__`."""
        return self.name if self.is_folder else self._stem.partition("__")[0]

    @property
    def about(self) -> str:
        """What stands behind the student's name in that of a file."""
        return "" if self.is_folder else self._stem.partition("__")[2]

    @property
    def _stem(self) -> str:
        return self.name[: len(self.name) - len(ending_of(self.name))]


def collect(course: Course, workspace: Workspace, topic: str, source: Path, now: datetime) -> CollectReport:
    """Take in what `source` holds for `topic`, each hand-in received at `now`; what its files say of time is not believed.

    The student is the folder's name, or the file's up to its ending or the first `__`. Collecting the same again changes
    nothing; another hand-in of a student is a new attempt. What is refused stays where it is, with its reason in the report.
    `CourseError` if there is nothing to collect.
    """
    assignment = load_assignment(course, topic)
    with _arrivals(source, topic) as arrivals:
        if not arrivals:
            raise CourseError(f"There is nothing to collect in {source}; {EXPECTED}.")
        names: defaultdict[str, list[str]] = defaultdict(list)
        for arrival in arrivals:
            names[arrival.student].append(arrival.name)
        desk = _Desk(course, workspace, assignment, now)
        return CollectReport(topic=topic, lines=tuple(desk.take(arrival, names[arrival.student]) for arrival in arrivals))


class _Desk:
    """Takes in one arrival after another."""

    def __init__(self, course: Course, workspace: Workspace, assignment: Assignment, now: datetime) -> None:
        self._course, self._workspace, self._assignment, self._now = course, workspace, assignment, now
        self._topic = assignment.topic
        paths = [course.starter_dir(self._topic) / f"{self._topic}{ending}" for ending in MODULES]
        self._starter = {path.name: path.read_bytes() for path in paths if path.is_file()}
        self._attempts: defaultdict[str, list[Receipt]] = defaultdict(list)
        for receipt in workspace.attempts(self._topic):
            self._attempts[receipt.student].append(receipt)

    def take(self, arrival: _Arrival, names: Sequence[str]) -> CollectLine:
        """Take in one arrival, or say why not; `names` are those of all that the source holds of its student."""
        name = printable(arrival.name, 80)
        try:
            self._check_name(arrival)
            original = arrival.read()
            if len(names) > 1:
                self._workspace.keep_original(self._topic, original)
                raise SubmissionError(self._rivalry(arrival.student, names))
            line = self._file(arrival, original)
        except SubmissionError as error:
            # A message that starts with the name of the arrival itself need not say it twice.
            reason = str(error).removeprefix(f"{name}: ")
            return CollectLine(name=name, fate=Fate.REFUSED, student=_student_or_none(arrival), reason=reason)
        return replace(line, name=name)

    def _check_name(self, arrival: _Arrival) -> None:
        if not arrival.is_folder and not ending_of(arrival.name):
            raise SubmissionError(f"is nothing that is handed in; {EXPECTED}.")
        if arrival.student in self._course.topics:
            raise SubmissionError("is named for a topic, so nobody knows whose it is. Rename it after the student.")
        if not STUDENT.fullmatch(arrival.student):
            shown = printable(arrival.student, 80)
            raise SubmissionError(f"'{shown}' is no name of a student; expected 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'.")

    def _rivalry(self, student: str, names: Sequence[str]) -> str:
        shown = ", ".join(printable(name, 80) for name in sorted(names)[:4])
        before = self._attempts[student]
        counts = f"attempt {before[-1].attempt} of before still counts" if before else "none of them counts"
        return f"{len(names)} hand-ins of one student ({shown}): {counts}. All are kept; leave one there and collect again."

    def _file(self, arrival: _Arrival, original: Mapping[str, bytes]) -> CollectLine:
        files = _opened(original if arrival.is_folder else unpack(arrival.name, next(iter(original.values()))))
        counted = counted_files(self._topic, files, self._starter)
        submission = load_submission(self._topic, files, self._starter)
        self._check_topic(arrival, counted, submission.module)
        before = self._attempts[arrival.student]
        known = next((receipt for receipt in before if receipt.digest == submission.digest), None)
        if known:
            note = "" if known is before[-1] else f"attempt {before[-1].attempt} came later and counts"
            return CollectLine(name="", fate=Fate.KNOWN, student=known.student, attempt=known.attempt, reason=note)
        kept = self._canonical(counted)
        receipt = Receipt(
            student=arrival.student,
            topic=self._topic,
            attempt=before[-1].attempt + 1 if before else 1,
            digest=submission.digest,
            received_at=self._now,
            original=self._workspace.keep_original(self._topic, original),
            files=tuple(kept),
        )
        self._workspace.keep_submission(receipt, kept)
        before.append(receipt)
        return CollectLine(name="", fate=Fate.COLLECTED, student=receipt.student, attempt=receipt.attempt)

    def _canonical(self, counted: Counted) -> dict[str, bytes]:
        module = {f"{self._topic}{ending_of(counted.name)}": counted.data}
        return {**module, ANSWERS: counted.answers} if counted.answers else module

    def _check_topic(self, arrival: _Arrival, counted: Counted, module: str) -> None:
        """Refuse a module that is named for another topic and defines nothing of this one."""
        stem = Path(counted.name).name.removesuffix(ending_of(counted.name))
        other = next((name for name in (arrival.about, stem) if name in self._course.topics and name != self._topic), None)
        entries = {task.entry for task in self._assignment.tasks}
        if other and not entries & _defined(module):
            raise SubmissionError(
                f"is of the topic {other}, and defines nothing of {self._topic}. Collect it with `grader collect {other}`."
            )


@contextmanager
def _arrivals(source: Path, topic: str) -> Iterator[list[_Arrival]]:
    """Give what stands in `source`, unread; a zip stays open meanwhile."""
    if not source.exists():
        raise CourseError(f"{source} does not exist; {EXPECTED}, in a folder or a zip.")
    if source.is_dir():
        yield [_on_disk(path) for path in sorted(source.iterdir()) if not _is_hidden(path.name)]
    elif ending_of(source.name) == ".zip":
        with _opened_zip(source) as archive:
            yield [_on_disk(source)] if _is_of_one_student(archive, topic) else list(_in_zip(archive))
    else:
        yield [_on_disk(source)]


def _on_disk(path: Path) -> _Arrival:
    if path.is_dir() and not path.is_symlink():
        return _Arrival(name=path.name, is_folder=True, read=lambda: hold(folder_members(path)))
    return _Arrival(name=path.name, is_folder=False, read=lambda: {path.name: read_file(path)})


def _opened_zip(source: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except BROKEN as error:
        raise SubmissionError(f"{source} cannot be opened: {printable(str(error), 120)}. Download it again.") from error


def _is_of_one_student(archive: zipfile.ZipFile, topic: str) -> bool:
    own = {f"{topic}{ending}" for ending in MODULES}
    return any(name.removeprefix(f"{topic}/") in own for name in archive.namelist())


def _in_zip(archive: zipfile.ZipFile) -> Iterator[_Arrival]:
    """Yield each top-level folder and file of a zip; each is read, and refused, for itself."""
    folders: dict[str, list[Member]] = {}
    for member in zip_members(archive):
        top, slash, rest = member.name.partition("/")
        if _is_hidden(top):
            continue
        if slash:
            folders.setdefault(top, []).extend([member._replace(name=rest)] if rest else [])
        else:
            yield _Arrival(name=top, is_folder=False, read=partial(_read_members, [member]))
    for name, members in folders.items():
        yield _Arrival(name=name, is_folder=True, read=partial(_read_members, members))


def _is_hidden(name: str) -> bool:
    return name in IGNORED or (name.startswith(".") and bool(name.strip(".")))


def _read_members(members: Sequence[Member]) -> dict[str, bytes]:
    try:
        return hold(iter(members))
    except BROKEN as error:
        raise SubmissionError(f"it is damaged: {printable(str(error), 120)}. Download it again.") from error


def _opened(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return `files`, opening the archive where a folder holds one and no module."""
    archives = [name for name in files if ending_of(name) in ARCHIVES]
    if len(archives) != 1 or any(ending_of(name) in MODULES for name in files):
        return files
    return {**files, **unpack(archives[0], files[archives[0]])}


def _defined(module: str) -> set[str]:
    try:
        return set(definition_names(module))
    except (SyntaxError, ValueError, RecursionError):
        return set()


def _student_or_none(arrival: _Arrival) -> str | None:
    return arrival.student if STUDENT.fullmatch(arrival.student) else None

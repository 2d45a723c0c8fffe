"""Turns a hand-in whose owner is known into a receipt, or into the reason why there is none."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from grader.archive import ARCHIVES, MODULES, ending_of, unpack
from grader.arrivals import Arrival
from grader.assignment import Assignment
from grader.course import Course
from grader.errors import SubmissionError
from grader.lateness import Lateness, lateness, shown_time, utc
from grader.owners import Owner
from grader.printable import printable
from grader.records import extensions
from grader.reports import CollectLine, Fate
from grader.splice import definition_names
from grader.submission import ANSWERS, Counted, Submission, counted_files, load_submission
from grader.times import Times
from grader.workspace import Receipt, Workspace

Progress = Callable[[int, int], None]


class HandIn(NamedTuple):
    """An arrival, and whose it is."""

    arrival: Arrival
    owner: Owner


class _Taken(NamedTuple):
    """What became of a hand-in, and the digest of what counts in it, empty where nothing is to be compared with it."""

    line: CollectLine
    digest: str = ""


class Desk:
    """Takes in one hand-in after another."""

    def __init__(self, course: Course, workspace: Workspace, assignment: Assignment, times: Times) -> None:
        self._course, self._workspace, self._assignment, self._times = course, workspace, assignment, times
        self._topic = assignment.topic
        paths = [course.starter_dir(self._topic) / f"{self._topic}{ending}" for ending in MODULES]
        self._starter = {path.name: path.read_bytes() for path in paths if path.is_file()}
        self._due, self._extensions = course.due_of(self._topic), extensions(workspace, self._topic)
        self._quarrels: dict[str, str] = {}
        self._authors: defaultdict[str, list[str]] = defaultdict(list)
        self.attempts: defaultdict[str, list[Receipt]] = defaultdict(list)
        for receipt in workspace.attempts(self._topic):
            self._remember(receipt)

    def take_all(self, hand_ins: Sequence[HandIn], progress: Progress | None) -> Iterator[CollectLine]:
        """Yield a line for each, in their order."""
        rivals: defaultdict[str, list[Arrival]] = defaultdict(list)
        for arrival, owner in hand_ins:
            if owner.student is not None:
                rivals[owner.student].append(arrival)
        taken: list[_Taken] = []
        for arrival, owner in hand_ins:
            taken.append(self._take(arrival, owner, rivals[owner.student or ""]))
            if progress is not None:
                progress(len(taken), len(hand_ins))
        yield from (_with(line, _alike(line, self._authors[digest])) for line, digest in taken)

    def _take(self, arrival: Arrival, owner: Owner, rivals: Sequence[Arrival]) -> _Taken:
        """Take in one hand-in, or say why not; `rivals` are all that the source holds of its student."""
        if arrival.ignored:
            return _Taken(CollectLine(name=arrival.name, fate=Fate.IGNORED, reason=arrival.ignored))
        line = CollectLine(name=arrival.name, fate=Fate.UNKNOWN if owner.is_unknown else Fate.REFUSED, student=owner.student)
        if owner.student is None:
            return _Taken(replace(line, reason=owner.fault))
        try:
            original = arrival.read()
            if len(rivals) > 1:
                self._check_rivals(owner.student, rivals)
            taken = self._file(line, arrival, owner.student, original)
        except SubmissionError as error:
            # A message that starts with the name of the file itself need not say it twice.
            return _Taken(replace(line, reason=str(error).removeprefix(f"{printable(arrival.names[0], 80)}: ")))
        late = "Canvas calls it late" if arrival.claim is not None and arrival.claim.is_late else ""
        same = [other.name for other in rivals if other is not arrival] if taken.line.fate is Fate.KNOWN else []
        twice = f"the same hand-in as {same[0]}" if same else ""
        return taken._replace(line=_with(taken.line, owner.note, twice, arrival.note, late))

    def _check_rivals(self, student: str, rivals: Sequence[Arrival]) -> None:
        """Refuse several hand-ins of one student, but keep them all; the same one several times is one.

        Where none can be graded, each has its own reason and there is nothing to choose.
        """
        if student not in self._quarrels:
            digests = {self._digest(arrival) for arrival in rivals}
            self._quarrels[student] = self._quarrel(student, rivals) if len(digests) > 1 else ""
        if self._quarrels[student]:
            raise SubmissionError(self._quarrels[student])

    def _digest(self, arrival: Arrival) -> str:
        """Keep the original and return the digest of what counts in it; nothing if it cannot be graded."""
        try:
            original = arrival.read()
            self._workspace.keep_original(self._topic, original)
            return self._weigh(arrival, _files(arrival, original))[1].digest
        except SubmissionError:
            return ""

    def _quarrel(self, student: str, rivals: Sequence[Arrival]) -> str:
        names = sorted(arrival.name for arrival in rivals)
        shown = ", ".join(names[:4]) + ("…" if len(names) > 4 else "")
        before = self.attempts[student]
        counts = f"attempt {before[-1].attempt} of before still counts" if before else "none of them counts"
        return f"{len(names)} hand-ins of one student ({shown}): {counts}. All are kept; leave one there and collect again."

    def _weigh(self, arrival: Arrival, files: Mapping[str, bytes]) -> tuple[Counted, Submission]:
        counted = counted_files(self._topic, files, self._starter)
        submission = load_submission(self._topic, files, self._starter)
        self._check_topic(arrival, counted, submission.module)
        return counted, submission

    def _check_topic(self, arrival: Arrival, counted: Counted, module: str) -> None:
        """Refuse a module that is named for another topic and defines nothing of this one."""
        stem = Path(counted.name).name.removesuffix(ending_of(counted.name))
        about = arrival.claim.about if arrival.claim is not None else ""
        other = next((name for name in (about, stem) if name in self._course.topics and name != self._topic), None)
        entries = {task.entry for task in self._assignment.tasks}
        if other and not entries & _defined(module):
            raise SubmissionError(
                f"is of the topic {other}, and defines nothing of {self._topic}. Collect it with `grader collect {other}`."
            )

    def _file(self, line: CollectLine, arrival: Arrival, student: str, original: Mapping[str, bytes]) -> _Taken:
        files = _files(arrival, original)
        if files and all(Path(name).name == ANSWERS for name in files):
            raise SubmissionError("It holds the answers of the quiz and no module. Both are handed in together.")
        counted, submission = self._weigh(arrival, files)
        known = next((receipt for receipt in self.attempts[student] if receipt.digest == submission.digest), None)
        line = self._known(line, known) if known is not None else self._collected(line, student, submission.digest, counted, original)
        is_starter = counted.data == self._starter.get(f"{self._topic}{ending_of(counted.name)}")
        line = _with(line, _form_that_counts(counted, files), "the starter, unchanged" if is_starter else "")
        return _Taken(line, "" if is_starter else submission.digest)

    def _collected(
        self, line: CollectLine, student: str, digest: str, counted: Counted, original: Mapping[str, bytes]
    ) -> CollectLine:  # fmt: skip
        receipt = self._keep(student, digest, counted, original)
        late = self._lateness(receipt)
        return _with(_filed(line, Fate.COLLECTED, receipt, late), late.reason if late.late_s or late.is_extended else "")

    def _known(self, line: CollectLine, known: Receipt) -> CollectLine:
        """Say that a hand-in was there already. A file's time corrects an earlier receipt, but never to when we had it already."""
        last = self.attempts[known.student][-1]
        notes = ["" if known is last else f"attempt {last.attempt} came later and counts"]
        given = self._times.given.get(known.student.casefold())
        if given is not None and utc(given) < utc(known.received_at):
            notes.append(f"its time was {shown_time(known.received_at.astimezone(self._course.zone))}, now it is {shown_time(given)}")
            corrected = replace(known, received_at=given)
            self._workspace.correct_time(corrected)
            self.attempts[known.student] = [corrected if receipt is known else receipt for receipt in self.attempts[known.student]]
            known = corrected
        return _with(_filed(line, Fate.KNOWN, known, self._lateness(known)), *notes)

    def _keep(self, student: str, digest: str, counted: Counted, original: Mapping[str, bytes]) -> Receipt:
        module = {f"{self._topic}{ending_of(counted.name)}": counted.data}
        kept = {**module, ANSWERS: counted.answers} if counted.answers else module
        before = self.attempts[student]
        receipt = Receipt(
            student=student,
            topic=self._topic,
            attempt=before[-1].attempt + 1 if before else 1,
            digest=digest,
            received_at=self._times.of(student),
            original=self._workspace.keep_original(self._topic, original),
            files=tuple(kept),
        )
        self._workspace.keep_submission(receipt, kept)
        self._remember(receipt)
        return receipt

    def _remember(self, receipt: Receipt) -> None:
        self.attempts[receipt.student].append(receipt)
        self._authors[receipt.digest].append(receipt.student)

    def _lateness(self, receipt: Receipt) -> Lateness:
        return lateness(self._course.late, self._due, self._extensions.get(receipt.student), receipt.received_at)


def _files(arrival: Arrival, original: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return what an arrival holds, under the names that the student gave, an archive opened."""
    if arrival.called:
        return _opened({called: original[name] for name, called in arrival.called.items()})
    return _opened(original if arrival.is_folder else unpack(arrival.names[0], next(iter(original.values()))))


def _opened(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return `files`, opening the archive where there is one and no module."""
    if not files:
        raise SubmissionError("It is empty. There is no .py and no .ipynb in it.")
    archives = [name for name in files if ending_of(name) in ARCHIVES]
    if not archives or any(ending_of(name) in MODULES for name in files):
        return files
    if len(archives) > 1:
        shown = ", ".join(printable(name, 80) for name in sorted(archives)[:4])
        raise SubmissionError(f"There are {len(archives)} archives ({shown}) and no module. Hand in one.")
    return {**files, **unpack(archives[0], files[archives[0]])}


def _form_that_counts(counted: Counted, files: Mapping[str, bytes]) -> str:
    others = sorted(name for name in files if ending_of(name) in MODULES and name != counted.name)
    if not others:
        return ""
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    return f"{printable(counted.name, 80)} counts, not {', '.join(printable(name, 80) for name in others[:3])}{more}"


def _defined(module: str) -> set[str]:
    try:
        return set(definition_names(module))
    except (SyntaxError, ValueError, RecursionError):
        return set()


def _filed(line: CollectLine, fate: Fate, receipt: Receipt, late: Lateness) -> CollectLine:
    late_s = None if late.due is None else late.late_s
    return replace(line, fate=fate, attempt=receipt.attempt, received_at=receipt.received_at, late_s=late_s)


def _with(line: CollectLine, *notes: str) -> CollectLine:
    return replace(line, reason="; ".join(note for note in (line.reason, *notes) if note))


def _alike(line: CollectLine, authors: Sequence[str]) -> str:
    """Say who else handed in the same."""
    others = sorted(set(authors) - {line.student})
    if not others:
        return ""
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    return f"the same file as {', '.join(others[:3])}{more}"

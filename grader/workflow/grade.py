"""Turns the collected submissions of a topic into results and letters, one submission after another behind the wall."""

from collections.abc import Callable, Iterable, Sequence, Set
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from grader.archive import open_archive
from grader.assignment import load_assignment
from grader.course import Course, Cuda
from grader.digests import grader_digest, key_digest
from grader.errors import CourseError
from grader.marks import counting, marks
from grader.render import feedback
from grader.result import Result, to_json
from grader.runner import JudgePool
from grader.runner import waiting as still_waits
from grader.sandbox import devices
from grader.sandbox.backend import choose
from grader.sandbox.device_lock import held
from grader.sandbox.devices import CPU, Accelerator
from grader.submission import Submission, load_submission
from grader.workspace import Receipt, Workspace, write_atomically

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Graded:
    """What one run of grading did: students with their results, and how many were there already."""

    results: tuple[tuple[str, Result], ...]
    reused: int

    @property
    def faults(self) -> tuple[str, ...]:
        """The students whose grading the harness could not complete."""
        return tuple(student for student, result in self.results if not result.complete)


def grade(
    course: Course,
    workspace: Workspace,
    topic: str,
    *,
    students: Sequence[str] = (),
    workers: int = 1,
    progress: Progress | None = None,
    device: str = CPU,
    waits: Callable[[str], None] | None = None,
) -> Graded:
    """Grade what counts of each student; every attempt, where the best one counts.

    What has today's result is not graded again, so an interrupted run goes on where it stopped. On a `device` one submission is
    graded at a time, under a lock; `waits` is told when somebody else holds it.
    """
    receipts, accelerator = _receipts(course, workspace, topic, students), _found(device, course, topic)
    key, digest, backend = workspace.key(), grader_digest(course, topic), choose()
    paths = {r.digest: workspace.result_path(topic, r.digest, digest, key_digest(key), device) for r in receipts}
    results = {r.digest: result for r in receipts if (result := _standing(workspace, topic, r, paths[r.digest]))}
    reused = len(results)
    waiting = {r.digest: r for r in receipts if r.digest not in results}
    starter = starter_files(course, topic)
    slots = workers if accelerator is None else 1
    with (
        held(accelerator, waits),
        JudgePool(course, topic, backend, workers=slots, device=device) as judges,
        ThreadPoolExecutor(max_workers=judges.workers) as pool,
    ):
        submissions = [_submission(workspace, r, starter) for r in waiting.values()]
        for result in _run(pool, judges, lambda one: judges.grade(one, key), submissions, progress):
            write_atomically(paths[result.submission], to_json(result))
            results[result.submission] = result
    _write_letters(course, workspace, topic, {receipt.student for receipt in receipts})
    return Graded(tuple((r.student, results[r.digest]) for r in receipts), reused)


def complete(
    course: Course,
    workspace: Workspace,
    topic: str,
    *,
    device: str,
    students: Sequence[str] = (),
    progress: Progress | None = None,
    waits: Callable[[str], None] | None = None,
) -> Graded:
    """Run on a device what today's results wait for, and nothing else: every other outcome is copied into a new result.

    What a fault of the harness kept from completion is told in what is returned and not written: the result before it stands.
    """
    receipts = _receipts(course, workspace, topic, students)
    _found(device, course, topic)
    so_far = _so_far(course, workspace, topic, receipts)
    key, digest, backend, starter = workspace.key(), grader_digest(course, topic), choose(), starter_files(course, topic)
    open_ones = {r.digest: r for r in receipts if still_waits(so_far[r.digest])}
    results = dict(so_far)
    pool = ThreadPoolExecutor(max_workers=1)
    with held(devices.accelerator(device), waits), JudgePool(course, topic, backend, device=device) as judges, pool:
        submissions = [_submission(workspace, r, starter) for r in open_ones.values()]
        for result in _run(pool, judges, lambda one: judges.complete(one, key, so_far[one.digest]), submissions, progress):
            results[result.submission] = result
            if result.complete:
                write_atomically(workspace.result_path(topic, result.submission, digest, key_digest(key), device), to_json(result))
    _write_letters(course, workspace, topic, {receipt.student for receipt in receipts})
    return Graded(tuple((r.student, results[r.digest]) for r in receipts), len(so_far) - len(open_ones))


def _receipts(course: Course, workspace: Workspace, topic: str, students: Sequence[str]) -> list[Receipt]:
    course.check_topic(topic)
    workspace.check()
    return _chosen(counting(course, workspace, topic), topic, students)


def _found(device: str, course: Course, topic: str) -> Accelerator | None:
    """Return the device, None for the processor; `CourseError` where it is absent, or where the course drops what needs it."""
    accelerator = devices.accelerator(device)
    if accelerator is not None and course.cuda is Cuda.DROP:
        raise CourseError(f'course.toml says cuda = "drop": no part of {topic} needs {device}. Say cuda = "grade" there, or leave it.')
    devices.require(accelerator, topic)
    return accelerator


def _so_far(course: Course, workspace: Workspace, topic: str, receipts: Sequence[Receipt]) -> dict[str, Result]:
    """Return today's result of each submission; `CourseError` names whom there is none of."""
    today = grader_digest(course, topic), key_digest(workspace.key())
    found = {r.digest: workspace.standing_result(topic, r.digest, *today) for r in receipts}
    standing = {
        digest: result
        for digest, result in found.items()
        if result is not None and result.complete and (result.grader, result.key) == today
    }
    if lacking := sorted({r.student for r in receipts if r.digest not in standing}):
        names = ", ".join(lacking[:5]) + (f" and {len(lacking) - 5} more" if len(lacking) > 5 else "")
        raise CourseError(f"There is no result of today's grader to complete for {names}. Grade first: grader grade {topic}")
    return standing


def _write_letters(course: Course, workspace: Workspace, topic: str, students: Set[str]) -> None:
    for mark in marks(course, workspace, topic):
        if mark.result is not None and mark.student in students:
            write_atomically(workspace.feedback_path(topic, mark.student), feedback(mark.result, mark).encode())


def grade_file(
    course: Course, topic: str, path: Path, key: bytes, *, device: str = CPU, waits: Callable[[str], None] | None = None
) -> tuple[Submission, Result]:
    """Grade one file, folder or archive in the sandbox, without a workspace."""
    course.check_topic(topic)
    load_assignment(course, topic)
    accelerator = _found(device, course, topic)
    submission = load_submission(topic, open_archive(path), starter_files(course, topic))
    with held(accelerator, waits), JudgePool(course, topic, choose(), device=device) as judges:
        return submission, judges.grade(submission, key)


def starter_files(course: Course, topic: str) -> dict[str, bytes]:
    """Return the generated starter's files by name."""
    folder = course.starter_dir(topic)
    if not folder.is_dir():
        raise CourseError(f"There is no starter of {topic}. Make it: grader build {topic}")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".py", ".ipynb")}


def _run(
    pool: Executor, judges: JudgePool, work: Callable[[Submission], Result], submissions: Sequence[Submission], progress: Progress | None
) -> Iterable[Result]:
    futures: list[Future[Result]] = [pool.submit(work, submission) for submission in submissions]
    try:
        for done, future in enumerate(as_completed(futures), start=1):
            yield future.result()
            if progress:
                progress(done, len(futures))
    except BaseException:
        for future in futures:
            future.cancel()
        judges.interrupt()
        raise


def _chosen(receipts: Sequence[Receipt], topic: str, students: Sequence[str]) -> list[Receipt]:
    if not receipts:
        raise CourseError(f"Nobody has handed in {topic} yet. Collect first: grader collect {topic} --from PATH")
    unknown = sorted(set(students) - {receipt.student for receipt in receipts})
    if unknown:
        raise CourseError(f"No submission of {topic} by {', '.join(unknown)}. `grader report {topic}` lists who handed in.")
    return [receipt for receipt in receipts if not students or receipt.student in students]


def _standing(workspace: Workspace, topic: str, receipt: Receipt, path: Path) -> Result | None:
    """Return today's result of a submission, if grading it was completed."""
    if not path.is_file():
        return None
    found = [r for r in workspace.results(topic, receipt.digest) if r.complete]
    return next((r for r in found if workspace.result_path(topic, r.submission, r.grader, r.key, r.device) == path), None)


def _submission(workspace: Workspace, receipt: Receipt, starter: dict[str, bytes]) -> Submission:
    return load_submission(receipt.topic, workspace.files(receipt), starter)

"""Turns the collected submissions of a topic into results and letters, one submission after another behind the wall."""

from collections.abc import Callable, Iterable, Sequence, Set
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from grader.archive import open_archive
from grader.assignment import load_assignment
from grader.course import Course
from grader.digests import grader_digest, key_digest
from grader.errors import CourseError
from grader.marks import counting, marks
from grader.render import feedback
from grader.result import Result, to_json
from grader.runner import JudgePool
from grader.sandbox.backend import choose
from grader.submission import Submission, load_submission
from grader.workspace import Receipt, Workspace, write_atomically

DEVICE = "cpu"
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
) -> Graded:
    """Grade what counts of each student; every attempt, where the best one counts.

    What has today's result is not graded again, so an interrupted run goes on where it stopped.
    """
    course.check_topic(topic)
    workspace.check()
    receipts = _chosen(counting(course, workspace, topic), topic, students)
    key, digest, backend = workspace.key(), grader_digest(course, topic), choose()
    paths = {r.digest: workspace.result_path(topic, r.digest, digest, key_digest(key), DEVICE) for r in receipts}
    results = {r.digest: result for r in receipts if (result := _standing(workspace, topic, r, paths[r.digest]))}
    reused = len(results)
    waiting = {r.digest: r for r in receipts if r.digest not in results}
    starter = starter_files(course, topic)
    with JudgePool(course, topic, backend, workers=workers) as judges, ThreadPoolExecutor(max_workers=judges.workers) as pool:
        for result in _run(pool, judges, [_submission(workspace, r, starter) for r in waiting.values()], key, progress):
            write_atomically(paths[result.submission], to_json(result))
            results[result.submission] = result
    _write_letters(course, workspace, topic, {receipt.student for receipt in receipts})
    return Graded(tuple((r.student, results[r.digest]) for r in receipts), reused)


def _write_letters(course: Course, workspace: Workspace, topic: str, students: Set[str]) -> None:
    for mark in marks(course, workspace, topic):
        if mark.result is not None and mark.student in students:
            write_atomically(workspace.feedback_path(topic, mark.student), feedback(mark.result, mark).encode())


def grade_file(course: Course, topic: str, path: Path, key: bytes) -> tuple[Submission, Result]:
    """Grade one file, folder or archive in the sandbox, without a workspace."""
    course.check_topic(topic)
    load_assignment(course, topic)
    submission = load_submission(topic, open_archive(path), starter_files(course, topic))
    with JudgePool(course, topic, choose()) as judges:
        return submission, judges.grade(submission, key)


def starter_files(course: Course, topic: str) -> dict[str, bytes]:
    """Return the generated starter's files by name."""
    folder = course.starter_dir(topic)
    if not folder.is_dir():
        raise CourseError(f"There is no starter of {topic}. Make it: grader build {topic}")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".py", ".ipynb")}


def _run(pool: Executor, judges: JudgePool, submissions: Sequence[Submission], key: bytes, progress: Progress | None) -> Iterable[Result]:
    futures: list[Future[Result]] = [pool.submit(judges.grade, submission, key) for submission in submissions]
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

"""Turns the results of a topic into one page per student: what they earned, what went wrong and why, and what their code draws."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.assignment import Assignment, load_assignment
from grader.course import Course
from grader.digests import grader_digest
from grader.errors import CourseError
from grader.handout import hints
from grader.lateness import shown_time
from grader.letters import Brief, Drawing, letter
from grader.marks import Mark, marks
from grader.orders import Drawn
from grader.pages import letter_page
from grader.quiz import read_answers_key, read_quiz
from grader.records import extensions
from grader.runner import JudgePool
from grader.sandbox.backend import choose
from grader.statements import statements
from grader.submission import Submission, load_submission
from grader.workspace import Workspace, short_digest, write_atomically

Progress = Callable[[int, int], None]
OURS = "The grader could not draw it; that is not your fault, and costs you nothing."


@dataclass(frozen=True, kw_only=True)
class Posted:
    """What was written: pages, and students with none because nothing of theirs is graded.

    `stale` are pages of results that `grader grade` would make anew, `undrawn` figures that the harness failed to draw, with its words.
    """

    folder: Path
    pages: tuple[Path, ...]
    ungraded: tuple[str, ...]
    stale: tuple[str, ...]
    undrawn: tuple[tuple[str, str], ...]


def feedback(
    course: Course,
    workspace: Workspace,
    topic: str,
    now: datetime,
    *,
    students: Sequence[str] = (),
    workers: int = 1,
    figures: bool = True,
    explain: bool = False,
    progress: Progress | None = None,
) -> Posted:
    """Write the page of everybody whose work on `topic` is graded, or of `students` alone.

    Answers of the quiz are told once the due date and every extension are over; with `explain` also where nothing is due.
    A figure is drawn once for a submission, so a second run draws nothing.
    """
    course.check_topic(topic)
    workspace.check()
    brief = _brief(course, workspace, topic, now, explain)
    found = _chosen(marks(course, workspace, topic), topic, students)
    graded = [mark for mark in found if mark.result is not None]
    submissions = {mark.receipt.digest: load_submission(topic, workspace.files(mark.receipt), {}) for mark in graded}
    easel = _Figures(course, workspace, topic, brief.assignment, workers)
    wanted = [mark.receipt.digest for mark in graded if mark.raw is not None] if figures else []
    report = _counted(progress, easel.missing(wanted) + len(graded))
    undrawn = easel.draw({digest: submissions[digest] for digest in wanted}, report)
    roster = workspace.roster()
    names = {person.id: person.name for person in roster.people} if roster else {}
    pages = []
    for mark in graded:
        drawing = easel.drawing(mark.receipt.digest) if figures else None
        page = letter(brief, mark, submissions[mark.receipt.digest], name=names.get(mark.student, ""), drawing=drawing)
        pages.append(workspace.feedback_path(topic, mark.student).with_suffix(".html"))
        write_atomically(pages[-1], letter_page(page))
        report()
    return Posted(
        folder=workspace.root / "feedback" / topic,
        pages=tuple(pages),
        ungraded=tuple(mark.student for mark in found if mark.result is None),
        stale=tuple(mark.student for mark in graded if mark.is_stale),
        undrawn=tuple((mark.student, undrawn[mark.receipt.digest]) for mark in graded if mark.receipt.digest in undrawn),
    )


def _brief(course: Course, workspace: Workspace, topic: str, now: datetime, explain: bool) -> Brief:
    """Read what every page is made with."""
    assignment, folder = load_assignment(course, topic), course.assignment_dir(topic)
    opens, is_open = _opening(course, workspace, topic, now, explain)
    return Brief(
        course=course.name,
        assignment=assignment,
        zone=course.zone,
        hints=hints(_text(folder / "handout.md")),
        statements=statements(_text(folder / f"test_{topic}.py")),
        questions=read_quiz(folder / "quiz.toml") if assignment.quiz else (),
        keys=read_answers_key(course.solution_dir(topic) / "quiz_answers.toml") if assignment.quiz else {},
        is_explained=is_open,
        explained_from=opens,
    )


def _opening(course: Course, workspace: Workspace, topic: str, now: datetime, explain: bool) -> tuple[datetime | None, bool]:
    """Return when the quiz's answers may be told, and whether that is now. Explanations travel: nobody may still be at work."""
    due = course.due_of(topic)
    latest = max([*([due] if due else []), *(one.until for one in extensions(workspace, topic).values())], default=None)
    is_over = latest is None or latest <= now
    if explain and latest is not None and not is_over:
        raise CourseError(
            f"{topic} is open until {shown_time(latest.astimezone(course.zone))}: explanations would reach those who still work on it. "
            "Run this without --explain; from then on they come by themselves."
        )
    return (latest if due else None), is_over and (explain or due is not None)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error


def _chosen(found: Sequence[Mark], topic: str, students: Sequence[str]) -> list[Mark]:
    if not found:
        raise CourseError(f"Nobody has handed in {topic} yet. Collect first: grader collect {topic} --from PATH")
    unknown = sorted(set(students) - {mark.student for mark in found})
    if unknown:
        raise CourseError(f"No submission of {topic} by {', '.join(unknown)}. `grader report {topic}` lists who handed in.")
    return [mark for mark in found if not students or mark.student in students]


def _counted(progress: Progress | None, total: int) -> Callable[[], None]:
    done = 0

    def one_more() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    return one_more


class _Figures:
    """The pictures of a topic in the workspace: one for each submission under today's grader."""

    def __init__(self, course: Course, workspace: Workspace, topic: str, assignment: Assignment, workers: int) -> None:
        self._course, self._topic, self._workers = course, topic, workers
        self._exists = assignment.figure is not None
        self._folder = workspace.root / "figures" / topic
        self._grader = short_digest(grader_digest(course, topic))

    def missing(self, digests: Sequence[str]) -> int:
        """Return how many of them are to be drawn."""
        return len(self._waiting(digests))

    def draw(self, submissions: Mapping[str, Submission], done: Callable[[], None]) -> dict[str, str]:
        """Draw what is missing; return the trouble that the harness had, by digest. A picture is kept as soon as it is there."""
        waiting = self._waiting(tuple(submissions))
        trouble: dict[str, str] = {}
        if not waiting:
            return trouble
        with (
            JudgePool(self._course, self._topic, choose(), workers=min(self._workers, len(waiting))) as judges,
            ThreadPoolExecutor(max_workers=judges.workers) as pool,
        ):
            for digest, drawn in _run(pool, judges, {digest: submissions[digest] for digest in waiting}):
                if drawn.trouble:
                    trouble[digest] = drawn.trouble
                else:
                    self._keep(digest, drawn)
                done()
        return trouble

    def drawing(self, digest: str) -> Drawing | None:
        """Return the picture of a submission, or why there is none; None where the topic has no figure."""
        if not self._exists:
            return None
        picture, sentence = self._paths(digest)
        if picture.is_file():
            return Drawing(png=picture.read_bytes())
        return Drawing(why=sentence.read_text(encoding="utf-8") if sentence.is_file() else OURS)

    def _keep(self, digest: str, drawn: Drawn) -> None:
        picture, sentence = self._paths(digest)
        if drawn.png:
            write_atomically(picture, drawn.png)
        else:
            write_atomically(sentence, drawn.why.encode("utf-8", "backslashreplace"))

    def _waiting(self, digests: Sequence[str]) -> list[str]:
        if not self._exists:
            return []
        return [digest for digest in dict.fromkeys(digests) if not any(path.is_file() for path in self._paths(digest))]

    def _paths(self, digest: str) -> tuple[Path, Path]:
        stem = f"{short_digest(digest)}-{self._grader}"
        return self._folder / f"{stem}.png", self._folder / f"{stem}.txt"


def _run(pool: ThreadPoolExecutor, judges: JudgePool, submissions: Mapping[str, Submission]) -> Iterator[tuple[str, Drawn]]:
    futures = {pool.submit(judges.draw, submission): digest for digest, submission in submissions.items()}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BaseException:
        for future in futures:
            future.cancel()
        judges.interrupt()
        raise

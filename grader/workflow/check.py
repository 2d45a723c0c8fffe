"""Turns a release's folder into what its public checks say of a student's work, task by task."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.assignment import Part
from grader.checked import CheckedPart, CheckedTask, CheckReport, Standing
from grader.failures import Failed, failed
from grader.handout import hints
from grader.plugin import patience_s
from grader.quiz import read_quiz
from grader.rehearsal import Rehearsal, rehearse
from grader.result import Verdict
from grader.studio import Studio, open_studio


def check(folder: Path, module: Path | None = None) -> CheckReport:
    """Run the public checks of the release in `folder` with the module that was changed, or with `module`.

    `CourseError` if `folder` is no release; `SubmissionError` if nobody can tell which module is meant.
    """
    studio = open_studio(folder, module)
    limits = [studio.assignment.limits, *(task.limits for task in studio.assignment.tasks)]
    longest_s = max(patience_s(limit) for limit in limits)
    rehearsal = rehearse(studio.folder, studio.topic, studio.module, longest_s)
    questions = read_quiz(folder / "quiz.toml") if studio.assignment.quiz else ()
    answers = studio.submission.answers
    return CheckReport(
        topic=studio.topic,
        module=studio.module.name,
        tasks=tuple(_tasks(studio, rehearsal)),
        left_out=studio.submission.left_out,
        answered=sum(answers.get(question.id, ()) != () for question in questions),
        questions=len(questions),
        is_written=bool(studio.submission.written) if studio.assignment.written else None,
    )


def _tasks(studio: Studio, rehearsal: Rehearsal) -> Iterator[CheckedTask]:
    handout = studio.folder / "handout.md"
    told = hints(handout.read_text(encoding="utf-8-sig")) if handout.is_file() else {}
    parts = [part for part in studio.assignment.parts() if part.is_tested]
    for entry in dict.fromkeys(part.entry for part in parts):
        mine = [part for part in parts if part.entry == entry]
        names = {part.name for part in mine}
        failures = failed(outcome for outcome in rehearsal.outcomes if outcome.part in names)
        yield CheckedTask(
            entry=entry or "integration",
            parts=tuple(_part(part, rehearsal) for part in mine),
            failures=failures,
            hint=_hint(failures, told.get(entry or "", ())),
        )


def _part(part: Part, rehearsal: Rehearsal) -> CheckedPart:
    tests = {test for test, name in rehearsal.parts.items() if name == part.name}
    outcomes = [outcome for outcome in rehearsal.outcomes if outcome.id in tests]
    waits = dict.fromkeys(need for test in tests for need in rehearsal.waiting.get(test, ()))
    standing = Standing.PASSES if tests else Standing.LATER
    if waits:
        standing = Standing.WAITS
    if any(outcome.verdict is not Verdict.PASSED for outcome in outcomes):
        standing = Standing.UNWRITTEN if all(outcome.verdict is Verdict.MISSING for outcome in outcomes) else Standing.FAILS
    return CheckedPart(name=part.name, points=part.points, standing=standing, waits_for=tuple(waits))


def _hint(failures: Sequence[Failed], told: Sequence[str]) -> str:
    level = next((failure.hint for failure in failures if failure.hint is not None), None)
    return told[level - 1] if level is not None and 0 < level <= len(told) else ""

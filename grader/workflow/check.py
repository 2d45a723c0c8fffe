"""Turns a release's folder into what its public checks say of a student's work, task by task."""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.assignment import Part
from grader.checked import CheckedPart, CheckedTask, CheckReport, Standing
from grader.failures import Failed, failed
from grader.handout import hints
from grader.plugin import patience_s
from grader.quiz import read_quiz
from grader.rehearsal import Rehearsal, Tick, rehearse
from grader.result import Outcome, Verdict
from grader.studio import Studio, open_studio


def check(folder: Path, module: Path | None = None, *, topic: str | None = None, tick: Tick | None = None) -> CheckReport:
    """Run the public checks of the release in `folder` with the module that was changed, or with `module`.

    `tick` is told how far the checks are, and may break them off. `CourseError` if `folder` is no release;
    `SubmissionError` if nobody can tell which module is meant.
    """
    studio = open_studio(folder, module, topic)
    fault = _broken(studio)
    tasks: tuple[CheckedTask, ...] = ()
    if not fault:
        rehearsal = _rehearsed(studio, tick)
        fault = _shared(rehearsal.outcomes)
    if not fault:
        tasks = tuple(_tasks(studio, rehearsal))
    questions = read_quiz(studio.folder / "quiz.toml") if studio.assignment.quiz else ()
    answers = studio.submission.answers
    return CheckReport(
        topic=studio.topic,
        module=studio.module.name,
        tasks=tasks,
        fault=fault,
        left_out=studio.left_out,
        answered=sum(answers.get(question.id, ()) != () for question in questions),
        questions=len(questions),
        is_written=bool(studio.submission.written) if studio.assignment.written else None,
    )


def _broken(studio: Studio) -> str:
    """Return where a module is no Python, without running anything; empty if it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(studio.submission.module, studio.module.name, "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f", line {error.lineno}" if error.lineno else ""
        shown = [f"    {error.text.strip()}"] if error.text and error.text.strip() else []
        return "\n".join([f"{studio.module.name}{where}: {error.msg}.", *shown])
    except (ValueError, RecursionError, MemoryError) as error:
        return f"{studio.module.name} is no Python: {error}."
    return ""


def _rehearsed(studio: Studio, tick: Tick | None) -> Rehearsal:
    limits = [studio.assignment.limits, *(task.limits for task in studio.assignment.tasks)]
    longest_s, output_mib = max(map(patience_s, limits)), max(limit.output_mib for limit in limits)
    return rehearse(studio.folder, studio.topic, studio.module, longest_s, output_mib=output_mib, tick=tick)


def _shared(outcomes: Sequence[Outcome]) -> str:
    """Return what every check says alike, such as that the module does not import; empty where they differ."""
    messages = {outcome.message for outcome in outcomes}
    some_ran = any(outcome.verdict in (Verdict.PASSED, Verdict.MISSING) for outcome in outcomes)
    return messages.pop() if len(outcomes) > 1 and len(messages) == 1 and not some_ran else ""


def _tasks(studio: Studio, rehearsal: Rehearsal) -> Iterator[CheckedTask]:
    handout = studio.folder / "handout.md"
    told = hints(handout.read_text(encoding="utf-8-sig")) if handout.is_file() else {}
    parts = [part for part in studio.assignment.parts() if part.is_tested]
    for entry in dict.fromkeys(part.entry for part in parts):
        mine = [part for part in parts if part.entry == entry]
        names = {part.name for part in mine}
        failures = failed(outcome for outcome in rehearsal.outcomes if outcome.part in names)
        level, hint = _hint([failure for failure in failures if failure.verdict is not Verdict.MISSING], told.get(entry or "", ()))
        yield CheckedTask(
            entry=entry or "integration",
            parts=tuple(_part(part, rehearsal) for part in mine),
            failures=failures,
            hint_level=level,
            hint=hint,
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


def _hint(failures: Sequence[Failed], told: Sequence[str]) -> tuple[int | None, str]:
    """Return the number and the text of the hint to open next: what the first failure names, else the lowest there is."""
    if not failures or not told:
        return None, ""
    level = failures[0].hint or 1
    return (level, told[level - 1]) if level <= len(told) else (None, "")

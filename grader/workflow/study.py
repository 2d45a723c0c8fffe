"""Turns a topic into its study: whether correct submissions ever miss, how near they come to the thresholds, and which mutants live."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product

import torch

from grader.assignment import Assignment, load_assignment
from grader.catalogue import Deserves, read_catalogue
from grader.checks import miss_bound
from grader.course import Course
from grader.errors import HarnessError
from grader.result import Verdict
from grader.runner import JudgePool, JudgeProcess, Studied
from grader.sandbox.backend import choose
from grader.studies import FILE, KEYS, Missed, Study, lists, read_equivalent, studied_digest, study_faults, written
from grader.submission import Submission
from grader.trials import mutants_of
from grader.workspace import write_atomically

Progress = Callable[[int, int], None]
REFERENCE = "reference"


@dataclass(frozen=True, kw_only=True)
class Report:
    """A topic's study as it was written, what in it keeps the topic from a release, and entries for the survivors."""

    topic: str
    assignment: Assignment
    study: Study
    equivalent: dict[str, str]
    faults: tuple[str, ...]
    survivors: str


def study(course: Course, topic: str, *, workers: int = 1, progress: Progress | None = None) -> Report:
    """Grade every correct submission under the verify keys, try every mutant of the reference, and write `study.json`."""
    course.check_topic(topic)
    assignment = load_assignment(course, topic)
    equivalent = read_equivalent(course, topic)
    digest = studied_digest(course, topic)
    modules = _correct(course, topic)
    ticks = _Ticks(len(modules) * KEYS + len(mutants_of(course, assignment)), progress)
    studied = _graded(course, topic, modules, workers, ticks)
    with JudgeProcess(course, topic, choose()) as judge:
        mutants = judge.fates(shares=workers, told=ticks)
    found = Study(
        digest=digest,
        torch=str(torch.__version__),
        keys=KEYS,
        submissions={name: _missed(runs) for name, runs in studied.items()},
        margins=_margins(studied),
        ladders=_ladders(studied),
        mutants=list(mutants),
    )
    write_atomically(course.solution_dir(topic) / FILE, written(found))
    return Report(
        topic=topic,
        assignment=assignment,
        study=found,
        equivalent=equivalent,
        faults=tuple(study_faults(found, equivalent)),
        survivors=lists([fate for fate in found.survivors() if fate.digest not in equivalent]),
    )


@dataclass
class _Ticks:
    """Counts what is done, from any thread."""

    total: int
    progress: Progress | None
    done: int = 0

    def __call__(self) -> None:
        self.done += 1
        if self.progress:
            self.progress(self.done, self.total)


def _correct(course: Course, topic: str) -> dict[str, str]:
    """Return the modules that deserve every mark, by name."""
    reference = (course.solution_dir(topic) / f"{topic}.py").read_text(encoding="utf-8")
    accepted = {one.name: one.module for one in read_catalogue(course, topic) if one.deserves is Deserves.ACCEPTED}
    return {REFERENCE: reference, **accepted}


def _graded(course: Course, topic: str, modules: dict[str, str], workers: int, ticks: _Ticks) -> dict[str, dict[str, Studied]]:
    """Return each module's gradings, by key."""
    keys = [f"verify-{number}" for number in range(1, KEYS + 1)]
    found: defaultdict[str, dict[str, Studied]] = defaultdict(dict)
    with JudgePool(course, topic, choose(), workers=workers) as judges, ThreadPoolExecutor(max_workers=judges.workers) as pool:

        def grade(one: tuple[str, str]) -> Studied:
            name, key = one
            submission = Submission(topic=topic, digest=f"study:{name}", module=modules[name], answers={}, form="module")
            graded = judges.study(submission, key.encode())
            if broken := [outcome for outcome in graded.result.tests if outcome.verdict is Verdict.HARNESS]:
                raise HarnessError(f"{name} under {key}: {broken[0].id}: {broken[0].detail}. Nothing was written.")
            ticks()
            return graded

        pairs = list(product(modules, keys))
        for (name, key), graded in zip(pairs, pool.map(grade, pairs), strict=True):
            found[name][key] = graded
    return found


def _missed(runs: dict[str, Studied]) -> Missed:
    tests = {key: _failed(studied) for key, studied in runs.items()}
    failed = {key: names for key, names in tests.items() if names}
    return Missed(tests=failed, bound=round(miss_bound(len(failed), len(runs)), 4))


def _failed(studied: Studied) -> list[str]:
    return [outcome.id for outcome in studied.result.tests if outcome.verdict not in (Verdict.PASSED, Verdict.PENDING)]


def _margins(studied: dict[str, dict[str, Studied]]) -> dict[str, dict[str, float]]:
    """Return the largest share of what is allowed that was used, by test and kind of threshold."""
    worst: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for one in _each(studied):
        for test, margins in one.margins.items():
            for kind, used in margins.used.items():
                worst[test][kind] = max(worst[test].get(kind, 0.0), float(f"{used:.3g}"))
    return {test: worst[test] for test in sorted(worst)}


def _ladders(studied: dict[str, dict[str, Studied]]) -> dict[str, dict[str, list[float]]]:
    """Return the number of every single run, by submission and ladder."""
    numbers: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for name, runs in studied.items():
        for one in runs.values():
            for margins in one.margins.values():
                for ladder, found in margins.runs.items():
                    numbers[name][ladder] += [float(f"{number:.6g}") for number in found]
    return {name: dict(ladders) for name, ladders in numbers.items()}


def _each(studied: dict[str, dict[str, Studied]]) -> Sequence[Studied]:
    return [one for runs in studied.values() for one in runs.values()]

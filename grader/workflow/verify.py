"""Turns a topic into the proof that its grader gives everybody what they deserve, or into the list of what is wrong with it."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from grader import studies
from grader.advice import advice
from grader.assignment import Assignment, Kind, load_assignment
from grader.cases import KEY, PARROT, REFERENCE, Case, cases_of, handed_in, pending_parts, reference_case, shared, tested_parts
from grader.catalogue import Deserves, read_catalogue
from grader.course import Course
from grader.errors import CourseError
from grader.fingerprints import FILE
from grader.handout import hints, sections
from grader.margins import Margins
from grader.outgoing import hidden_lines, outgoing_files
from grader.quiz import read_quiz
from grader.reports import LimitLine, TaskLine
from grader.result import Result, State, Verdict
from grader.runner import JudgePool, Studied
from grader.sandbox.backend import choose
from grader.seat import INTEGRATION
from grader.skeleton import unwritten
from grader.studies import Study
from grader.trials import mutants_of

Progress = Callable[[int, int], None]
ALLOWED = {"assignment.toml", "handout.md", "quiz.toml", "figure.py"}
HINTS = 3


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What became of one case: nothing in `faults` means that it got what it deserves."""

    name: str
    faults: tuple[str, ...]
    result: Result
    margins: Mapping[str, Margins]


@dataclass(frozen=True, kw_only=True)
class Verification:
    """Everything that `grader verify` found about one topic. With `is_partial` only some of its submissions were graded."""

    topic: str
    assignment: Assignment
    proofs: tuple[Proof, ...]
    faults: tuple[str, ...]
    catches: dict[str, tuple[str, ...]]  # test id -> the wrong and slow files that it caught
    notes: tuple[str, ...] = ()  # what an author should know, and what fails nothing
    tasks: tuple[TaskLine, ...] = ()
    limits: tuple[LimitLine, ...] = ()
    is_partial: bool = False

    @property
    def passed(self) -> bool:
        """Whether the topic may be released; of a part of its submissions, whether each got what it deserves."""
        return not self.faults and not any(proof.faults for proof in self.proofs)


def verify(course: Course, topic: str, *, workers: int = 1, progress: Progress | None = None, only: str | None = None) -> Verification:
    """Grade everything whose mark is known, behind the wall, and compare part by part.

    A topic that its author has not finished writing is not graded: all that is said is what is not written yet. With `only`, a pattern
    of names as in `wrong/*`, nothing but those submissions is graded, and nothing is proved.
    """
    course.check_topic(topic)
    assignment = load_assignment(course, topic)
    if missing := unwritten(_texts(course, topic)):
        return Verification(topic=topic, assignment=assignment, proofs=(), faults=tuple(missing), catches={})
    catalogue = read_catalogue(course, topic)
    study = studies.read_study(course, topic)
    is_studied = not studies.staleness(course, topic, study)
    with JudgePool(course, topic, choose(), workers=workers) as judges, ThreadPoolExecutor(max_workers=judges.workers) as pool:
        seen = pool.submit(judges.seen_inputs).result() if only is None or fnmatch(PARROT, only) else set[str]()
        cases = cases_of(course, assignment, catalogue, seen, is_studied=is_studied)
        cases = [case for case in cases if only is None or fnmatch(case.name, only)]
        if not cases:
            raise CourseError(f"No submission of {topic} is called {only!r}.")
        first = pool.submit(judges.study, handed_in(topic, reference_case(course, assignment)), KEY).result()

        def grade(case: Case) -> Studied:
            asked, known = shared(case, first.result)
            return first if case.name == REFERENCE else judges.study(handed_in(topic, case), case.key, asked, known, suspects=case.suspects)

        proofs = []
        for done, (case, studied) in enumerate(zip(cases, pool.map(grade, cases), strict=True), start=1):
            faults = tuple(case.judge(studied.result))
            proofs.append(Proof(name=case.name, faults=faults, result=studied.result, margins=studied.margins))
            if progress:
                progress(done, len(cases))
        asked = [] if only else [pool.submit(_figure, course, assignment, judges), pool.submit(_mutants, course, assignment, study, judges)]
        of_the_grader = [fault for faults in asked for fault in faults.result()]
    catches = _catches(proofs)
    tests = set(catches)
    of_the_whole = (
        []
        if only
        else [
            *_unlost(assignment, proofs),
            *_release(course, topic),
            *_files(course, assignment),
            *_coverage(course, assignment, tests),
            *_hints(course, assignment),
            *_forbidden(course, assignment),
            *of_the_grader,
        ]
    )
    return Verification(
        topic=topic,
        assignment=assignment,
        proofs=tuple(proofs),
        faults=tuple(of_the_whole),
        catches=catches,
        notes=() if only else tuple(advice(course, assignment)),
        tasks=() if only else tuple(_task_lines(assignment, proofs, catches)),
        limits=() if only else tuple(_limit_lines(assignment, proofs, study if is_studied else None)),
        is_partial=only is not None,
    )


def _texts(course: Course, topic: str) -> dict[Path, str]:
    """Return the text of each file that an author wrote, by its path in the course."""
    folders = (course.assignment_dir(topic), course.solution_dir(topic))
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in (".py", ".md", ".toml")]
    return {path.relative_to(course.root): path.read_text(encoding="utf-8") for path in paths}


def _unlost(assignment: Assignment, proofs: Sequence[Proof]) -> list[str]:
    """Return the parts that no wrong or slow file loses: nobody knows whether their tests catch anything."""
    examples = [p for p in proofs if p.name.startswith((f"{Deserves.WRONG}/", f"{Deserves.SLOW}/"))]
    lost = {part.part for proof in examples for part in proof.result.parts if part.state is State.LOST}
    pending = {part for proof in proofs for part in pending_parts(proof.result)}
    return [
        f"{part.name} is lost by no wrong or slow file"
        for part in tested_parts(assignment)
        if part.name not in lost | pending and part.kind is not Kind.PERFORMANCE
    ]


def _release(course: Course, topic: str) -> list[str]:
    """Return a stale starter, or the hidden lines that a release would give away."""
    try:
        return list(hidden_lines(course, topic, outgoing_files(course, topic)))
    except CourseError as error:
        return [str(error)]


def _catches(proofs: Sequence[Proof]) -> dict[str, tuple[str, ...]]:
    caught: dict[str, list[str]] = {}
    for proof in proofs:
        for outcome in proof.result.tests:
            names = caught.setdefault(outcome.id, [])
            if outcome.verdict not in (Verdict.PASSED, Verdict.PENDING) and proof.name.startswith(
                (f"{Deserves.WRONG}/", f"{Deserves.SLOW}/")
            ):
                names.append(proof.name.split("/")[1])
    return {test: tuple(names) for test, names in caught.items()}


def _files(course: Course, assignment: Assignment) -> list[str]:
    topic = assignment.topic
    hidden = {f"{topic}.py", f"test_{topic}_hidden.py", "quiz_answers.toml", studies.FILE, studies.EQUIVALENT}
    expected: dict[Path, set[str]] = {
        course.assignment_dir(topic): ALLOWED | {f"test_{topic}.py"},
        course.solution_dir(topic): hidden | {"submissions"},
        course.solution_dir(topic) / "submissions": {str(folder) for folder in Deserves},
        course.starter_dir(topic): {f"{topic}.py", f"{topic}.ipynb", FILE},
    }
    return [
        f"{path.relative_to(course.root)} is not a file of an assignment"
        for folder, names in expected.items()
        for path in sorted(folder.iterdir())
        if path.name not in names and path.name != "__pycache__"
    ]


def _coverage(course: Course, assignment: Assignment, tests: set[str]) -> list[str]:
    """Return the items of the lectures that nothing covers, and the tests that `covers` names and nobody wrote."""
    covers = {item: test for task in assignment.tasks for item, test in task.covers.items()}
    covers |= dict(assignment.integration.covers) if assignment.integration else {}
    names = {test.split("::")[-1].split("[")[0] for test in tests}
    faults = [f"{item!r} names {test}, which is no test" for item, test in covers.items() if test not in names]
    asked = (
        {item for q in read_quiz(course.assignment_dir(assignment.topic) / "quiz.toml") for item in q.covers} if assignment.quiz else set()
    )
    asked |= set(assignment.written.covers) if assignment.written else set()
    drawn = set(assignment.figure.covers) if assignment.figure else set()
    covered: dict[str, set[str]] = {"code": set(covers), "quiz": asked, "demo": {*drawn, *asked, *covers}}
    with (course.root / "assignments" / "coverage.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["slug"] == assignment.topic]
    faults += [f"{row['item']!r} ({row['kind']}) is covered by nothing" for row in rows if row["item"] not in covered[row["kind"]]]
    known = {row["item"] for row in rows}
    return faults + [f"{item!r} is no item of coverage.tsv" for item in sorted({*covers, *asked, *drawn} - known)]


def _hints(course: Course, assignment: Assignment) -> list[str]:
    found = hints((course.assignment_dir(assignment.topic) / "handout.md").read_text(encoding="utf-8"))
    return [
        f"handout.md has {len(found.get(task.entry, ()))} hints for {task.entry}, expected {HINTS}"
        for task in assignment.tasks
        if len(found.get(task.entry, ())) != HINTS
    ]


def _forbidden(course: Course, assignment: Assignment) -> list[str]:
    """Return the forbidden calls that the handout does not name in their task's section."""
    told = sections((course.assignment_dir(assignment.topic) / "handout.md").read_text(encoding="utf-8"))
    return [
        f"handout.md does not say in the section of {task.entry} that {call} is forbidden, and why"
        for task in assignment.tasks
        for call in task.forbid
        if not re.search(rf"\b{re.escape(call.rpartition('.')[2])}\b", told.get(task.entry, ""))
    ]


def _task_lines(assignment: Assignment, proofs: Sequence[Proof], catches: Mapping[str, Sequence[str]]) -> Iterator[TaskLine]:
    entries = {outcome.id: outcome.part.rpartition(".")[0] or outcome.part for proof in proofs for outcome in proof.result.tests}
    points = [(task.entry, {str(kind): n for kind, n in task.points.items()}) for task in assignment.tasks]
    if assignment.integration:
        points.append((INTEGRATION, {INTEGRATION: assignment.integration.points}))
    for entry, parts in points:
        own = [test for test, owner in entries.items() if owner == entry]
        yield TaskLine(
            entry=entry,
            parts=", ".join(f"{part} {n}" for part, n in parts.items()),
            public_tests=sum(test.startswith("public::") for test in own),
            hidden_tests=sum(test.startswith("hidden::") for test in own),
            caught=len({name for test in own for name in catches[test]}),
        )


def _limit_lines(assignment: Assignment, proofs: Sequence[Proof], study: Study | None) -> Iterator[LimitLine]:
    """Yield for each part with a clock how near correct submissions come to its limit, and how far beyond it the slow file is.

    Correct ones are those that were clocked now, and all that the study clocked under its keys.
    """
    correct = [proof for proof in proofs if proof.name.startswith(("reference", f"{Deserves.ACCEPTED}/"))]
    for task in assignment.tasks:
        if task.speed is None:
            continue
        slow = f"{Deserves.SLOW}/{task.speed.slower}"
        for kind in (Kind.SPEED, Kind.SPEED_CUDA):
            part = f"{task.entry}.{kind}"
            ratios = {proof.name: _ratio(proof, part, task.speed.limit) for proof in proofs}
            found = [(ratio, proof.name) for proof in correct if (ratio := ratios[proof.name]) is not None]
            found += [(used * task.speed.limit, f"the study, {study.keys} keys") for used in _studied(proofs, part, study)] if study else []
            if found:
                nearest_found, nearest = max(found)
                yield LimitLine(
                    part=part,
                    limit=task.speed.limit,
                    nearest=nearest,
                    nearest_found=nearest_found,
                    slow=slow,
                    slow_found=ratios.get(slow),
                )


def _ratio(proof: Proof, part: str, limit: float) -> float | None:
    """Return the largest ratio to the reference's time that a submission was found to have in a part; None where it was not clocked."""
    tests = [outcome.id for outcome in proof.result.tests if outcome.part == part]
    found = [used for test in tests if test in proof.margins for name, used in proof.margins[test].used.items() if name.startswith("speed")]
    return max(found) * limit if found else None


def _studied(proofs: Sequence[Proof], part: str, study: Study) -> list[float]:
    """Return the shares of a part's limit that correct submissions used in the study."""
    tests = {outcome.id for proof in proofs for outcome in proof.result.tests if outcome.part == part}
    return [used for test in tests for name, used in study.margins.get(test, {}).items() if name.startswith("speed")]


def _mutants(course: Course, assignment: Assignment, study: Study | None, judges: JudgePool) -> list[str]:
    """Return what is wrong with the topic's study, and the mutants that the tests no longer kill, of a few that they killed."""
    topic = assignment.topic
    faults = studies.staleness(course, topic, study)
    if study is None or faults:
        return faults
    if {mutant.digest for mutant in mutants_of(course, assignment)} != {fate.digest for fate in study.mutants}:
        return [f"solutions/{topic}/{studies.FILE} knows other mutants than today's. Measure anew: grader verify --study {topic}"]
    repeated = study.repeated()
    tried = judges.fates(again=repeated) if repeated else ()
    killers = {fate.digest: fate.killer for fate in repeated}
    alive = [fate for fate in tried if fate.killer is None]
    faults += [f"the mutant {fate.digest} of {fate.entry} is no longer killed by {killers[fate.digest]}: {fate.change}" for fate in alive]
    return faults + studies.study_faults(study, studies.read_equivalent(course, topic))


def _figure(course: Course, assignment: Assignment, judges: JudgePool) -> list[str]:
    """Draw the figure with the reference, as feedback does, to see that it draws."""
    if assignment.figure is None:
        return []
    drawn = judges.draw(handed_in(assignment.topic, reference_case(course, assignment)))
    return [] if drawn.png else [f"figure.py draws nothing with the reference: {drawn.trouble or drawn.why}"]

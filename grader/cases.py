"""Turns a topic into the submissions whose marks are known beforehand, and how to tell whether each got what it deserves."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader import mechanical
from grader.assignment import Assignment, Kind, Part
from grader.catalogue import Deserves, Example
from grader.course import Course
from grader.quiz import Answer, read_answers_key
from grader.result import Outcome, Result, State, Verdict
from grader.seat import INTEGRATION
from grader.submission import Submission

REFERENCE, PARROT, KEY = "reference", "parrot", b"verify-1"
_LONG = (Kind.SPEED, Kind.SPEED_CUDA, Kind.PERFORMANCE)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A submission whose mark is known beforehand, and how to tell."""

    name: str
    module: str
    judge: Callable[[Result], list[str]]
    key: bytes = KEY
    answers: dict[str, Answer] | None = None
    concerns: frozenset[str] | None = None
    """The tasks, and the integration, whose outcomes can differ from the reference's and matter; None for all of them."""
    blocked: frozenset[str] = frozenset()
    """The parts that take long and are worth nothing whatever their tests say: those of tasks whose correctness is to be lost."""
    settled: frozenset[str] = frozenset()
    """The parts that take long and that are measured already: those of correct files in the study, of this very file with these very
    tests, under 20 keys; the clock of one task's own definition in the reference, whose definition it is."""
    suspects: bool = False
    """Whether the catalogue is searched for its mistakes as in grading: once shows that no mistake breaks a test."""


def cases_of(
    course: Course, assignment: Assignment, catalogue: Sequence[Example], seen: Iterable[str], *, is_studied: bool = False
) -> list[Case]:
    """Return every case of a topic: its stub, its reference under two keys, its catalogue, and what is made of them mechanically.

    `seen` are the digests of the published inputs, which the parrot knows by heart: `JudgeProcess.seen_inputs`. What `is_studied` is
    not clocked and trained again: of correct submissions the study holds it, as long as no file that it was measured of has changed.
    """
    topic = assignment.topic
    reference = (course.solution_dir(topic) / f"{topic}.py").read_text(encoding="utf-8")
    stub = (course.starter_dir(topic) / f"{topic}.py").read_text(encoding="utf-8")
    entries = [task.entry for task in assignment.tasks]
    answers = _right_answers(course, assignment)
    settled = frozenset(part.name for part in assignment.parts() if part.kind in _LONG) if is_studied else frozenset()
    cases = [
        Case(name="stub", module=stub, judge=_earns(assignment, set(), clean=True)),
        reference_case(course, assignment),
        Case(name="reference, second key", module=reference, judge=_full(assignment), key=b"verify-2", answers=answers, settled=settled),
    ]
    cases += [
        Case(
            name=one.name,
            module=one.module,
            judge=_deserved(assignment, one),
            concerns=concerned(assignment, one),
            blocked=blocked(assignment, one),
            settled=settled if one.deserves is Deserves.ACCEPTED else frozenset(),
        )
        for one in catalogue
    ]
    cases += [
        Case(name="zeros", module=mechanical.zeros(reference, entries), judge=_earns(assignment, set()), suspects=True),
        Case(name="echo", module=mechanical.echo(reference, entries), judge=_earns(assignment, set())),
        Case(name=PARROT, module=mechanical.parrot(reference, entries, seen), judge=_earns(assignment, set())),
    ]
    cases += [
        Case(name=f"strange: {name}", module=mechanical.strange(reference, entries, value), judge=_earns(assignment, set()))
        for name, value in mechanical.STRANGE.items()
    ]
    for task in assignment.tasks:
        own = {part.name for part in tested_parts(assignment) if part.entry == task.entry}
        module, clocked = mechanical.one_task(stub, reference, task.entry), frozenset({f"{task.entry}.{Kind.SPEED}"})
        cases.append(Case(name=f"only {task.entry}", module=module, judge=_earns(assignment, own), settled=clocked))
    return cases


def reference_case(course: Course, assignment: Assignment) -> Case:
    """Return the case that earns everything, the quiz included."""
    reference = (course.solution_dir(assignment.topic) / f"{assignment.topic}.py").read_text(encoding="utf-8")
    return Case(name=REFERENCE, module=reference, judge=_full(assignment), answers=_right_answers(course, assignment))


def concerned(assignment: Assignment, example: Example) -> frozenset[str] | None:
    """Return the tasks whose tests can see what a file of the catalogue replaces, and the integration where its outcome matters.

    Every task is graded with the reference's version of what it needs put in. So where a file replaces tasks alone, the others are
    the reference, up to what they do not need; and that a task needs nothing else is what the cases `only …` prove.
    Into the integration nothing is put in, so every mistake may show there: it matters for the files that name it in LOSES.
    """
    if example.replaces is None:
        return None
    owners = {task.entry: task.entry.split(".")[0] for task in assignment.tasks}
    replaced = {name.split(".")[0] for name in example.replaces}
    if not replaced <= set(owners.values()):
        return None
    seen = {entry for entry, owner in owners.items() if owner in replaced}
    return frozenset(seen | {INTEGRATION} if example.deserves is Deserves.ACCEPTED or INTEGRATION in example.loses else seen)


def blocked(assignment: Assignment, example: Example) -> frozenset[str]:
    """Return the clocked and trained parts that a file blocks for itself: it says that it loses the correctness of their tasks.

    They need not be clocked or trained to prove its mark. Where it does not lose what it says, that is the fault which the proof tells.
    """
    return frozenset(part.name for part in assignment.parts() if part.kind in _LONG and f"{part.entry}.{Kind.CORRECTNESS}" in example.loses)


def shared(case: Case, reference: Result) -> tuple[list[str] | None, list[Outcome]]:
    """Return the tests that a case must run, None for all, and the outcomes of the others, which are the reference's."""
    if not reference.complete:
        return None, []

    def is_known(outcome: Outcome) -> bool:
        entry = outcome.part.rpartition(".")[0] or outcome.part
        return outcome.part in case.blocked | case.settled or (case.concerns is not None and entry not in case.concerns)

    known = [outcome for outcome in reference.tests if is_known(outcome)]
    return ([outcome.id for outcome in reference.tests if outcome not in known], known) if known else (None, [])


def tested_parts(assignment: Assignment) -> list[Part]:
    """Return the parts that tests decide."""
    return [part for part in assignment.parts() if part.is_tested]


def handed_in(topic: str, case: Case) -> Submission:
    """Return what a judge is handed for a case."""
    return Submission(topic=topic, digest=f"verify:{case.name}", module=case.module, answers=case.answers or {}, form="module")


def _earns(assignment: Assignment, expected: set[str], *, clean: bool = False) -> Callable[[Result], list[str]]:
    """Expect exactly these parts; `clean` wants every test to say that nothing is written yet."""

    def judge(result: Result) -> list[str]:
        faults = _harness_faults(result)
        states = {part.part: part.state for part in result.parts}
        for part in tested_parts(assignment):
            state = states.get(part.name)
            if state is State.PENDING:
                continue
            if (state is State.EARNED) != (part.name in expected):
                faults.append(f"{part.name} is {state or 'not judged'}, expected {'earned' if part.name in expected else 'not earned'}")
        if clean:
            faults += [
                f"{o.id} says {o.verdict}, expected missing" for o in result.tests if o.verdict not in (Verdict.MISSING, Verdict.PENDING)
            ]
        return faults

    return judge


def _full(assignment: Assignment) -> Callable[[Result], list[str]]:
    def judge(result: Result) -> list[str]:
        faults = _failures(result)
        if result.earned is None or Fraction(result.earned) != Fraction(result.possible):
            faults.append(f"earned {result.earned} of {result.possible}")
        return faults

    return judge


def _deserved(assignment: Assignment, example: Example) -> Callable[[Result], list[str]]:
    """Expect the file to lose exactly what it names, by the tests it names."""

    def judge(result: Result) -> list[str]:
        faults = _harness_faults(result)
        if example.deserves is Deserves.ACCEPTED:
            return faults + _failures(result)
        lost = {part.part for part in result.parts if part.state is State.LOST and part.part != "quiz"}
        if "integration" not in example.loses:
            lost.discard("integration")
        faults += [f"{part} is lost, LOSES does not name it" for part in sorted(lost - example.loses.keys())]
        loses = {part: test for part, test in example.loses.items() if part not in pending_parts(result)}
        faults += [f"{part} is not lost, LOSES names it" for part in loses if part not in lost]
        verdicts = {outcome.id: outcome.verdict for outcome in result.tests}
        for part, test in loses.items():
            if test not in verdicts:
                faults.append(f"there is no test {test}")
            elif verdicts[test] is Verdict.PASSED:
                faults.append(f"{test} should catch it for {part}, and passes")
        if example.deserves is Deserves.SLOW and any(
            not part.endswith((f".{Kind.SPEED}", f".{Kind.SPEED_CUDA}")) for part in example.loses
        ):
            faults.append("a slow file loses speed alone")
        return faults

    return judge


def _failures(result: Result) -> list[str]:
    failed = [o for o in result.tests if o.verdict not in (Verdict.PASSED, Verdict.PENDING)]
    return [f"{o.id} says {o.verdict}: {o.message} {o.detail}" for o in failed]


def pending_parts(result: Result) -> set[str]:
    """Return the parts that wait for a device: what they deserve is known only where there is one."""
    return {part.part for part in result.parts if part.state is State.PENDING}


def _harness_faults(result: Result) -> list[str]:
    return [f"{o.id}: the harness failed: {o.detail}" for o in result.tests if o.verdict is Verdict.HARNESS]


def _right_answers(course: Course, assignment: Assignment) -> dict[str, Answer]:
    if assignment.quiz is None:
        return {}
    keys = read_answers_key(course.solution_dir(assignment.topic) / "quiz_answers.toml")
    return {name: key.right if key.value is None else key.value for name, key in keys.items()}

"""Claims about what is in a letter to a student, and what is not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from grader.assignment import Assignment, Integration, Kind, Quiz, Written
from grader.letters import Brief, Drawing, letter
from grader.marks import Mark
from grader.quiz import Key, Question, QuestionKind
from grader.records import ManualMark
from grader.result import Outcome, PartScore, Result, State, Verdict
from grader.submission import Submission
from grader.task import Task
from grader.workspace import Receipt

RECEIPT = Receipt(
    student="ann", topic="toy", attempt=2, digest="sha256:5f0c", received_at=datetime(2026, 11, 21, 10, tzinfo=UTC), original="x",
    files=("toy.py",),
)  # fmt: skip
RESULT = Result(
    topic="toy", submission="sha256:5f0c", grader="g", key="k", backend="b", device="cpu", torch="2", started_at="2026-11-21T10:02:11Z",
    cpu_s=1, wall_s=2, complete=True, earned=20, possible=95, pending=5,
    parts=(
        PartScore(part="double.correctness", points=10, earned=0, state=State.LOST),
        PartScore(part="double.gradient", points=10, earned=0, state=State.BLOCKED),
        PartScore(part="total.correctness", points=15, earned=15, state=State.EARNED),
        PartScore(part="integration", points=6, earned=0, state=State.LOST),
        PartScore(part="quiz", points=8, earned=5, state=State.PARTIAL),
        PartScore(part="written", points=5, earned=0, state=State.PENDING),
    ),
    tests=(
        Outcome(id="public::TestDouble::test_two[a]", part="double.correctness", verdict=Verdict.WRONG, detail="DETAIL",
                message="The result is wrong.\ncalled: double(1)\nEntry 0 is 3, expected 2.", suspected="It triples.", hint=2),
        Outcome(id="hidden::TestDouble::test_secret", part="double.correctness", verdict=Verdict.WRONG, detail="DETAIL",
                message="The result is wrong.", suspected="It triples.", hint=1),
        Outcome(id="hidden::TestTogether::test_all", part="integration", verdict=Verdict.RAISED, message="Your code raised.", detail="DETAIL"),
        Outcome(id="public::TestTotal::test_sum", part="total.correctness", verdict=Verdict.PASSED),
    ),
)  # fmt: skip
ASSIGNMENT = Assignment(
    topic="toy",
    title={"en": "Toy", "zh": "玩具"},
    tasks=(Task(entry="total", points={Kind.CORRECTNESS: 15}), Task(entry="double", points={Kind.CORRECTNESS: 10, Kind.GRADIENT: 10})),
    integration=Integration(points=6),
    quiz=Quiz(points=8),
    written=Written(question="Why?", points=5),
)
BRIEF = Brief(
    course="Course",
    assignment=ASSIGNMENT,
    hints={"double": ("Think.", "Of two.", "Not three."), "total": ("Add.", "More.", "All.")},
    statements={"TestDouble::test_two": "Twice one is two."},
    questions=(
        Question(id="why", text="Which are even?", points=6, options={"a": "two", "b": "three", "c": "four"}),
        Question(id="count", text="How many?", points=2, kind=QuestionKind.NUMERIC),
    ),
    keys={
        "why": Key(right=("a", "c"), explanation="Two divides them."),
        "count": Key(value=5.0, tolerance=0.5, explanation="Five."),
    },
)
MARK = Mark(student="ann", topic="toy", receipt=RECEIPT, attempts=2, result=RESULT, raw=20, possible=95, pending=5, final=18, penalty=2)
SUBMISSION = Submission(
    topic="toy", digest="sha256:5f0c", module="", answers={"why": ("a", "b", "z"), "count": 5.2}, form="notebook",
    written="Because.", left_out=("cell 3: print(1)",),
)  # fmt: skip


def test_what_did_not_pass_is_told_by_task() -> None:
    """Tasks in the order of the assignment, the pieces together last; a public test has its claim and its values, a hidden one neither."""
    double, together = letter(BRIEF, MARK, SUBMISSION).tasks
    assert (double.entry, together.entry) == ("double", "integration")
    public, hidden = double.failures
    assert (public.kind, public.verdict, public.test, public.claim) == (
        "correctness",
        "wrong",
        "TestDouble::test_two[a]",
        "Twice one is two.",
    )
    assert (public.message, public.more) == ("The result is wrong.", "called: double(1)\nEntry 0 is 3, expected 2.")
    assert (hidden.test, hidden.claim, hidden.message, hidden.more) == ("", "", "The result is wrong.", "")


def test_details_and_hidden_names_are_in_no_letter() -> None:
    """What is the instructor's is nowhere among the lines of a letter."""
    told = replace(letter(BRIEF, MARK, SUBMISSION), mark=replace(MARK, result=None))
    assert "DETAIL" not in repr(told)
    assert "test_secret" not in repr(told)
    assert "test_all" not in repr(told)


def test_the_hint_to_start_with_is_the_first_that_a_check_named() -> None:
    """All hints of the task are there; where no check named one, none is marked."""
    double, together = letter(BRIEF, MARK, SUBMISSION).tasks
    assert (double.hints, double.start) == (("Think.", "Of two.", "Not three."), 1)
    assert (together.hints, together.start) == ((), None)


def test_one_suspicion_is_told_once() -> None:
    """A mistake that explains all suspicions of a task stands on top; two of them stand with their tests."""
    double = letter(BRIEF, MARK, SUBMISSION).tasks[0]
    assert double.suspected == "It triples."
    assert {failure.suspected for failure in double.failures} == {""}
    other = replace(RESULT.tests[1], suspected="It halves.")
    two = letter(BRIEF, replace(MARK, result=replace(RESULT, tests=(RESULT.tests[0], other))), SUBMISSION).tasks[0]
    assert (two.suspected, [failure.suspected for failure in two.failures]) == ("", ["It triples.", "It halves."])


def test_a_task_that_is_not_there_is_told_once() -> None:
    """An untouched stub brings one line a task, not one a test, and the hints."""
    tests = tuple(replace(test, verdict=Verdict.MISSING, message="This is not written yet.\ncalled: x") for test in RESULT.tests[:2])
    (task,) = letter(BRIEF, replace(MARK, result=replace(RESULT, tests=tests)), SUBMISSION).tasks
    (failure,) = task.failures
    assert (failure.verdict, failure.message, failure.is_missing) == ("not written yet", "This is not written yet.", True)
    assert len(task.hints) == 3


def test_a_file_that_does_not_import_is_told_once() -> None:
    """One sentence with the student's own line takes the place of every test."""
    said = "Your file does not import: SyntaxError at line 3."
    tests = (
        Outcome(id="hidden::T::a", part="double.correctness", verdict=Verdict.INVALID, message=said),
        Outcome(id="public::T::b", part="total.correctness", verdict=Verdict.INVALID, message=f"{said}\nSyntaxError: invalid syntax"),
    )
    told = letter(BRIEF, replace(MARK, result=replace(RESULT, tests=tests)), SUBMISSION)
    assert told.trouble == f"{said}\nSyntaxError: invalid syntax"
    assert told.tasks == ()


def test_parts_hold_marks_by_hand() -> None:
    """A pending part waits in words; a mark by hand takes its place, with its comment."""
    waiting = letter(BRIEF, MARK, SUBMISSION)
    assert [(part.part, part.words) for part in waiting.parts][-1] == ("written", "waits for a person to read it")
    assert waiting.written is not None
    assert (waiting.written.answer, waiting.written.earned) == ("Because.", None)
    given = ManualMark(student="ann", topic="toy", part="written", answer="x", points=3.5, comment="Nearly.")
    marked = letter(BRIEF, replace(MARK, manual=(given,)), SUBMISSION)
    assert (marked.parts[-1].earned, marked.parts[-1].state, marked.parts[-1].words) == (
        3.5,
        State.PARTIAL,
        "partly earned, marked by hand",
    )
    assert marked.written is not None
    assert (marked.written.earned, marked.written.comment) == (3.5, "Nearly.")


@pytest.mark.parametrize("is_explained", [False, True])
def test_the_quiz_tells_answers_only_when_it_may(is_explained: bool) -> None:
    """Picks and points always; what is right, and why, nowhere in the letter before it may be told."""
    why, count = letter(replace(BRIEF, is_explained=is_explained), MARK, SUBMISSION).questions
    assert [pick.is_picked for pick in why.picks] == [True, True, False]
    assert why.strange == ("z",)
    assert (why.earned, count.earned, count.number) == (0, 2, 5.2)
    assert [pick.is_right for pick in why.picks] == ([True, False, True] if is_explained else [None] * 3)
    assert (why.explanation, count.value) == (("Two divides them.", 5.0) if is_explained else (None, None))


def test_no_answer_is_told_apart_from_a_wrong_one() -> None:
    """Who picked nothing is told so."""
    why, count = letter(BRIEF, MARK, replace(SUBMISSION, answers={})).questions
    assert (why.is_answered, count.is_answered, count.number) == (False, False, None)


def test_a_fault_of_the_harness_tells_nothing_but_itself() -> None:
    """Half a grading shows no part, no test and no picture."""
    broken = replace(MARK, result=replace(RESULT, complete=False, earned=None), raw=None, final=None)
    told = letter(BRIEF, broken, SUBMISSION, drawing=Drawing(why="x"))
    assert not told.is_graded
    assert (told.parts, told.tasks, told.questions, told.written, told.drawing) == ((), (), (), None, None)


def test_what_is_not_graded_has_no_letter() -> None:
    """Asking for one is a mistake of ours."""
    with pytest.raises(ValueError, match="ann has no result"):
        letter(BRIEF, replace(MARK, result=None), SUBMISSION)

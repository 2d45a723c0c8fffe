"""Claims about questions, their key and their points."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import CourseError
from grader.quiz import Key, Question, QuestionKind, read_answers_key, read_quiz, score_quiz

CHOOSE = Question(id="scale", text="Why?", points=4, options={"a": "1", "b": "2", "c": "3", "d": "4"})
NUMBER = Question(id="count", text="How many?", points=3, kind=QuestionKind.NUMERIC)
KEYS = {"scale": Key(right=("a", "c"), explanation="e"), "count": Key(value=2.2, tolerance=0.1, explanation="e")}

QUIZ = """
[[question]]
id = "scale"
text = "Why?"
points = 4
covers = ["Dot-product attention"]
[question.options]
a = "1"
b = "2"

[[question]]
id = "count"
kind = "numeric"
text = "How many?"
points = 3
"""
ANSWERS = """
[scale]
right = ["a"]
explanation = "Because."
[count]
value = 2.5
tolerance = 0
explanation = "Count them."
"""


def earned(answers: dict[str, tuple[str, ...] | float]) -> dict[str, Fraction]:
    return {score.id: score.earned for score in score_quiz((CHOOSE, NUMBER), KEYS, answers)}


@pytest.mark.parametrize(
    ("picks", "points"),
    [
        (("a", "c"), 4), (("c", "a"), 4), (("a",), 2), (("a", "a"), 2), ((), 0), (("b",), 0), (("a", "b"), 0),
        (("a", "c", "b"), 2), (("a", "b", "c", "d"), 0), (("a", "c", "zz"), 2), (("a", "c", "x", "y", "z"), 0), (1.0, 0),
    ],
)  # fmt: skip
def test_a_choice_earns_right_less_wrong(picks: tuple[str, ...] | float, points: int) -> None:
    """A question earns its share of right picks less that of wrong ones; a pick that is no option is wrong."""
    assert earned({"scale": picks})["scale"] == points


@pytest.mark.parametrize(("answer", "points"), [(2.2, 3), (2.3, 3), (2.1, 3), (2.31, 0), (0.0, 0), ((), 0), (("2.2",), 0), (1e308, 0)])
def test_a_number_counts_within_its_tolerance(answer: tuple[str, ...] | float, points: int) -> None:
    """A number at the very edge of the tolerance counts, compared as written."""
    assert earned({"count": answer})["count"] == points


def test_no_answer_and_a_stray_one_earn_nothing() -> None:
    """Questions that were not answered earn 0; answers to no question are ignored."""
    assert earned({"nobody": ("a",)}) == {"scale": 0, "count": 0}


@given(st.sets(st.sampled_from("abcd")))
def test_points_are_exact_and_within_the_question(picks: set[str]) -> None:
    """Whatever is picked, points are a fraction from 0 to the question's, and all only for the key itself."""
    points = earned({"scale": tuple(picks)})["scale"]
    assert 0 <= points <= 4
    assert (points == 4) == (picks == {"a", "c"})


def test_files_are_read(tmp_path: Path) -> None:
    """Questions choose unless they say otherwise; the key is by id."""
    (tmp_path / "quiz.toml").write_text(QUIZ)
    (tmp_path / "quiz_answers.toml").write_text(ANSWERS)
    questions, keys = read_quiz(tmp_path / "quiz.toml"), read_answers_key(tmp_path / "quiz_answers.toml")
    assert [question.kind for question in questions] == ["choose", "numeric"]
    assert questions[0].covers == ("Dot-product attention",)
    assert [score.earned for score in score_quiz(questions, keys, {"scale": ("a",), "count": 2.5})] == [4, 3]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('id = "count"', 'id = "scale"', "question: 'scale' occurs 2 times"),
        ('id = "count"', 'id = "no name"', "question: the id 'no name' is no name"),
        (
            'kind = "numeric"',
            'kind = "essay"',
            "question 2 (count).kind: found \"essay\", expected 'choose' or 'numeric'",
        ),
        ('kind = "numeric"', "", "question (count).options: found 0"),
        ('b = "2"', "", "question (scale).options: found 1"),
        ("points = 3", "points = 0", "question (count).points: found 0, expected at least 1"),
        ("points = 3", "points = 3\noptions = { a = 'x' }", "question (count).options: a numeric question has none"),
        ('["Dot-product attention"]', '[""]', "question (scale).covers: an item is empty"),
        ('"How many?"', '" "', "question (count).text: is empty"),
    ],
)
def test_faults_of_a_quiz(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """Breaking a rule of `quiz.toml` is named with its key path."""
    assert old in QUIZ
    path = tmp_path / "quiz.toml"
    path.write_text(QUIZ.replace(old, new))
    with pytest.raises(CourseError) as caught:
        read_quiz(path)
    assert any(fault in line for line in caught.value.faults), caught.value


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("tolerance = 0", "", "count: value and tolerance stand together"),
        ("tolerance = 0", "tolerance = -1", "count.tolerance: found -1, expected 0 or more"),
        ('right = ["a"]', "", "scale: expected either right = [...] or value"),
        ('right = ["a"]', 'right = ["a", "a"]', "scale.right: an option is listed twice"),
        ('"Because."', '""', "scale.explanation: is empty"),
        ("right", "rigth", "scale.rigth: no such key; did you mean 'right'?"),
    ],
)
def test_faults_of_a_key(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """Breaking a rule of `quiz_answers.toml` is named with its key path."""
    assert old in ANSWERS
    path = tmp_path / "quiz_answers.toml"
    path.write_text(ANSWERS.replace(old, new, 1))
    with pytest.raises(CourseError) as caught:
        read_answers_key(path)
    assert any(fault in line for line in caught.value.faults), caught.value


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"scale": KEYS["scale"]}, "count: is missing"),
        ({**KEYS, "more": KEYS["scale"]}, "more: there is no such question"),
        ({**KEYS, "count": KEYS["scale"]}, "count: the question is numeric, expected value and tolerance"),
        ({**KEYS, "scale": KEYS["count"]}, "scale: the question is choose, expected right options"),
        ({**KEYS, "scale": Key(right=("z",), explanation="e")}, "scale.right: z is no option"),
        ({**KEYS, "scale": Key(right=("a", "b", "c", "d"), explanation="e")}, "scale.right: every option is right"),
    ],
)
def test_a_key_that_does_not_fit_is_the_authors_fault(keys: dict[str, Key], fault: str) -> None:
    """A question without a fitting answer is a `CourseError`, never a student's zero."""
    with pytest.raises(CourseError, match="does not fit") as caught:
        score_quiz((CHOOSE, NUMBER), keys, {})
    assert any(fault in line for line in caught.value.faults)

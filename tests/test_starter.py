"""Claims about the files that students start from."""

import tomllib

from grader.assignment import Written
from grader.quiz import Question, QuestionKind
from grader.starter import empty_answers

QUESTIONS = (
    Question(id="scale", text="Why divide?\nThink twice.", points=1, options={"a": "x", "b": "y"}),
    Question(id="size", text="How many?", points=1, kind=QuestionKind.NUMERIC),
)


def test_empty_answers_are_toml_with_the_questions_beside_them() -> None:
    """Every question has its key with nothing in it, and its text as a comment; the one in words has room between quotes."""
    text = empty_answers(QUESTIONS, Written(question="Why?\nIn three sentences.", points=5))
    assert tomllib.loads(text) == {"scale": [], "size": [], "written": ""}
    assert "# Think twice." in text
    assert "#   b: y" in text
    assert "# In three sentences." in text
    assert "written" not in tomllib.loads(empty_answers(QUESTIONS))

"""What is served is asked by number and refused with a reason; what was not given cannot be asked for."""

import pytest

from grader.result import Failure, Verdict
from grader.sandbox.service import Question, Refusal, Service


class Counter:
    """Counts to three."""

    def __init__(self):
        self.count, self.is_closed = 0, False

    def answer(self, do, what):
        if self.is_closed or self.count == 3:
            raise Refusal("It is over.", kind="state")
        self.count += 1
        return [do, what, self.count]

    def close(self):
        self.is_closed = True


def test_questions_reach_what_has_their_number():
    """Two things count apart; an answer is a value or a refusal with its kind."""
    service = Service()
    first, second = service.add(Counter()), service.add(Counter())
    assert (first, second) == (0, 1)
    assert service.answer(service.question([1, "step", "x"])) == {"value": ["step", "x", 1]}
    assert [service.answer(Question(0, "step", None))["value"][2] for _ in range(3)] == [1, 2, 3]
    assert service.answer(Question(0, "step", None)) == {"refused": ["state", "It is over."]}
    assert service.answer(Question(1, "step", None))["value"][2] == 2


def test_closing_closes_all_and_forgets_none():
    """After closing everything is refused; the numbers stay known, since a student may hold on to what he was given."""
    service = Service()
    service.add(Counter())
    service.close()
    assert "refused" in service.answer(service.question([0, "step", None]))


@pytest.mark.parametrize(
    "raw",
    [None, 0, [0, "step"], [0, "step", 1, 2], [1, "step", None], [-1, "step", None], [True, "step", None], [0, 1, None], (0, "step", None)],
)
def test_what_is_no_question_is_forged(raw):
    """Another shape, another type, and a number that was not given."""
    service = Service()
    service.add(Counter())
    with pytest.raises(Failure) as told:
        service.question(raw)
    assert told.value.verdict is Verdict.FORGED


def test_a_refusal_explains_the_exception_that_followed():
    """Only of the latest question, only once, and only where the student's code raised."""
    service = Service()
    service.add(Counter())
    raised = Failure(Verdict.RAISED, "Your code raised RuntimeError.", shown="text")
    assert service.explained(raised) is raised
    service.close()
    service.answer(Question(0, "step", None))
    late = Failure(Verdict.MEMORY, "Too much.")
    assert service.explained(late) is late
    service.answer(Question(0, "step", None))
    explained = service.explained(raised)
    assert (explained.message, explained.shown) == ("It is over. Your code raised RuntimeError.", "text")
    assert service.explained(raised) is raised

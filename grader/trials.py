"""Turns a topic into the trials of programs that the course itself wrote: what a judge is asked, and what it answers.

The reference shows the inputs that every student can see; a mutant of it shows which test kills it, or that none does.
`grader.proving` tries them.
"""

import msgspec

from grader.assignment import Assignment, Kind
from grader.course import Course
from grader.mutants import Mutant, mutants
from grader.studies import Fate

KINDS = (Kind.CORRECTNESS, Kind.GRADIENT, Kind.PROPERTY)
NOT_LOADED, OUT_OF_TIME, CRASHED = "it does not load", "it does not end", "it ends the process"


class Trial(msgspec.Struct, kw_only=True, tag="trial", tag_field="of"):
    """What a judge is asked: the published inputs, or the fates of mutants, tried in `shares` forks side by side."""

    inputs: bool = False
    again: dict[str, str | None] | None = None  # of these mutants alone, by digest: the test that killed each
    shares: int = 1


class Answer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One line of what comes back: the fate of a mutant, the inputs, what went wrong, or the end."""

    fate: Fate | None = None
    seen: list[str] = []
    fault: str = ""  # the author's
    trouble: str = ""  # the harness's
    is_end: bool = False


def mutants_of(course: Course, assignment: Assignment) -> tuple[Mutant, ...]:
    """Return the mutants of the tasks that have a part which mutants are tried against.

    A task with levels has none: its design is the student's own, so that another number of filters is no mistake. It is measured instead.
    """
    text = (course.solution_dir(assignment.topic) / f"{assignment.topic}.py").read_text(encoding="utf-8")
    return mutants(text, [task.entry for task in assignment.tasks if set(task.points) & set(KINDS) and task.levels is None])

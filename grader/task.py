"""Turns one `[[task]]` of an assignment into a frozen `Task`, and into the rules it breaks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import with_config

from grader.limits import DEFAULT_LIMITS, Limits
from grader.tables import STRICT, suggestion

LEVELS = ("simple", "medium", "strong", "boss")
"""The levels of a performance part, each worth a quarter of its points."""

MOST_POINTS_OF_A_PART = 15


class Kind(StrEnum):
    """What a part of a task tests."""

    CORRECTNESS = "correctness"
    GRADIENT = "gradient"
    PROPERTY = "property"
    SPEED = "speed"
    SPEED_CUDA = "speed_cuda"
    PERFORMANCE = "performance"


LEAST_SPEED_LIMIT = 2.0
"""The tightest ratio to the reference's time that a task may ask for: tests/benchmarks/clocks.py shows how far it is from equal code."""


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Speed:
    """A CPU-time ratio to the reference, and the `slow/` file that must exceed it."""

    limit: float
    slower: str


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing a student writes: a function, a class, or a method of a class whose `__init__` is given."""

    entry: str
    points: Mapping[Kind, int]
    needs: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    covers: Mapping[str, str] = field(default_factory=dict)
    speed: Speed | None = None
    levels: Mapping[str, float] | None = None
    limits: Limits = DEFAULT_LIMITS


def needed(entry: str, tasks: Sequence[Task]) -> tuple[str, ...]:
    """Return what `entry` may call of `tasks`, transitively, in their order; itself too where needs run in a circle."""
    needs = {task.entry: task.needs for task in tasks}
    reached: set[str] = set()
    waiting = list(needs[entry])
    while waiting:
        need = waiting.pop()
        if need not in reached:
            reached.add(need)
            waiting += needs.get(need, ())
    return tuple(name for name in needs if name in reached)


def task_faults(task: Task, tasks: Sequence[Task], given: Sequence[str]) -> Iterator[str]:
    """Yield each rule that `task` breaks among the `tasks` and `given` definitions of its topic, from its key on."""
    yield from _entry_faults(task, tasks, given)
    yield from _points_faults(task)
    yield from _needs_faults(task, tasks, given)
    yield from _extras_faults(task)
    yield from covers_faults(task.covers)
    yield from (f"forbid: {name!r} is no dotted name" for name in task.forbid if not _is_dotted(name))


def _entry_faults(task: Task, tasks: Sequence[Task], given: Sequence[str]) -> Iterator[str]:
    owner, _, method = task.entry.partition(".")
    if not is_definition(task.entry):
        yield f"entry: found {task.entry!r}, expected 'name' or 'Class.method'"
    elif method:
        if f"{owner}.__init__" not in given:
            yield f"entry: a method is a task only where its class's __init__ is given; add '{owner}.__init__' to given"
        if owner in {other.entry for other in tasks}:
            yield f"entry: the class {owner!r} is a task too; a class whose __init__ students write is one task"
        if owner in given:
            yield f"entry: the class {owner!r} is given whole; give its methods one by one"


def _points_faults(task: Task) -> Iterator[str]:
    if not task.points:
        yield "points: is empty, expected points of at least one kind"
    elif Kind.CORRECTNESS not in task.points and set(task.points) != {Kind.PERFORMANCE}:
        yield "points: found no 'correctness', without which the other parts cannot be earned"
    for kind, points in task.points.items():
        yield from points_faults(f"points.{kind}", points)


def _needs_faults(task: Task, tasks: Sequence[Task], given: Sequence[str]) -> Iterator[str]:
    entries = [other.entry for other in tasks]
    for need in task.needs:
        if need in given:
            yield f"needs: {need!r} is given, so it is always there; leave it out"
        elif need not in entries:
            yield f"needs: there is no task {need!r}{suggestion(need, entries)}"
        elif need == task.entry:
            yield f"needs: {need!r} is the task itself"
    reached = needed(task.entry, tasks)
    if task.entry in reached and task.entry not in task.needs:
        others = ", ".join(repr(entry) for entry in reached if entry != task.entry)
        yield f"needs: a circle through {others} leads back to {task.entry!r}"


def _extras_faults(task: Task) -> Iterator[str]:
    timed = Kind.SPEED in task.points or Kind.SPEED_CUDA in task.points
    if timed and not task.speed:
        yield "speed: is missing, a speed part needs speed = { limit = …, slower = … }"
    if task.speed and not timed:
        yield "speed: there is no part 'speed' or 'speed_cuda' in points"
    if task.speed and task.speed.limit < LEAST_SPEED_LIMIT:
        yield f"speed.limit: found {task.speed.limit:g}, expected at least {LEAST_SPEED_LIMIT:g}: less is too near to noise"
    if task.speed and not task.speed.slower.isidentifier():
        yield f"speed.slower: found {task.speed.slower!r}, expected the name of a file of submissions/slow/ without .py"
    if (Kind.PERFORMANCE in task.points) != (task.levels is not None):
        yield "levels: stand in a task if, and only if, points has 'performance'"
    if task.levels is not None:
        yield from _levels_faults(task.levels)


def _levels_faults(levels: Mapping[str, float]) -> Iterator[str]:
    if tuple(levels) != LEVELS:
        yield f"levels: found {', '.join(levels) or 'none'}, expected {', '.join(LEVELS)}, in this order"
    steps = [after - before for before, after in zip(levels.values(), list(levels.values())[1:], strict=False)]
    if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        values = ", ".join(f"{value:g}" for value in levels.values())
        yield f"levels: found {values}, expected each harder than the one before"


def points_faults(key: str, points: int) -> Iterator[str]:
    """Yield what is wrong with the `points` of one part."""
    if not 1 <= points <= MOST_POINTS_OF_A_PART:
        yield f"{key}: found {points}, expected 1 to {MOST_POINTS_OF_A_PART}"


def covers_faults(covers: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with a table of items and tests."""
    for item, test in covers.items():
        if not item.strip() or not test.strip():
            yield f"covers: found {item!r} = {test!r}, expected an item and the test that would fail without it"


def is_definition(name: str) -> bool:
    """Tell whether `name` can name a top-level definition or a method."""
    return _is_dotted(name) and name.count(".") <= 1


def _is_dotted(name: str) -> bool:
    return all(piece.isidentifier() for piece in name.split("."))

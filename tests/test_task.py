"""Claims about one `[[task]]`."""

from hypothesis import given
from hypothesis import strategies as st

from grader.task import Kind, Task, needed, task_faults

NAMES = st.sampled_from(["a", "b", "c", "d"])


def task(entry: str, *needs: str) -> Task:
    return Task(entry=entry, needs=needs, points={Kind.CORRECTNESS: 10})


@given(
    st.lists(
        st.tuples(NAMES, st.lists(NAMES | st.just("absent"), max_size=3)),
        min_size=1,
        max_size=4,
        unique_by=lambda t: t[0],
    )
)
def test_needs_that_run_in_a_circle_are_always_seen(drawn: list[tuple[str, list[str]]]) -> None:
    """Whatever the needs, finding them ends, and a task that reaches itself is told so."""
    tasks = [task(entry, *needs) for entry, needs in drawn]
    for one in tasks:
        says = [fault for fault in task_faults(one, tasks, []) if "circle" in fault or "itself" in fault]
        assert bool(says) == (one.entry in needed(one.entry, tasks))


def test_a_sound_task_breaks_no_rule() -> None:
    """A function, a class and a method of a class whose `__init__` is given are tasks."""
    tasks = [task("f"), task("C", "f"), task("D.forward", "C")]
    assert [fault for one in tasks for fault in task_faults(one, tasks, ["D.__init__"])] == []

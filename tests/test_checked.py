"""Claims about the table of a student's own checks."""

import io

from rich.console import Console

from grader.checked import CheckedPart, CheckedTask, CheckReport, Standing, check_json, check_table
from grader.failures import Failed
from grader.result import Verdict


def failure(part: str, message: str = "The result is wrong.", verdict: Verdict = Verdict.WRONG, **more: object) -> Failed:
    told = {"test": "public::TestDouble::test_two", "count": 1, "suspected": "", "hint": None, **more}
    return Failed(part=part, verdict=verdict, message=message, **told)  # type: ignore[arg-type]


def part(name: str, standing: Standing, points: int = 10, *waits_for: str) -> CheckedPart:
    return CheckedPart(name=name, points=points, standing=standing, waits_for=waits_for)


WRONG = failure("double.correctness", suspected="It multiplies with three.", hint=1)
REPORT = CheckReport(
    topic="toy",
    module="toy.py",
    tasks=(
        CheckedTask(
            entry="double",
            parts=(part("double.correctness", Standing.FAILS), part("double.gradient", Standing.PASSES, 5)),
            failures=(WRONG,),
            hint="Think of two.",
        ),
        CheckedTask(entry="quadruple", parts=(part("quadruple.correctness", Standing.WAITS, 15, "double"),)),
        CheckedTask(
            entry="total",
            parts=(part("total.correctness", Standing.UNWRITTEN),),
            failures=(failure("total.correctness", "This is not written yet.", Verdict.MISSING),),
        ),
        CheckedTask(entry="integration", parts=(part("integration", Standing.LATER),)),
    ),
    left_out=("cell 3: print(x)",),
    answered=2,
    questions=8,
    is_written=False,
)


def shown(report: CheckReport, width: int = 80, *, show_hints: bool = False) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(check_table(report, show_hints=show_hints))
    return out.getvalue()


def test_the_table_says_what_to_do_next() -> None:
    """Each part with its points; the failure with what it looks like and where to look; what waits, and for what."""
    told = shown(REPORT)
    for words in (
        "✗ fails", "✓ passes", "… waits for double", "· not written yet", "checked when graded", "The result is wrong.",
        "Perhaps: It multiplies with three.", "Hint 1 of `double` in handout.md may help.", "Left out of the notebook: cell 3: print(x)",
        "Quiz: 2 of 8 answered.", "The question in words: not answered yet.", "worth up to 5 of 50 points",
    ):  # fmt: skip
        assert words in told, words
    assert "This is not written yet." not in told


def test_a_hint_is_read_only_where_it_is_asked_for() -> None:
    """Hints are opened one by one."""
    assert "Think of two." not in shown(REPORT)
    assert "Think of two." in shown(REPORT, show_hints=True)


def test_nothing_of_a_student_moves_the_terminal() -> None:
    """Escapes and markup in a message are letters."""
    hostile = failure("double.correctness", "got [red]x[/red] \x1b[2J")
    task = CheckedTask(entry="double", parts=(part("double.correctness", Standing.FAILS),), failures=(hostile,))
    told = shown(CheckReport(topic="toy", module="toy.py", tasks=(task,)))
    assert "[red]x[/red] \\x1b[2J" in told


def test_the_first_failure_stands_for_its_task() -> None:
    """It is told in full, the others as a number; the next task's first one is told too."""
    many = tuple(failure("double.correctness", f"Wrong {number}.") for number in range(5))
    tasks = tuple(
        CheckedTask(entry=entry, parts=(part(f"{entry}.correctness", Standing.FAILS),), failures=many) for entry in ("double", "half")
    )
    told = shown(CheckReport(topic="toy", module="toy.py", tasks=tasks))
    assert told.count("Wrong 0.") == 2
    assert "Wrong 1." not in told
    assert told.count("4 more of this task's checks fail.") == 2


def test_one_hint_is_opened_at_a_time() -> None:
    """Of two tasks that fail, the first one's."""
    tasks = [
        CheckedTask(entry=name, parts=(part(f"{name}.correctness", Standing.FAILS),), failures=(WRONG,), hint_level=1, hint=f"Of {name}.")
        for name in ("double", "half")
    ]
    told = shown(CheckReport(topic="toy", module="toy.py", tasks=tuple(tasks)), show_hints=True)
    assert "Of double." in told
    assert "Of half." not in told


def test_neighbours_that_wait_for_the_same_say_it_once() -> None:
    """A task of three parts reads in three short lines."""
    parts = tuple(part(f"attend.{kind}", Standing.WAITS, 5, "scores") for kind in ("correctness", "gradient", "property"))
    told = shown(CheckReport(topic="toy", module="toy.py", tasks=(CheckedTask(entry="attend", parts=parts),)))
    assert told.count("waits for scores") == 1
    assert told.count("… waits too") == 2


def test_a_module_that_is_no_use_has_no_table() -> None:
    """The reason alone; it does not pass, and nothing is said of points."""
    report = CheckReport(topic="toy", module="toy.py", fault="toy.py, line 3: '(' was never closed.", questions=8)
    told = shown(report)
    assert "line 3: '(' was never closed." in told
    assert "Quiz: 0 of 8 answered." in told
    assert "points" not in told
    assert not report.passed


def test_plain_data_tells_the_same() -> None:
    """For a machine: whether all passes, and the points of what does."""
    told = check_json(REPORT)
    assert (told["passed"], told["points"]) == (False, 5)
    assert told["tasks"][1]["parts"][0]["waits_for"] == ("double",)

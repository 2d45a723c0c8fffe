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
        "✗ fails", "✓ passes", "… waits for double", "· not written yet", "? checked when graded", "The result is wrong.",
        "Perhaps: It multiplies with three.", "Hint 1 of `double` in handout.md may help.", "Left out of the notebook: cell 3: print(x)",
        "Quiz: 2 of 8 answered.", "The question in words: not answered yet.", "pass for parts of 5 of 50 points", "a mark never comes from here",
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


def test_many_failures_are_a_few_and_a_number() -> None:
    """The first three explain the others; the same sentence twice is said once."""
    many = tuple(failure("double.correctness", f"Wrong {number}.") for number in range(5))
    tasks = tuple(
        CheckedTask(entry=entry, parts=(part(f"{entry}.correctness", Standing.FAILS),), failures=many) for entry in ("double", "half")
    )
    told = shown(CheckReport(topic="toy", module="toy.py", tasks=tasks))
    assert told.count("Wrong 2.") == 1
    assert "Wrong 3." not in told
    assert "double: 2 more, once these are mended." in told


def test_plain_data_tells_the_same() -> None:
    """For a machine: whether all passes, and the points of what does."""
    told = check_json(REPORT)
    assert (told["passed"], told["points"]) == (False, 5)
    assert told["tasks"][1]["parts"][0]["waits_for"] == ("double",)

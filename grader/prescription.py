"""Turns a doctor's report into a table for a terminal, and into what to do next: commands on lines of their own, to be copied."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from grader.printable import printable_lines
from grader.reports import Ability, DoctorReport, Finding

STYLES = {Ability.OK: "green", Ability.LIMITED: "yellow", Ability.MISSING: "red"}


def doctor_table(report: DoctorReport) -> Table:
    """Return the findings as a table; states are words, and colours only repeat them."""
    table = Table()
    for column in ("", "", "found"):
        table.add_column(column, overflow="fold")
    for finding in report.findings:
        table.add_row(Text(finding.name), Text(finding.state, STYLES[finding.state]), Text(_told(finding)))
    return table


def next_steps(report: DoctorReport) -> str:
    """Return what this machine is good for, and each command that mends something, however long, on one line."""
    return "\n".join(_steps(report))


def _told(finding: Finding) -> str:
    return "\n".join(printable_lines(text) for text in (finding.found, finding.advice) if text)


def _steps(report: DoctorReport) -> Iterator[str]:
    if report.can_grade and report.must_grade:
        yield f"This machine can grade: grader grade TOPIC --workers {report.workers}"
    elif report.can_check:
        if report.must_grade:
            yield "No sandbox starts here, so nothing can be graded."
        yield "The public checks run: grader check"
    else:
        yield "This machine can neither grade nor check: Python or a package is missing."
    if report.commands:
        yield "\nTo mend what is not ok:\n"
        yield from (f"  {printable_lines(command)}" for command in report.commands)

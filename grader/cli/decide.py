"""Turns the words of decisions about one student (extend, choose) into calls of workflows."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from grader.cli.complete import complete_student, complete_topic
from grader.cli.options import course_option, workspace_option
from grader.course import load_course
from grader.lateness import shown_time
from grader.workspace import Workspace

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Moment(click.ParamType[datetime]):
    """A moment as people write it: `2026-12-01 23:59`, with a zone or in the course's."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment, without a zone where none is written."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; write it as 2026-12-01T23:59 or 2026-12-01T23:59+08:00.", param, ctx)
        if len(value.strip()) <= len("2026-12-01"):
            self.fail(f"{value!r} has no hour; write it as {value.strip()}T23:59.", param, ctx)
        return moment


class Length(click.ParamType[timedelta]):
    """A length of time: `90m`, `36h`, `2d`, `1w`."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the length."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,4})\s*([mhdw])", value.strip())
        if found is None:
            self.fail(f"{value!r} is no length of time; write it as 90m, 36h, 2d or 1w.", param, ctx)
        return int(found[1]) * UNITS[found[2]]


@click.command()
@click.argument("topic", shell_complete=complete_topic)
@click.argument("student", shell_complete=complete_student)
@click.option("--until", type=Moment(), help="The new date, such as 2026-12-01T23:59; in the course's time zone if none is written.")
@click.option("--by", type=Length(), help="How long past the due date: 90m, 36h, 2d, 1w.")
@click.option("--reason", default="", help="For your own records; students do not see it.")
@click.option("--remove", is_flag=True, help="Take the extension back.")
@workspace_option
@course_option
def extend(
    topic: str, student: str, until: datetime | None, by: timedelta | None, reason: str, remove: bool, workspace: Path, start: Path
) -> None:  # fmt: skip
    r"""Give STUDENT more time for TOPIC. What was handed in already is weighed anew.

    \b
    Example:  grader extend self_attention ann --by 2d --reason "ill, with a note"
    """
    from grader.workflow.decide import extend as give_time
    from grader.workflow.decide import take_back

    if (until is not None) + (by is not None) + remove != 1:
        raise click.UsageError("Give one of --until, --by and --remove.")
    course = load_course(start)
    if remove:
        take_back(course, Workspace(workspace), topic, student)
        click.echo(f"{student} has no more time for {topic} than everybody else.")
    else:
        given = give_time(course, Workspace(workspace), topic, student, until=until, by=by, reason=reason)
        click.echo(f"{student} has time for {topic} until {shown_time(given.until)}.")


@click.command()
@click.argument("topic", shell_complete=complete_topic)
@click.argument("student", shell_complete=complete_student)
@click.argument("attempt", type=click.IntRange(1))
@workspace_option
@course_option
def choose(topic: str, student: str, attempt: int, workspace: Path, start: Path) -> None:
    r"""Let one ATTEMPT of STUDENT at TOPIC count, in a course where chosen attempts do.

    \b
    Example:  grader choose self_attention ann 2
    """
    from grader.workflow.decide import choose as choose_attempt

    receipt = choose_attempt(load_course(start), Workspace(workspace), topic, student, attempt)
    click.echo(f"Attempt {receipt.attempt} of {student} at {topic} counts. Grade it if it is not graded yet: grader grade {topic}")

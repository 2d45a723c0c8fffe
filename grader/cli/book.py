"""Turns the words of a gradebook (record, rebuild, export, open) into calls of workflows."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.complete import complete_topic
from grader.cli.options import REFUSED, Commands, course_option, json_option, show, workspace_option
from grader.course import load_course
from grader.workspace import Workspace

if TYPE_CHECKING:
    from grader.workflow.book import Recorded

db_option = click.option(
    "--db",
    envvar="GRADER_BOOK",
    default="",
    metavar="URL",
    help="Where the book is: sqlite:///FILE or postgresql+psycopg2://…; default: gradebook.db in the workspace. [env: GRADER_BOOK]",
)


@click.group(cls=Commands)
def book() -> None:
    r"""Keep the class's gradebook: nbgrader's, which its formgrader shows and its export reads.

    \b
    A week:   grader book record --all     the marks go into the book
              grader book open             people mark the answers in words
              grader book export           a CSV with raw and final marks
    """


@book.command()
@click.argument("topic", shell_complete=complete_topic, nargs=-1)
@click.option("--all", "every", is_flag=True, help="Record every topic that somebody handed in.")
@db_option
@workspace_option
@course_option
@json_option
def record(topic: tuple[str, ...], every: bool, db: str, workspace: Path, start: Path, as_json: bool) -> None:
    r"""Write the marks of each TOPIC into the book. What people gave there by hand is taken over first, and stays.

    Doing it twice changes nothing. Exit code 1 says that somebody's work is left out, for it is not graded or not by today's grader.

    \b
    Example:  grader book record --all
    """
    from grader.workflow.book import record as record_topics

    if bool(topic) == every:
        raise click.UsageError("Name topics, or give --all.")
    _tell(record_topics(load_course(start), Workspace(workspace), topic, db), as_json)


@book.command()
@db_option
@workspace_option
@course_option
@json_option
def rebuild(db: str, workspace: Path, start: Path, as_json: bool) -> None:
    r"""Write every topic into the book anew, from receipts, results and the marks that people gave by hand.

    It happens at once or not at all. What other topics the book holds stays.

    \b
    Example:  grader book rebuild
    """
    from grader.workflow.book import rebuild as rebuild_book

    _tell(rebuild_book(load_course(start), Workspace(workspace), db), as_json)


@book.command()
@click.argument("topic", shell_complete=complete_topic, nargs=-1)
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), default=Path("grades.csv"), show_default=True, help="The CSV.")
@db_option
@workspace_option
@course_option
def export(topic: tuple[str, ...], to: Path, db: str, workspace: Path, start: Path) -> None:
    r"""Record each TOPIC, or all, and write nbgrader's CSV: raw score, what lateness takes off, score.

    Two columns are ours: the points still pending, and a note, such as why something is taken off.

    \b
    Example:  grader book export --to grades.csv
    """
    from grader.workflow.book import export as export_book

    recorded = export_book(load_course(start), Workspace(workspace), to, topic, db)
    click.echo(to)
    _tell_left_out(recorded)


@book.command("open")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of this machine; default: one that is free.")
@db_option
@workspace_option
@course_option
def open_formgrader(port: int, db: str, workspace: Path, start: Path) -> None:
    r"""Start formgrader, where people mark what is written in words. Ctrl-C ends it.

    On a server, forward its port first: ssh -L 8888:127.0.0.1:8888 HOST, and give --port 8888.

    \b
    Example:  grader book open
    """
    from grader.workflow.book import formgrader

    found = formgrader(load_course(start), Workspace(workspace), db, port)
    click.echo(f"formgrader opens at {found.url}\nWhat people give there is taken over by: grader book record --all")
    os.chdir(found.folder)
    os.execve(found.command[0], found.command, {**os.environ, **found.environment})  # noqa: S606 - what stops us stops the server


def _tell(recorded: "Sequence[Recorded]", as_json: bool) -> None:
    from grader.workflow.book import Fate, plain

    if as_json:
        show(plain(recorded), as_json)
    for one in recorded if not as_json else ():
        counts = ", ".join(f"{one.count(fate)} {fate}" for fate in Fate)
        taken = f"; marks by hand of {one.taken} taken over" if one.taken else ""
        click.echo(f"{one.topic}: {counts}{taken}")
    _tell_left_out(recorded)


def _tell_left_out(recorded: "Sequence[Recorded]") -> None:
    """Say on standard error who is not in the book as they are now; exit with 1 if anybody is not."""
    for one in recorded:
        for line in one.left_out:
            click.echo(f"{one.topic}: {line.student} is left out: {line.reason}", err=True)
    sys.exit(REFUSED if any(one.left_out for one in recorded) else 0)

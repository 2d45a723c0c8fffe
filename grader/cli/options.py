"""Turns what every command shares (options, exit codes, tables, progress) into one look."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from grader.errors import CourseError, HarnessError, SubmissionError

REFUSED, HARNESS_FAULT = 1, 3
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

course_option = click.option(
    "--course",
    "start",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The course's repository; default: this folder or one above it.",
)
workspace_option = click.option(
    "--workspace",
    type=click.Path(path_type=Path),
    default=Path("workspace"),
    show_default=True,
    help="Where submissions and results are kept.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
workers_option = click.option(
    "--workers", type=click.IntRange(1), default=CORES, show_default="one a core", help="Submissions graded side by side."
)


class Commands(click.Group):
    """Turns our errors into messages and exit codes: 1 something was refused, 2 usage, 3 the harness failed."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; our errors become a sentence on standard error."""
        try:
            return super().invoke(ctx)
        except (CourseError, SubmissionError) as error:
            click.echo(f"grader: {error}", err=True)
            ctx.exit(REFUSED)
        except HarnessError as error:
            click.echo(f"grader: {error}", err=True)
            ctx.exit(HARNESS_FAULT)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of a term, not of the alphabet."""
        return list(self.commands)


def show(thing: Any, as_json: bool) -> None:
    """Print a table for people, or plain data as JSON."""
    if as_json:
        click.echo(json.dumps(thing, indent=2, ensure_ascii=False))
    else:
        Console(width=None if sys.stdout.isatty() else 160).print(thing)


@contextmanager
def progress_bar(title: str) -> Iterator[Any]:
    """Show a bar on standard error while something runs; Ctrl-C says how to go on."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    except KeyboardInterrupt:
        click.echo("Interrupted. What was graded is kept; run the same command again to go on.", err=True)
        sys.exit(130)

"""Turns what every command shares (options, exit codes, tables, progress) into one look."""

import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from grader.errors import CourseError, HarnessError, SubmissionError

REFUSED, HARNESS_FAULT = 1, 3
LONGEST_SENTENCE = 150
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
    "--workers",
    type=click.IntRange(1),
    default=CORES,
    show_default="one a core",
    help="Submissions graded side by side, no more than there are cores.",
)


class Commands(click.Group):
    """Turns our errors into messages and exit codes: 1 something was refused, 2 usage, 3 the harness failed.

    `sections` are headings with the names of commands below them, for `--help`.
    """

    def __init__(self, *args: Any, sections: Mapping[str, Sequence[str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections = dict(sections or {})
        _keep_lines(self)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Take a command in; its example keeps its lines."""
        _keep_lines(cmd)
        super().add_command(cmd, name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; our errors become a sentence on standard error."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal that knows ASCII alone shows ? for a letter, and no traceback
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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands under their headings, in columns that run through; a command under none comes last, not never."""
        under_one = {name for names in self.sections.values() for name in names}
        others = [name for name in self.list_commands(ctx) if name not in under_one]
        widest = max(map(len, self.commands), default=0)
        for heading, names in (*self.sections.items(), ("More" if self.sections else "Commands", others)):
            present = [self.commands[name] for name in names if name in self.commands]
            rows = [(f"{command.name:<{widest}}", command.get_short_help_str(limit=LONGEST_SENTENCE)) for command in present]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


def _keep_lines(command: click.Command) -> None:
    r"""Turn the words `\b` of a raw docstring into the character that keeps click from filling the paragraph below it."""
    if command.help:
        command.help = command.help.replace("\\b\n", "\b\n")


def show(thing: Any, as_json: bool) -> None:
    """Print a table for people, or plain data as JSON."""
    if as_json:
        is_unicode = str(sys.stdout.encoding).casefold().replace("-", "") == "utf8"
        click.echo(json.dumps(thing, indent=2, ensure_ascii=not is_unicode))
    else:
        from rich.console import Console  # not at the top: a shell that completes a word waits for every import

        Console(width=None if sys.stdout.isatty() else 160).print(thing)


@contextmanager
def progress_bar(title: str) -> Iterator[Any]:
    """Show a bar on standard error while something runs; Ctrl-C says how to go on."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
    except KeyboardInterrupt:
        click.echo("Interrupted. What was done is kept; run the same command again to go on.", err=True)
        sys.exit(130)

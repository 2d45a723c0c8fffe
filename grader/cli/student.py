"""Turns the words of a student (check, pack) into calls of workflows, in a release's folder."""

import codecs
import io
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from grader.cli.complete import complete_topic
from grader.cli.options import REFUSED, json_option, show
from grader.errors import CourseError, SubmissionError

INTERRUPTED = 130
PLAIN = {"✓": "+", "✗": "x", "·": ".", "…": "~"}
POLL_S = 0.3
SETTLE_S = 0.2  # editors write a file in several steps

Stamps = Mapping[Path, tuple[int, int]]

topic_argument = click.argument("topic", required=False, shell_complete=complete_topic)
submission_option = click.option(
    "--submission",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The module or notebook to take; default: the one that you changed.",
)


@click.command()
@topic_argument
@submission_option
@click.option("--watch", is_flag=True, help="Check again at every save, until Ctrl-C.")
@click.option("--hint", "show_hints", is_flag=True, help="Show the text of the hint to open next.")
@json_option
def check(topic: str | None, submission: Path | None, watch: bool, show_hints: bool, as_json: bool) -> None:
    r"""Check your work in a release's folder, task by task: what passes, what fails and why, where to look.

    Exit code 1 says that something does not pass yet. Nothing here is a mark; your instructor grades what you hand in.
    What your code prints is not shown: run `python -m pytest` to see it.

    \b
    Examples: grader check
              grader check --watch
              grader check --submission self_attention.ipynb --hint
    """
    if watch and as_json:
        raise click.UsageError("--watch shows tables; leave out --json.")
    _bear_any_letter()
    try:
        if watch:
            _watch(topic, submission, show_hints)
        sys.exit(0 if _checked(topic, submission, show_hints, as_json) else REFUSED)
    except KeyboardInterrupt:
        sys.exit(0 if watch else INTERRUPTED)


@click.command()
@topic_argument
@submission_option
@click.option("--to", type=click.Path(path_type=Path), help="The .zip to write, or a folder for it; default: the release's folder.")
def pack(topic: str | None, submission: Path | None, to: Path | None) -> None:
    r"""Write the file to hand in, and say what is in it.

    \b
    Example:  grader pack
    """
    from grader.workflow.pack import pack as pack_work

    _bear_any_letter()
    packed = pack_work(Path(), submission, to, topic=topic)
    click.echo(f"{packed.path.name} is ready to hand in ({packed.digest[:23]}…). In it:")
    for name, size in packed.files.items():
        click.echo(f"  {name:24} {max(1, round(size / 1024)):5} KiB")
    if packed.unwritten:
        click.echo(f"Not written yet: {', '.join(packed.unwritten)}.")
    if packed.questions:
        click.echo(f"Quiz: {packed.answered} of {packed.questions} answered.")
    for line in packed.left_out:
        click.echo(f"Left out of the notebook: {line}")
    for warning in packed.warnings:
        click.echo(f"Warning: {warning}", err=True)


def _bear_any_letter() -> None:
    """Let a terminal or a pipe that does not know a letter get another one: Windows' code pages have few."""
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(letter, "?") for letter in error.object[error.start : error.end]), error.end


def _checked(topic: str | None, submission: Path | None, show_hints: bool, as_json: bool, look: Callable[[], None] | None = None) -> bool:
    """Check, show what came of it, and return whether all passes; `look` is called all the while, and may break it off."""
    from rich.console import Console

    from grader.checked import check_json, check_table
    from grader.workflow.check import check as check_work

    with _bar() as told:

        def tick(done: int, total: int) -> None:
            told(done, total)
            if look is not None:
                look()

        report = check_work(Path(), submission, topic=topic, tick=tick)
    if as_json:
        show(check_json(report), as_json)
    else:
        Console().print(check_table(report, show_hints=show_hints))
    return report.passed


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how far the checks are."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("Checking"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


class _SavedError(Exception):
    """A file was saved while its checks were running."""


def _watch(topic: str | None, submission: Path | None, show_hints: bool) -> None:
    """Check, and again whenever a file that counts was saved, at once where checks are still running."""
    while True:
        seen = _stamps(topic, submission)

        def look(seen: Stamps = seen) -> None:
            if _stamps(topic, submission) != seen:
                raise _SavedError

        if sys.stdout.isatty():
            click.clear()
        try:
            _checked(topic, submission, show_hints, False, look)
        except (CourseError, SubmissionError) as error:
            click.echo(f"grader: {error}")
        except _SavedError:
            click.echo("Saved meanwhile; checking again.")
        else:
            click.echo("Waiting for the next save; Ctrl-C ends it.")
        sys.stdout.flush()
        _wait(topic, submission, seen)


def _wait(topic: str | None, submission: Path | None, seen: Stamps) -> None:
    while (now := _stamps(topic, submission)) == seen or not now:
        time.sleep(POLL_S)
    while True:  # until the editor has done
        time.sleep(SETTLE_S)
        if now == (now := _stamps(topic, submission)):
            return


def _stamps(topic: str | None, submission: Path | None) -> Stamps:
    """Return when each file that may count was saved, and how large it is; one that an editor is replacing is none."""
    folders = [Path(), *([Path(topic)] if topic else [])]
    paths = [path for folder in folders for pattern in ("*.py", "*.ipynb", "answers.toml") for path in folder.glob(pattern)]
    found = {}
    for path in [*paths, *([submission] if submission else [])]:
        try:
            state = path.stat()
        except OSError:
            continue
        found[path] = (state.st_mtime_ns, state.st_size)
    return found

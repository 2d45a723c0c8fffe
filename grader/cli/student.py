"""Turns the words of a student (check, pack, figure) into calls of workflows, in a release's folder."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path

import click

from grader.cli.options import REFUSED, json_option, show
from grader.errors import CourseError, SubmissionError

submission_option = click.option(
    "--submission",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The module or notebook to take; default: the one that you changed.",
)
POLL_S = 0.3
SETTLE_S = 0.2  # editors write a file in several steps


@click.command()
@submission_option
@click.option("--watch", is_flag=True, help="Check again at every save, until Ctrl-C.")
@click.option("--hint", "show_hints", is_flag=True, help="Show the text of the hint that a failure names.")
@json_option
def check(submission: Path | None, watch: bool, show_hints: bool, as_json: bool) -> None:
    r"""Check your work in a release's folder, task by task: what passes, what fails and why, where to look.

    Exit code 1 says that something does not pass yet. Nothing here is a mark; your instructor grades what you hand in.

    \b
    Examples: grader check
              grader check --watch
              grader check --submission self_attention.ipynb --hint
    """
    if watch and as_json:
        raise click.UsageError("--watch shows tables; leave out --json.")
    if watch:
        _watch(submission, show_hints)
    sys.exit(0 if _checked(submission, show_hints, as_json) else REFUSED)


@click.command()
@submission_option
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; default: TOPIC.zip in this folder.")
def pack(submission: Path | None, to: Path | None) -> None:
    r"""Write the file to hand in, and say what is in it.

    \b
    Example:  grader pack
    """
    from grader.workflow.pack import pack as pack_work

    packed = pack_work(Path(), submission, to)
    click.echo(f"{packed.path.name} is ready to hand in. In it:")
    for name, size in packed.files.items():
        click.echo(f"  {name:24} {max(1, round(size / 1024)):5} KiB")
    if packed.unwritten:
        click.echo(f"Not written yet: {', '.join(packed.unwritten)}.")
    click.echo(f"Quiz: {packed.answered or 'no'} question{'s' if packed.answered != 1 else ''} answered.")
    for line in packed.left_out:
        click.echo(f"Left out of the notebook: {line}")
    for warning in packed.warnings:
        click.echo(f"Warning: {warning}", err=True)


def _checked(submission: Path | None, show_hints: bool, as_json: bool) -> bool:
    from grader.checked import check_json, check_table
    from grader.workflow.check import check as check_work

    report = check_work(Path(), submission)
    show(check_json(report) if as_json else check_table(report, show_hints=show_hints), as_json)
    return report.passed


def _watch(submission: Path | None, show_hints: bool) -> None:
    """Check, and again whenever a file that counts was saved; Ctrl-C is how one leaves."""
    try:
        while True:
            seen = _stamps(submission)
            if sys.stdout.isatty():
                click.clear()
            try:
                _checked(submission, show_hints, as_json=False)
            except (CourseError, SubmissionError) as error:
                click.echo(f"grader: {error}")
            click.echo("Waiting for the next save; Ctrl-C ends it.")
            sys.stdout.flush()
            _wait(submission, seen)
    except KeyboardInterrupt:
        sys.exit(0)


def _wait(submission: Path | None, seen: Mapping[Path, tuple[int, int]]) -> None:
    while (now := _stamps(submission)) == seen or not now:
        time.sleep(POLL_S)
    while True:  # until the editor has done
        time.sleep(SETTLE_S)
        if now == (now := _stamps(submission)):
            return


def _stamps(submission: Path | None) -> dict[Path, tuple[int, int]]:
    """Return when each file that may count was saved, and how large it is; one that an editor is replacing is none."""
    paths = [*Path().glob("*.py"), *Path().glob("*.ipynb"), Path("answers.toml"), *([submission] if submission else [])]
    found = {}
    for path in paths:
        try:
            state = path.stat()
        except OSError:
            continue
        found[path] = (state.st_mtime_ns, state.st_size)
    return found

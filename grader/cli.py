"""Turns words typed into one call of a workflow, and what came back into a table."""

import json
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from grader import render
from grader.course import Course, load_course
from grader.errors import CourseError, HarnessError, SubmissionError
from grader.reports import with_refused
from grader.result import to_json
from grader.workspace import Workspace

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


class _Commands(click.Group):
    """Turns our errors into messages and exit codes: 1 something was refused, 2 usage, 3 the harness failed."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (CourseError, SubmissionError) as error:
            click.echo(f"grader: {error}", err=True)
            ctx.exit(REFUSED)
        except HarnessError as error:
            click.echo(f"grader: {error}", err=True)
            ctx.exit(HARNESS_FAULT)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order of a term, not of the alphabet


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ml-course-grader", prog_name="grader")
def main() -> None:
    r"""Release, collect and grade the assignments of a machine-learning course.

    Student code runs in a sandbox and answers with values; the verdict is made outside of it.

    \b
    A term:   grader release self_attention --to releases
              grader collect self_attention --from inbox
              grader grade self_attention
              grader report self_attention
    """


@main.command()
@course_option
@json_option
def topics(start: Path, as_json: bool) -> None:
    r"""List the course's topics with unit, points and state.

    \b
    Example:  grader topics
    """
    from grader.workflow.topics import topics as list_topics

    rows = list_topics(load_course(start))
    _print(render.topics_json(rows) if as_json else render.topics_table(rows), as_json)


@main.command()
@click.argument("topic", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; fail if a starter is not what the reference generates.")
@course_option
def build(topic: tuple[str, ...], check: bool, start: Path) -> None:
    r"""Generate the starter of each TOPIC from its reference; of all that are written if none is named.

    \b
    Example:  grader build self_attention
    """
    from grader.workflow.build import build as build_topics

    course = load_course(start)
    reports = build_topics(course, topic or _written(course), check)
    for file in (file for report in reports for file in report.files):
        click.echo(f"{file.state:9} {file.path.relative_to(course.root)}")
        if file.difference:
            click.echo(file.difference)
    sys.exit(REFUSED if any(report.is_stale for report in reports) else 0)


@main.command()
@click.argument("topic", nargs=-1, required=True)
@click.option("--to", type=click.Path(path_type=Path), required=True, help="Folder to write to, or a name that ends in .zip.")
@course_option
def release(topic: tuple[str, ...], to: Path, start: Path) -> None:
    r"""Write what students get of each TOPIC, and nothing that gives an answer away.

    \b
    Example:  grader release self_attention --to releases
    """
    from grader.workflow.release import release as release_topics

    for released in release_topics(load_course(start), topic, to):
        click.echo(f"{released.topic}: {len(released.files)} files in {released.path}")


@main.command()
@click.argument("topic")
@click.option("--from", "source", type=click.Path(exists=True, path_type=Path), required=True, help="Inbox folder, archive, or one file.")
@workspace_option
@course_option
@json_option
def collect(topic: str, source: Path, workspace: Path, start: Path, as_json: bool) -> None:
    r"""Take in what students handed in for TOPIC. Doing it twice changes nothing.

    \b
    Example:  grader collect self_attention --from inbox
    """
    from grader.workflow.collect import collect as collect_topic

    report = collect_topic(load_course(start), Workspace(workspace), topic, source, datetime.now(UTC))
    _print(render.collect_json(report) if as_json else render.collect_table(report), as_json)
    sys.exit(REFUSED if report.refused else 0)


@main.command()
@click.argument("topic")
@click.option("--student", "students", multiple=True, metavar="ID", help="Grade this student only; may be repeated.")
@click.option("--submission", type=click.Path(exists=True, path_type=Path), help="Grade this one file, without a workspace.")
@click.option(
    "--fail-under", type=click.FloatRange(0, 100), metavar="PERCENT", help="With --submission: exit 1 below this share of the points."
)
@workers_option
@workspace_option
@course_option
@json_option
def grade(
    topic: str, students: tuple[str, ...], submission: Path | None, fail_under: float | None,
    workers: int, workspace: Path, start: Path, as_json: bool,
) -> None:  # fmt: skip
    r"""Grade what was collected of TOPIC in the sandbox, or one file with --submission.

    A mark never changes the exit code unless --fail-under is given. The key of a single file comes from GRADER_KEY, else it is fresh.

    \b
    Examples: grader grade self_attention --workers 2
              grader grade self_attention --submission self_attention.py --fail-under 60
    """
    from grader.workflow import grade as grading

    course = load_course(start)
    if submission is not None:
        _grade_file(course, topic, submission, fail_under, as_json)
    if fail_under is not None:
        raise click.UsageError("--fail-under goes with --submission.")
    with _progress(f"Grading {topic}") as progress:
        graded = grading.grade(course, Workspace(workspace), topic, students=students, workers=workers, progress=progress)
    _print_report(course, Workspace(workspace), topic, as_json)
    sys.exit(HARNESS_FAULT if graded.faults else 0)


@main.command()
@click.argument("topic")
@workspace_option
@course_option
@json_option
def report(topic: str, workspace: Path, start: Path, as_json: bool) -> None:
    r"""Print the table of TOPIC again, from the results.

    \b
    Example:  grader report self_attention
    """
    _print_report(load_course(start), Workspace(workspace), topic, as_json)


@main.command()
@click.argument("topic", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Verify every topic that is written.")
@workers_option
@course_option
def verify(topic: tuple[str, ...], every: bool, workers: int, start: Path) -> None:
    r"""Prove TOPIC: each submission of its catalogue must get exactly the marks that it deserves.

    \b
    Example:  grader verify self_attention
    """
    from grader.workflow.verify import verify as verify_topic

    course = load_course(start)
    names = _written(course) if every else list(topic)
    if not names:
        raise click.UsageError("Name a topic, or give --all.")
    passed = True
    for name in names:
        with _progress(f"Verifying {name}") as progress:
            verification = verify_topic(course, name, workers=workers, progress=progress)
        _print(render.verification(verification), False)
        passed = passed and verification.passed
    sys.exit(0 if passed else REFUSED)


@main.command()
@click.argument("topic")
@click.option(
    "--submission",
    type=click.Path(exists=True, path_type=Path),
    help="The module or notebook to draw with; default: yours in a release's folder, the reference in the repository.",
)
@click.option(
    "--to", type=click.Path(path_type=Path), default=Path("figure.png"), show_default=True, help="The picture: .png, .svg or .pdf."
)
@course_option
def figure(topic: str, submission: Path | None, to: Path, start: Path) -> None:
    r"""Draw the figure of TOPIC with a module, in this process: for files that you trust.

    \b
    Example:  grader figure self_attention --submission self_attention.py
    """
    from grader.workflow.figure import figure as draw_figure

    draw_figure(start, topic, submission, to)
    click.echo(to)


@main.command()
@workers_option
@click.option("--keep", type=click.Path(path_type=Path), help="Folder to keep the class's files in; default: a temporary one.")
@course_option
def demo(workers: int, keep: Path | None, start: Path) -> None:
    r"""Play one assignment through: release it, let a made-up class hand in, collect, grade, report.

    \b
    Example:  grader demo
    """
    from grader.workflow.demo import TOPIC

    folder = keep or Path(tempfile.mkdtemp(prefix="grader-demo-"))
    _demo(load_course(start), TOPIC, folder, workers)


def _written(course: Course) -> list[str]:
    return [topic for topic in course.topics if course.assignment_dir(topic).is_dir()]


def _demo(course: Course, topic: str, folder: Path, workers: int) -> None:
    from grader.workflow.collect import collect as collect_topic
    from grader.workflow.demo import arrive
    from grader.workflow.grade import grade as grade_topic
    from grader.workflow.release import release as release_topics
    from grader.workflow.report import report as class_report

    inbox, workspace = folder / "inbox", Workspace(folder / "workspace")
    for released in release_topics(course, [topic], folder / "releases"):
        click.echo(f"Released {released.topic}: {len(released.files)} files in {released.path}")
    click.echo(f"\nIn the inbox, {inbox}:")
    for arrival in arrive(course, inbox):
        click.echo(f"  {arrival.name:18} {arrival.what}")
    collected = collect_topic(course, workspace, topic, inbox, datetime.now(UTC))
    click.echo(f"\nCollected {len(collected.lines) - len(collected.refused)} of {len(collected.lines)}.\n")
    with _progress(f"Grading {topic}") as progress:
        grade_topic(course, workspace, topic, workers=workers, progress=progress)
    _print(render.report_table(with_refused(class_report(course, workspace, topic), collected)), False)
    click.echo(f"\nWhat to read lies in {workspace.root}")


def _grade_file(course: Course, topic: str, path: Path, fail_under: float | None, as_json: bool) -> None:
    from grader.workflow.grade import grade_file

    submission, result = grade_file(course, topic, path, _key())
    if as_json:
        sys.stdout.write(to_json(result).decode())
    else:
        for line in submission.left_out:
            click.echo(f"not part of the module: {line}", err=True)
        click.echo(render.feedback(result))
    if result.earned is None:
        sys.exit(HARNESS_FAULT)
    low = fail_under is not None and result.earned < result.possible * fail_under / 100
    sys.exit(REFUSED if low else 0)


def _key() -> bytes:
    """Return the key of a single grading: the environment's, so that CI can repeat itself, else a fresh one."""
    given = os.environ.get("GRADER_KEY", "")
    return given.encode() if given else secrets.token_bytes(32)


def _print_report(course: Course, workspace: Workspace, topic: str, as_json: bool) -> None:
    from grader.workflow.report import report as class_report

    found = class_report(course, workspace, topic)
    _print(render.report_json(found) if as_json else render.report_table(found), as_json)


def _print(thing: Any, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(thing, indent=2, ensure_ascii=False))
    else:
        Console(width=None if sys.stdout.isatty() else 160).print(thing)


@contextmanager
def _progress(title: str) -> Iterator[Any]:
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

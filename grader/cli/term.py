"""Turns the words of a term (release, collect, grade, report) into calls of workflows."""

import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from grader import render
from grader.cli.options import HARNESS_FAULT, REFUSED, course_option, json_option, progress_bar, show, workers_option, workspace_option
from grader.course import Course, load_course
from grader.result import to_json
from grader.workspace import Workspace


@click.command()
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


@click.command()
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
    show(render.collect_json(report) if as_json else render.collect_table(report), as_json)
    sys.exit(REFUSED if report.refused else 0)


@click.command()
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
    with progress_bar(f"Grading {topic}") as progress:
        graded = grading.grade(course, Workspace(workspace), topic, students=students, workers=workers, progress=progress)
    _print_report(course, Workspace(workspace), topic, as_json)
    sys.exit(HARNESS_FAULT if graded.faults else 0)


@click.command()
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
    show(render.report_json(found) if as_json else render.report_table(found), as_json)

"""Turns the words of a term (release, collect, grade, report) into calls of workflows."""

import os
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from grader import render
from grader.claims import Naming
from grader.cli.complete import complete_student, complete_topic
from grader.cli.decide import Moment
from grader.cli.options import HARNESS_FAULT, REFUSED, course_option, json_option, progress_bar, show, workers_option, workspace_option
from grader.cli.outputs import OUTPUT_FILE, Outputs
from grader.course import Course, load_course
from grader.errors import SubmissionError
from grader.exchange import Refusal
from grader.result import Result, Verdict, to_json
from grader.workspace import Workspace, write_atomically


@click.command()
@click.argument("topic", shell_complete=complete_topic, nargs=-1, required=True)
@click.option("--to", type=click.Path(path_type=Path), required=True, help="Folder to write to, or a name that ends in .zip.")
@click.option("--ci", is_flag=True, help="Add files that run the checks at every push: GitHub Actions, GitLab CI.")
@course_option
def release(topic: tuple[str, ...], to: Path, ci: bool, start: Path) -> None:
    r"""Write what students get of each TOPIC, and nothing that gives an answer away.

    \b
    Example:  grader release self_attention --to releases
    """
    from grader.workflow.release import release as release_topics

    for released in release_topics(load_course(start), topic, to, ci=ci):
        click.echo(f"{released.topic}: {len(released.files)} files in {released.path}")


@click.command()
@click.argument("topic", shell_complete=complete_topic)
@click.option("--from", "source", type=click.Path(exists=True, path_type=Path), required=True, help="Inbox folder, archive, or one file.")
@click.option(
    "--names", type=click.Choice([naming.value for naming in Naming]), default="auto", show_default=True, help="Who named the files."
)
@click.option("--enrol", is_flag=True, help="Write whom roster.csv does not know into it, and take their work in.")
@click.option("--received-at", type=Moment(), help="When all of it reached you, if that was not now; in the course's time zone.")
@click.option("--times", type=click.Path(exists=True, path_type=Path), help="CSV with id,received_at: each student's own time.")
@click.option("--csv", "csv_to", type=OUTPUT_FILE, help="Write the report to this file too.")
@workspace_option
@course_option
@json_option
def collect(
    topic: str, source: Path, names: str, enrol: bool, received_at: datetime | None, times: Path | None, csv_to: Path | None,
    workspace: Path, start: Path, as_json: bool,
) -> None:  # fmt: skip
    r"""Take in what students handed in for TOPIC: a folder, or the zip that Canvas or Moodle gives out. Doing it twice changes nothing.

    With roster.csv (id, name, email, and lms_id for the number in Canvas's or Moodle's names) in the workspace, only what is of
    somebody in it is taken in. The source is never touched.

    \b
    Examples: grader collect self_attention --from inbox
              grader collect self_attention --from submissions.zip --received-at "2026-11-29 23:40"
              grader collect self_attention --from submissions.zip --times canvas-times.csv --csv report.csv
    """
    from grader.workflow.collect import collect as collect_topic

    with progress_bar(f"Collecting {topic}") as progress:
        report = collect_topic(
            load_course(start), Workspace(workspace), topic, source, datetime.now(UTC),
            naming=Naming(names), enrol=enrol, received_at=received_at, times=times, progress=progress,
        )  # fmt: skip
    show(render.collect_json(report) if as_json else render.collect_table(report), as_json)
    if csv_to is not None:
        write_atomically(csv_to, render.collect_csv(report))
    sys.exit(REFUSED if report.refused or report.unknown else 0)


@click.command()
@click.argument("topic", shell_complete=complete_topic)
@click.option(
    "--student", "students", multiple=True, metavar="ID", shell_complete=complete_student,
    help="Grade this student only; may be repeated.",
)  # fmt: skip
@click.option("--submission", type=click.Path(exists=True, path_type=Path), help="Grade this one file, without a workspace.")
@click.option(
    "--fail-under", type=click.FloatRange(0, 100), metavar="PERCENT", help="With --submission: exit 1 below this share of the points."
)
@click.option("--junit", type=OUTPUT_FILE, help="With --submission: write JUnit XML to this file.")
@click.option("--gradescope", type=OUTPUT_FILE, help="With --submission: write Gradescope's results.json to this file.")
@click.option(
    "--summary", type=OUTPUT_FILE, help="With --submission: write a summary in Markdown; default: into $GITHUB_STEP_SUMMARY if it is set."
)
@click.option(
    "--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True, help="cuda: run the parts that need a GPU too."
)
@click.option("--only-pending", is_flag=True, help="With --device cuda: run only what waits for it, and copy every other outcome.")
@workers_option
@workspace_option
@course_option
@json_option
def grade(
    topic: str, students: tuple[str, ...], submission: Path | None, fail_under: float | None,
    junit: Path | None, gradescope: Path | None, summary: Path | None, device: str, only_pending: bool,
    workers: int, workspace: Path, start: Path, as_json: bool,
) -> None:  # fmt: skip
    r"""Grade what was collected of TOPIC in the sandbox, or one file with --submission.

    Without a GPU the parts that need one stay pending; --device cuda --only-pending completes them later, one submission at a time.

    A mark never changes the exit code unless --fail-under is given. The key of a single file comes from GRADER_KEY, else it is fresh.
    What --junit, --gradescope and --summary write may be shown to students.

    \b
    Examples: grader grade self_attention --workers 2
              grader grade self_attention --submission self_attention.py --fail-under 60
              grader grade self_attention --submission self_attention.py --junit marks.xml --gradescope results.json
              grader grade self_attention --device cuda --only-pending
    """
    from grader.workflow import grade as grading

    course = load_course(start)
    if only_pending and (device == "cpu" or submission is not None):
        raise click.UsageError("--only-pending goes with --device cuda and a workspace: grader grade TOPIC --device cuda --only-pending")
    if submission is not None:
        _grade_file(course, topic, submission, device, fail_under, as_json, Outputs(junit=junit, gradescope=gradescope, summary=summary))
    alone = {"--fail-under": fail_under, "--junit": junit, "--gradescope": gradescope, "--summary": summary}
    for name in (name for name, value in alone.items() if value is not None):
        raise click.UsageError(f"{name} goes with --submission.")
    with progress_bar(f"Grading {topic}") as progress:
        common: dict[str, Any] = {"students": students, "progress": progress, "device": device, "waits": _waits}
        place = Workspace(workspace)
        graded = (
            grading.complete(course, place, topic, **common)
            if only_pending
            else grading.grade(course, place, topic, workers=workers, **common)
        )
    _tell_faults(graded.results if only_pending else ())
    _print_report(course, Workspace(workspace), topic, as_json)
    sys.exit(HARNESS_FAULT if graded.faults else 0)


@click.command()
@click.argument("topic", shell_complete=complete_topic)
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write a page about the class to this file instead.")
@workspace_option
@course_option
@json_option
def report(topic: str, page: Path | None, workspace: Path, start: Path, as_json: bool) -> None:
    r"""Print the table of TOPIC again, from the results, or write a page about the class.

    The page is for you alone: it names hidden tests. It shows the distribution, the parts by pass rate, which mistake was met how
    often, what was slow, failed or refused, and every student.

    \b
    Examples: grader report self_attention
              grader report self_attention --html class.html
    """
    course = load_course(start)
    if page is not None:
        _write_class_page(course, Workspace(workspace), topic, page)
    else:
        _print_report(course, Workspace(workspace), topic, as_json)


def _waits(sentence: str) -> None:
    click.echo(sentence, err=True)


def _tell_faults(results: Sequence[tuple[str, Result]]) -> None:
    """Say whose result was not completed, and why: nothing of it is in the table."""
    for student, result in results:
        why = next((test.detail for test in result.tests if test.verdict is Verdict.HARNESS), "the grader itself failed")
        if not result.complete:
            click.echo(f"{student} was not completed: {why}", err=True)


def _grade_file(course: Course, topic: str, path: Path, device: str, fail_under: float | None, as_json: bool, outputs: Outputs) -> None:
    from grader.workflow.grade import grade_file

    try:
        submission, result = grade_file(course, topic, path, _key(), device=device, waits=_waits)
    except SubmissionError as error:
        outputs.write(Refusal(topic=topic, reason=str(error)))
        raise
    outputs.write(result)
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


def _write_class_page(course: Course, workspace: Workspace, topic: str, page: Path) -> None:
    from grader.pages import class_page
    from grader.workflow.report import class_census

    write_atomically(page, class_page(class_census(course, workspace, topic, datetime.now(UTC), page.parent), course.zone))
    click.echo(page)

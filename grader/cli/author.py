"""Turns the words of who writes topics (topics, new, build, verify, figure, demo) into calls of workflows."""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from grader import render
from grader.cli.complete import complete_topic
from grader.cli.options import REFUSED, course_option, json_option, progress_bar, show, workers_option
from grader.course import Course, load_course
from grader.reports import with_refused
from grader.workspace import Workspace


@click.command()
@course_option
@json_option
def topics(start: Path, as_json: bool) -> None:
    r"""List the course's topics with unit, points and state.

    \b
    Example:  grader topics
    """
    from grader.workflow.topics import topics as list_topics

    rows = list_topics(load_course(start))
    show(render.topics_json(rows) if as_json else render.topics_table(rows), as_json)


@click.command()
@click.argument("topic")
@click.option("--title", help="The topic's English title; default: its name.")
@course_option
def new(topic: str, title: str | None, start: Path) -> None:
    r"""Write the skeleton of TOPIC, one of the course's topics that nobody has written: it loads, builds, and has the items to cover.

    What is still to be said is marked in it; `grader verify TOPIC` lists what is not written yet.

    \b
    Example:  grader new backprop --title "Backpropagation"
    """
    from grader.workflow.new import new as new_topic

    course = load_course(start)
    for path in new_topic(course, topic, title):
        click.echo(path)
    click.echo(f"\nNext: write, then `grader build {topic}` and `grader verify {topic}`.", err=True)


@click.command()
@click.argument("topic", shell_complete=complete_topic, nargs=-1)
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


@click.command()
@click.argument("topic", shell_complete=complete_topic, nargs=-1)
@click.option("--all", "every", is_flag=True, help="Verify every topic that is written.")
@click.option("--study", "long", is_flag=True, help="Measure what takes long instead, and write it to solutions/TOPIC/study.json.")
@click.option("--only", metavar="PATTERN", help="Grade only these submissions, as in 'wrong/*'; it proves nothing, and is quick.")
@workers_option
@course_option
def verify(topic: tuple[str, ...], every: bool, long: bool, only: str | None, workers: int, start: Path) -> None:
    r"""Prove TOPIC: each submission of its catalogue must get exactly the marks that it deserves.

    With --study: grade every correct submission under 20 keys, say how near each came to the thresholds, and try every small change
    of the reference, which the tests must tell from it. Once for each change of tests or reference; it takes minutes.

    \b
    Example:  grader verify self_attention
    A part:   grader verify --only 'wrong/mask*' self_attention
    Study:    grader verify --study self_attention
    """
    course = load_course(start)
    names = _written(course) if every else list(topic)
    if not names:
        raise click.UsageError("Name a topic, or give --all.")
    if long and only:
        raise click.UsageError("A study is of the whole topic: --only goes without --study.")
    passed = [_study(course, name, workers) if long else _verify(course, name, workers, only) for name in names]
    sys.exit(0 if all(passed) else REFUSED)


def _verify(course: Course, topic: str, workers: int, only: str | None) -> bool:
    from grader.workflow.verify import verify as verify_topic

    with progress_bar(f"Verifying {topic}") as progress:
        verification = verify_topic(course, topic, workers=workers, progress=progress, only=only)
    show(render.verification(verification), False)
    return verification.passed


def _study(course: Course, topic: str, workers: int) -> bool:
    from grader.workflow.study import study as study_topic

    with progress_bar(f"Studying {topic}") as progress:
        report = study_topic(course, topic, workers=workers, progress=progress)
    show(render.study(report), False)
    if report.survivors:
        click.echo(f"\nMutants that no test kills. Kill them, or say in solutions/{topic}/equivalent.toml why nothing can:\n", err=True)
        click.echo(report.survivors)
    return not report.faults


@click.command()
@click.argument("topic", shell_complete=complete_topic)
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


@click.command()
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
    with progress_bar(f"Grading {topic}") as progress:
        grade_topic(course, workspace, topic, workers=workers, progress=progress)
    show(render.report_table(with_refused(class_report(course, workspace, topic), collected)), False)
    click.echo(f"\nWhat to read lies in {workspace.root}")

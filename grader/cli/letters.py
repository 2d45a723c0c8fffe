"""Turns the words of `feedback` into pages for students, and into what the instructor has to know about them."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from grader.cli.complete import complete_student, complete_topic
from grader.cli.options import HARNESS_FAULT, course_option, progress_bar, workers_option, workspace_option
from grader.course import load_course
from grader.workspace import Workspace


@click.command()
@click.argument("topic", shell_complete=complete_topic)
@click.option(
    "--student", "students", multiple=True, metavar="ID", shell_complete=complete_student, help="This student only; may be repeated."
)
@click.option("--no-figures", is_flag=True, help="Leave out the figure that is drawn with each student's code.")
@click.option("--explain", is_flag=True, help="Tell the quiz's answers though TOPIC has no due date. With one they come when it is over.")
@workers_option
@workspace_option
@course_option
def feedback(
    topic: str, students: tuple[str, ...], no_figures: bool, explain: bool, workers: int, workspace: Path, start: Path
) -> None:  # fmt: skip
    r"""Write a page for each student of TOPIC: score, what went wrong and why, hints, the figure drawn with their code, the quiz.

    A page is one file that needs nothing else. Running it again writes it anew from the results; figures are drawn once.

    \b
    Example:  grader feedback self_attention
    """
    from grader.workflow.feedback import feedback as write_pages

    with progress_bar(f"Feedback for {topic}") as progress:
        posted = write_pages(
            load_course(start), Workspace(workspace), topic, datetime.now(UTC),
            students=students, workers=workers, figures=not no_figures, explain=explain, progress=progress,
        )  # fmt: skip
    click.echo(f"{len(posted.pages)} {'page' if len(posted.pages) == 1 else 'pages'} in {posted.folder}")
    if posted.ungraded:
        click.echo(f"No page yet, not graded: {_listed(posted.ungraded)}. Grade first: grader grade {topic}", err=True)
    if posted.stale:
        click.echo(f"Older results than today's grader gives: {_listed(posted.stale)}. Mend it: grader grade {topic}", err=True)
    for student, trouble in posted.undrawn:
        click.echo(f"{student}: the figure could not be drawn, a fault of ours: {trouble}", err=True)
    sys.exit(HARNESS_FAULT if posted.undrawn else 0)


def _listed(students: tuple[str, ...]) -> str:
    return ", ".join(students[:10]) + (f" and {len(students) - 10} more" if len(students) > 10 else "")

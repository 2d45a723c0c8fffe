"""Turns words typed into one call of a workflow, and what came back into a table."""

import click

from grader.cli import author, book, decide, letters, machine, student, term
from grader.cli.options import Commands

SECTIONS = {
    "Students": ("check", "pack", "figure"),
    "Instructors": ("topics", "release", "collect", "grade", "report", "feedback", "extend", "choose", "book"),
    "Authors": ("new", "build", "verify", "demo"),
    "Machines": ("doctor", "completion"),
}


@click.group(cls=Commands, sections=SECTIONS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ml-course-grader", prog_name="grader")
def main() -> None:
    r"""Release, collect and grade the assignments of a machine-learning course.

    Student code runs in a sandbox and answers with values; the verdict is made outside of it.

    \b
    A student, in a release's folder:
              grader check --watch
              grader pack
    A term:   grader release self_attention --to releases
              grader collect self_attention --from inbox
              grader grade self_attention
              grader report self_attention --html class.html
              grader feedback self_attention
    """


for _command in (
    student.check,
    student.pack,
    author.topics,
    author.new,
    author.build,
    term.release,
    term.collect,
    term.grade,
    term.report,
    letters.feedback,
    book.book,
    decide.extend,
    decide.choose,
    author.verify,
    author.figure,
    author.demo,
    machine.doctor,
    machine.completion,
):
    main.add_command(_command)

"""Turns the words about this machine (doctor, completion) into calls of workflows."""

import sys
from dataclasses import asdict
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from grader.cli.options import REFUSED, course_option, json_option, show, workspace_option

COMPLETION_VARIABLE = "_GRADER_COMPLETE"


@click.command()
@workspace_option
@course_option
@json_option
def doctor(workspace: Path, start: Path, as_json: bool) -> None:
    r"""Say what this machine can do, and which command mends what is missing.

    Every sandbox is started for real, which takes some seconds. The exit code is 0 where this machine can grade; for a student,
    or on another system than Linux, where it can run the public checks.

    \b
    Example:  grader doctor
    """
    from grader.prescription import doctor_table, next_steps
    from grader.workflow.doctor import doctor as examine

    report = examine(start, workspace)
    show(asdict(report) | {"is_fit": report.is_fit} if as_json else doctor_table(report), as_json)
    if not as_json:
        click.echo(f"\n{next_steps(report)}")
    sys.exit(0 if report.is_fit else REFUSED)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    r"""Print the script that lets SHELL complete commands, options, topics and students.

    \b
    Examples: echo 'eval "$(grader completion bash)"' >> ~/.bashrc
              echo 'eval "$(grader completion zsh)"' >> ~/.zshrc
              grader completion fish > ~/.config/fish/completions/grader.fish
    """
    maker = get_completion_class(shell)
    assert maker is not None
    click.echo(maker(ctx.find_root().command, {}, "grader", COMPLETION_VARIABLE).source())

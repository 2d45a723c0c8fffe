"""What every command shares: help in sections, examples that keep their lines, and nothing imported that is not needed yet."""

import re
import subprocess
import sys

import click
from click.testing import CliRunner

from grader.cli.main import SECTIONS, main
from grader.cli.options import Commands


def a_group(**sections):
    @click.group(cls=Commands, sections=sections)
    def group():
        """Do things."""

    for name in ("first", "second", "a_longer_one"):
        group.add_command(click.Command(name, help=f"Do the {name} thing. And more."))
    return group


def told(command, *words):
    return CliRunner().invoke(command, [*words, "--help"], prog_name="grader", catch_exceptions=False).output


def test_commands_stand_under_their_headings():
    """In the order of the sections; a command of no section comes last, a name without a command is left out."""
    lines = told(a_group(Students=("second", "not_yet"), Nobody=("not_there",))).splitlines()
    after = [line.split("  ")[0] or line.split()[0] for line in lines[lines.index("Students:") :] if line]
    assert after == ["Students:", "second", "More:", "first", "a_longer_one"]
    assert "  second        Do the second thing." in lines
    assert "  a_longer_one  Do the a_longer_one thing." in lines


def test_without_sections_there_is_one_list():
    """As click does it."""
    assert "Commands:" in told(a_group())
    assert "More:" not in told(a_group())


def test_every_command_has_its_section():
    """None of ours is found under More."""
    listed = [name for names in SECTIONS.values() for name in names]
    assert sorted(listed) == sorted(main.commands)


def test_an_example_stands_on_a_line_of_its_own():
    """It can be copied: click does not fill it into a paragraph."""
    below = [(name, inner) for name, group in main.commands.items() if isinstance(group, click.Group) for inner in group.commands]
    for words in [*((name,) for name in main.commands), *below]:
        assert re.search(rf"^  \w[\w ]*: .*grader {' '.join(words)}\b", told(main, *words), re.MULTILINE), words


def test_a_word_is_completed_without_what_only_grading_needs():
    """A shell waits for every import: none of these is there once the command line is."""
    heavy = {"torch", "numpy", "gymnasium", "matplotlib", "sklearn", "nbformat", "nbgrader", "sqlalchemy", "jinja2", "pytest"}
    script = f"import sys, grader.cli.main; print(*({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

"""Claims about how a doctor's report reads on a terminal."""

import io
from dataclasses import replace

from rich.console import Console

from grader.prescription import doctor_table, next_steps
from grader.reports import Ability, DoctorReport, Finding

LONG = "sudo cp /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && sudo systemctl reload apparmor"
REPORT = DoctorReport(
    findings=(
        Finding(name="Python", state=Ability.OK, found="3.12.3"),
        Finding(name="bubblewrap", state=Ability.MISSING, found="does not start: " + "for a long reason " * 8, commands=("one", LONG)),
        Finding(name="landlock", state=Ability.LIMITED, found="[bold]no\x1b[2J", advice="Advice.", commands=("one",)),
    ),
    can_grade=False,
    can_check=True,
    must_grade=True,
    workers=2,
)  # fmt: skip


def shown(report, width=80):
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(doctor_table(report))
    return console.file.getvalue()


def told(**changes):
    return next_steps(replace(REPORT, findings=(), **changes))


def test_the_table_fits_80_columns():
    """Words are wrapped, not cut."""
    table = shown(REPORT)
    assert max(map(len, table.splitlines())) <= 80
    assert "…" not in table
    assert table.count("reason") == 8


def test_states_are_words():
    """Nobody has to see colours."""
    rows = [line.split("│") for line in shown(REPORT).splitlines() if line.startswith("│")]
    assert [(row[1].strip(), row[2].strip()) for row in rows if row[1].strip()] == [
        ("Python", "ok"), ("bubblewrap", "missing"), ("landlock", "limited"),
    ]  # fmt: skip


def test_markup_and_escapes_are_shown_as_they_are():
    """A message of another program moves no terminal."""
    assert r"[bold]no\x1b[2J" in shown(REPORT)
    assert "Advice." in shown(REPORT)


def test_a_command_is_one_line_ready_to_be_copied():
    """However long it is; each is told once."""
    lines = next_steps(REPORT).splitlines()
    assert lines.count(f"  {LONG}") == 1
    assert lines.count("  one") == 1


def test_what_the_machine_is_good_for():
    """And how many workers to grade with; where nothing is amiss nothing is to be mended."""
    assert told(can_grade=True, workers=3) == "This machine can grade: grader grade TOPIC --workers 3"
    assert told() == "No sandbox starts here, so nothing can be graded.\nThe public checks run: grader check"
    assert told(must_grade=False, can_grade=True) == "The public checks run: grader check"  # a student has nothing to grade
    assert "neither" in told(can_check=False)

"""Claims about what facts about a machine mean, and what is told to do about it."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.diagnosis import LEAST_ABI, Facts, can_check, can_grade, findings, workers
from grader.kernel import ControlGroup, Kernel, Memory, Room
from grader.machine import Interpreter, Sandbox, Torch
from grader.reports import Ability

ROOM = Room(folder=Path("/srv/course"), free_mib=80_000, free_files=1_000_000, is_writable=True, is_memory=False)
BUBBLEWRAP, LANDLOCK = Sandbox(backend="bubblewrap", ready_s=0.9), Sandbox(backend="landlock", ready_s=1.1)
BROKEN = Sandbox(backend="bubblewrap", trouble="bwrap did not start: setting up uid map: Permission denied")
NO_LANDLOCK = Sandbox(backend="landlock", trouble="the kernel has no Landlock")
SERVER = Facts(
    interpreter=Interpreter(version=(3, 12, 3), prefix="/srv/venv", is_virtual=True),
    versions={"numpy": "2.4.6", "gymnasium": "1.4.0", "pytest": "9.2.0", "nbgrader": "0.9.6"},
    torch=Torch(version="2.13.0+cpu"),
    kernel=Kernel(
        system="Linux", release="6.14", name="Ubuntu 24.04 LTS", families=("ubuntu", "debian"), uid=1000, landlock_abi=7, max_user_namespaces=9000
    ),
    sandboxes=(BUBBLEWRAP, LANDLOCK), control_group=ControlGroup(version=2), cores=8, memory=Memory(total_mib=32_000, free_mib=30_000),
    workspace=ROOM, temporary=ROOM, speed=1.02, unknown_zones=(), now=datetime(2026, 11, 21, 7, 35, tzinfo=UTC),
    memory_limit_mib=1024, course="A course, in /srv/course",
)  # fmt: skip
LAPTOP = replace(
    SERVER, kernel=Kernel(system="Windows", release="11", name=""), sandboxes=(), control_group=ControlGroup(), course=None,
    versions={**SERVER.versions, "nbgrader": None}, memory=Memory(total_mib=None, free_mib=None),
)  # fmt: skip


def finding(facts, name):
    """Return the one finding of that name."""
    (found,) = [one for one in findings(facts) if one.name == name]
    return found


def unwell(facts):
    """Return the findings that are not ok, by name."""
    return {one.name: one for one in findings(facts) if one.state != Ability.OK}


def test_a_good_server_has_nothing_to_mend():
    """Everything is ok, no command is told, and all cores are used."""
    assert unwell(SERVER) == {}
    assert not [one for one in findings(SERVER) if one.commands or one.advice]
    assert can_grade(SERVER)
    assert workers(SERVER) == 8


def test_a_students_laptop_can_check_and_is_told_that_grading_is_elsewhere():
    """On Windows nothing of the kernel's is asked, and a missing nbgrader is no fault."""
    assert can_check(LAPTOP)
    assert not can_grade(LAPTOP)
    assert set(unwell(LAPTOP)) == {"system", "sandbox"}
    assert "grading needs Linux" in finding(LAPTOP, "system").advice
    assert not {"user namespaces", "Landlock version", "control groups"} & {one.name for one in findings(LAPTOP)}
    assert "only instructors" in finding(LAPTOP, "nbgrader").found


def test_ubuntu_that_closes_namespaces_cannot_grade_and_learns_the_commands():
    """The reason of each back-end is its own; the mend is that of this system."""
    kernel = replace(SERVER.kernel, apparmor_restricts_userns=1, landlock_abi=2)
    facts = replace(SERVER, kernel=kernel, sandboxes=(BROKEN, NO_LANDLOCK))
    assert not can_grade(facts)
    assert can_check(facts)
    assert {name: one.state for name, one in unwell(facts).items()} == {
        "bubblewrap": Ability.MISSING, "landlock": Ability.MISSING, "user namespaces": Ability.LIMITED, "Landlock version": Ability.LIMITED,
    }  # fmt: skip
    assert finding(facts, "bubblewrap").found == BROKEN.trouble
    assert finding(facts, "landlock").found == NO_LANDLOCK.trouble
    assert "apparmor_restrict_unprivileged_userns is 1" in finding(facts, "user namespaces").found
    assert any("apparmor_parser" in command for command in finding(facts, "bubblewrap").commands)


def test_a_switch_that_keeps_no_sandbox_from_starting_is_no_fault():
    """With the profile loaded bubblewrap starts although the switch is on."""
    facts = replace(SERVER, kernel=replace(SERVER.kernel, apparmor_restricts_userns=1, landlock_abi=0), sandboxes=(BUBBLEWRAP, NO_LANDLOCK))
    assert set(unwell(facts)) == {"landlock"}
    assert finding(facts, "landlock").state == Ability.LIMITED


def test_who_holds_the_memory_is_told():
    """A control group of the version that a box really got, or the watcher; nothing where no sandbox starts."""
    assert finding(SERVER, "memory limits").found.endswith("by a watcher that looks four times a second")
    for version in (1, 2):
        facts = replace(SERVER, sandboxes=(replace(BUBBLEWRAP, group_version=version), LANDLOCK))
        assert finding(facts, "memory limits").found.endswith(f"by a control group of version {version}")
    facts = replace(SERVER, sandboxes=(BROKEN, replace(LANDLOCK, group_version=2)))
    assert finding(facts, "memory limits").found.endswith("by a control group of version 2")
    assert "memory limits" not in {one.name for one in findings(replace(SERVER, sandboxes=(BROKEN, NO_LANDLOCK)))}


def test_the_second_choice_grades_and_says_that_it_is_the_second():
    """Without bubblewrap Landlock is used, and what would bring bubblewrap is told all the same."""
    facts = replace(SERVER, sandboxes=(Sandbox(backend="bubblewrap", trouble="the program bwrap is not installed"), LANDLOCK))
    assert can_grade(facts)
    assert finding(facts, "bubblewrap").state == Ability.LIMITED
    assert finding(facts, "bubblewrap").commands == ("sudo apt-get install bubblewrap",)
    assert finding(facts, "landlock").found.startswith("used: ")


def test_root_gives_its_rights_up_and_needs_no_namespaces():
    """What runs a student's code is told."""
    facts = replace(SERVER, kernel=replace(SERVER.kernel, uid=0, max_user_namespaces=0))
    assert "as a user without rights" in finding(facts, "bubblewrap").found
    assert finding(facts, "user namespaces").found == "not needed by root"
    assert "as root" in finding(facts, "system").found


@pytest.mark.parametrize("name", ["numpy", "gymnasium", "pytest"])
def test_without_a_package_nothing_runs(name):
    """Neither checks nor grading; pip is told its name."""
    facts = replace(SERVER, versions={**SERVER.versions, name: None})
    assert not can_check(facts)
    assert not can_grade(facts)
    assert finding(facts, name).commands == (f"python -m pip install {name}",)


def test_a_torch_that_does_not_load_is_missing():
    """The first line of the reason is shown, and the speed was not measured."""
    facts = replace(SERVER, torch=Torch(version=None, trouble="OSError: libc10.so\nand more"), speed=None)
    assert not can_check(facts)
    assert finding(facts, "torch").found == "does not import: OSError: libc10.so"
    assert finding(facts, "speed").state == Ability.LIMITED


def test_an_instructor_without_nbgrader_has_no_book():
    """That is a limit in a course's repository."""
    facts = replace(SERVER, versions={**SERVER.versions, "nbgrader": None})
    assert finding(facts, "nbgrader").state == Ability.LIMITED
    assert "[instructor]" in finding(facts, "nbgrader").commands[0]
    assert can_grade(facts)


def test_an_old_python_is_missing_a_new_one():
    """Nothing runs on 3.10."""
    facts = replace(SERVER, interpreter=Interpreter(version=(3, 10, 9), prefix="/usr", is_virtual=False))
    assert finding(facts, "Python").state == Ability.MISSING
    assert not can_check(facts)


def test_devices():
    """None is fine; one is named with its memory; a build for one that finds none says what it was told."""
    assert finding(SERVER, "GPU").state == Ability.OK
    some = replace(SERVER, torch=Torch(version="2.13.0", build="CUDA 13.0", devices=(("H200", 143_000),)))
    assert finding(some, "GPU").found == "H200, 139.6 GiB"
    none = replace(SERVER, torch=Torch(version="2.13.0", build="CUDA 13.0", trouble="The NVIDIA driver on your system is too old"))
    assert finding(none, "GPU").state == Ability.LIMITED
    assert "too old" in finding(none, "GPU").found


@pytest.mark.parametrize(
    ("cores", "quota", "free_mib", "limit_mib", "expected"),
    [
        (2, None, 24_000, 1024, 2),
        (16, None, 8_192, 1024, 5),  # (8192 - 512) / 1536
        (16, 2.5, 64_000, 1024, 2),
        (8, 0.5, 64_000, 1024, 1),
        (8, None, 900, 1024, 1),
        (8, None, 64_000, 16_384, 3),
        (8, None, None, 1024, 8),
    ],
)
def test_workers_fit_into_cores_and_memory(cores, quota, free_mib, limit_mib, expected):
    """At least one; never more than a memory bomb in each of them would leave alive."""
    memory, group = Memory(total_mib=None, free_mib=free_mib), ControlGroup(version=2, cores=quota)
    assert workers(replace(SERVER, cores=cores, memory=memory, control_group=group, memory_limit_mib=limit_mib)) == expected


def test_the_memory_of_a_control_group_is_all_there_is():
    """A machine of 30 GiB whose group may use 1 GiB has no room for a submission."""
    facts = replace(SERVER, control_group=ControlGroup(version=2, memory_mib=1024, cores=0.5))
    assert workers(facts) == 1
    assert finding(facts, "memory").state == Ability.LIMITED
    assert "1.0 GiB free" in finding(facts, "memory").found
    assert finding(facts, "cores").state == Ability.LIMITED


@pytest.mark.parametrize(
    ("room", "state"),
    [
        (replace(ROOM, free_mib=500), Ability.LIMITED),
        (replace(ROOM, free_files=10), Ability.LIMITED),
        (replace(ROOM, is_writable=False), Ability.MISSING),
        (replace(ROOM, free_files=None, is_memory=True), Ability.OK),
    ],
)
def test_rooms(room, state):
    """Too few bytes, too few files, or no right to write."""
    facts = replace(SERVER, temporary=room)
    assert finding(facts, "temporary files").state == state
    assert finding(facts, "workspace").state == Ability.OK


@pytest.mark.parametrize(("factor", "state"), [(0.49, Ability.LIMITED), (0.5, Ability.OK), (3.0, Ability.OK)])
def test_a_slow_machine_is_warned_of(factor, state):
    """Below half the speed CPU limits may hit honest code."""
    assert finding(replace(SERVER, speed=factor), "speed").state == state


def test_clocks():
    """A clock that was never set, and zones without data, would make due dates wrong."""
    assert finding(replace(SERVER, now=datetime(1970, 1, 1, tzinfo=UTC)), "clock").state == Ability.MISSING
    without = finding(replace(SERVER, unknown_zones=("Asia/Taipei",)), "clock")
    assert (without.state, without.commands) == (Ability.MISSING, ("python -m pip install tzdata",))


def test_a_faulty_course_is_told():
    """With what its file's loader says."""
    assert finding(replace(SERVER, course=None, course_fault="course.toml has 2 faults"), "course").state == Ability.MISSING


@pytest.mark.skipif(sys.platform != "linux", reason="the module is Linux's own")
def test_the_version_of_landlock_is_that_which_the_sandbox_asks_for():
    """Written twice, because one of the two modules can be imported everywhere."""
    from grader.worker import confine

    assert LEAST_ABI == confine.LEAST_ABI

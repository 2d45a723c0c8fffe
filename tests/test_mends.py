"""Claims about the commands that make a sandbox start."""

import pytest

from grader.kernel import Kernel
from grader.machine import Sandbox
from grader.mends import closed, commands, container_advice

ABSENT = Sandbox(backend="bubblewrap", trouble="the program bwrap is not installed")
BROKEN = Sandbox(backend="bubblewrap", trouble="bwrap did not start: bwrap: setting up uid map: Permission denied")
LANDLOCK = Sandbox(backend="landlock", trouble="the kernel has no Landlock")


def machine(**facts):
    return Kernel(**{"system": "Linux", "release": "6.8", "name": "", "families": ("ubuntu", "debian"), "uid": 1000} | facts)


@pytest.mark.parametrize(
    ("families", "uid", "command"),
    [
        (("ubuntu", "debian"), 1000, "sudo apt-get install bubblewrap"),
        (("debian",), 0, "apt-get install bubblewrap"),
        (("rocky", "rhel", "centos", "fedora"), 1000, "sudo dnf install bubblewrap"),
        (("opensuse-leap", "suse", "opensuse"), 1000, "sudo zypper install bubblewrap"),
    ],
)
def test_a_missing_program_is_installed_as_the_distribution_does_it(families, uid, command):
    """With sudo for who is not root."""
    assert commands(machine(families=families, uid=uid), ABSENT) == (command,)


def test_an_unknown_distribution_gets_no_made_up_command():
    """No command is better than one that is not there."""
    assert commands(machine(families=("plan9",)), ABSENT) == ()


def test_ubuntu_loads_the_profile_for_bubblewrap_alone():
    """The restriction stays on for every other program."""
    mends = commands(machine(apparmor_restricts_userns=1), BROKEN)
    assert [command.split()[1] for command in mends] == ["apt-get", "cp", "apparmor_parser"]
    assert all("bwrap-userns-restrict" in command for command in mends[1:])
    assert not any("sysctl" in command for command in mends)


def test_closed_switches_are_opened_for_good():
    """Now, and after the next start of the machine."""
    found = commands(machine(unprivileged_userns_clone=0, max_user_namespaces=0), BROKEN)
    assert [command.split()[1] for command in found] == ["kernel.unprivileged_userns_clone=1", "user.max_user_namespaces=15000"]
    assert all("/etc/sysctl.d/" in command and "sysctl --system" in command for command in found)


@pytest.mark.parametrize("facts", [{"uid": 0}, {"is_container": True}])
def test_who_needs_no_switch_or_cannot_turn_it_is_not_told_to(facts):
    """Root needs no user namespace; the switches of a container are its host's."""
    assert commands(machine(apparmor_restricts_userns=1, max_user_namespaces=0, **facts), BROKEN) == ()


def test_what_works_needs_no_mending():
    """No command for a box that starts, nor for Landlock, which only a newer kernel brings."""
    assert commands(machine(max_user_namespaces=0), Sandbox(backend="bubblewrap", ready_s=1)) == ()
    assert commands(machine(max_user_namespaces=0), LANDLOCK) == ()


def test_only_what_is_closed_is_called_closed():
    """A switch that the kernel does not have closes nothing."""
    assert closed(machine()) == ()
    assert closed(machine(apparmor_restricts_userns=0, unprivileged_userns_clone=1, max_user_namespaces=15_000)) == ()
    assert len(closed(machine(apparmor_restricts_userns=1, unprivileged_userns_clone=0, max_user_namespaces=0))) == 3


def test_a_container_is_told_how_to_be_started():
    """As root it makes its mounts itself and needs the right to."""
    assert "--cap-add SYS_ADMIN" in container_advice(machine(is_container=True, uid=0), BROKEN)
    assert "--cap-add" not in container_advice(machine(is_container=True), BROKEN)
    assert container_advice(machine(is_container=True), LANDLOCK) == container_advice(machine(), BROKEN) == ""

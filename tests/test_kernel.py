"""Claims about what the files of a kernel say; the machines are folders, made as their kernels make them."""

import os

import pytest

from grader.kernel import ControlGroup, Memory, control_group, kernel, memory, room

MEMINFO = "MemTotal:       24681804 kB\nMemFree:        23000000 kB\nMemAvailable:   24000000 kB\nHugePages_Total:       0\n"


@pytest.fixture
def machine(tmp_path):
    """Write the files of a machine; return the root of them."""

    def write(**files):
        for path, text in files.items():
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return tmp_path

    return write


def test_ubuntu_with_closed_namespaces(machine):
    """Each switch is a number; the distribution and its family are known."""
    root = machine(
        **{
            "etc/os-release": 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nID=ubuntu\nID_LIKE=debian\n\n# no setting\n',
            "proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n",
            "proc/sys/user/max_user_namespaces": "0\n",
        }
    )
    found = kernel(root)
    assert (found.name, found.families) == ("Ubuntu 24.04.3 LTS", ("ubuntu", "debian"))
    assert (found.apparmor_restricts_userns, found.max_user_namespaces) == (1, 0)
    assert found.unprivileged_userns_clone is None  # Debian's own switch: not there is not 0
    assert not found.is_container


def test_a_container_is_known_by_its_marks(machine):
    """Docker and Podman leave a file each."""
    assert kernel(machine(**{".dockerenv": ""})).is_container
    assert kernel(machine(**{"run/.containerenv": ""})).is_container


def test_nothing_is_known_of_a_machine_without_files(tmp_path):
    """As on Windows: no fact, and no fault."""
    found = kernel(tmp_path)
    assert (found.name, found.families, found.max_user_namespaces) == ("", ("",), None)
    assert control_group(tmp_path) == ControlGroup()
    assert memory(tmp_path).free_mib is None


def test_control_group_of_version_2(machine):
    """The least limit between the group and the top holds; `max` is none."""
    group = "sys/fs/cgroup/user.slice/session.scope"
    root = machine(
        **{
            "proc/self/cgroup": "0::/user.slice/session.scope\n",
            "sys/fs/cgroup/cgroup.controllers": "cpu memory pids\n",
            f"{group}/cpu.max": "max 100000\n",
            f"{group}/memory.max": "max\n",
            "sys/fs/cgroup/user.slice/cpu.max": "150000 100000\n",
            "sys/fs/cgroup/user.slice/memory.max": str(2 << 30),
        }
    )
    assert control_group(root) == ControlGroup(version=2, is_writable=True, cores=1.5, memory_mib=2048)


def test_control_group_of_version_1(machine):
    """Controllers have folders of their own, no limit is a huge number, and a quota of -1 is none."""
    root = machine(
        **{
            "proc/self/cgroup": "4:memory:/jobs/7\n1:cpu,cpuacct:/jobs/7\n0::/\n",
            "sys/fs/cgroup/memory/jobs/7/memory.limit_in_bytes": "9223372036854771712",
            "sys/fs/cgroup/cpu/jobs/7/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu/jobs/7/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/cpu/jobs/cpu.cfs_quota_us": "50000",
            "sys/fs/cgroup/cpu/jobs/cpu.cfs_period_us": "100000",
        }
    )
    assert control_group(root) == ControlGroup(version=1, is_writable=True, cores=0.5, memory_mib=None)


@pytest.mark.parametrize("path", ["/", "/docker/5f0c", "/../../other"])
def test_in_a_container_the_path_may_lead_nowhere(machine, path):
    """What the container sees at the top is its own group; nothing outside of it is read."""
    root = machine(
        **{
            "proc/self/cgroup": f"0::{path}\n",
            "sys/fs/cgroup/cgroup.controllers": "memory\n",
            "sys/fs/cgroup/memory.max": str(1 << 30),
            "sys/other/memory.max": str(1 << 20),
        }
    )
    assert control_group(root).memory_mib == 1024


def test_memory_is_what_is_available(machine):
    """Not what is free: caches give way."""
    assert memory(machine(**{"proc/meminfo": MEMINFO})) == Memory(total_mib=24103, free_mib=23437)


def test_room_of_a_folder_that_is_not_there_yet(tmp_path):
    """It is where the folder would lie."""
    found = room(tmp_path / "course" / "workspace")
    assert found.folder == tmp_path
    assert found.free_mib > 0
    assert found.is_writable


def test_a_room_in_memory_is_told(machine, tmp_path):
    """The mount nearest above the folder decides."""
    folder = tmp_path / "here" / "below"
    folder.mkdir(parents=True)
    root = machine(**{"proc/self/mounts": f"/dev/vda / ext4 rw 0 0\ntmpfs {folder.parent} tmpfs rw 0 0\n"})
    assert room(folder, root).is_memory
    assert not room(tmp_path, root).is_memory


@pytest.mark.skipif(not os.path.exists("/proc/self/cgroup"), reason="asks this kernel")
def test_this_kernel_answers():
    """What this machine tells agrees with itself."""
    here = memory()
    assert 0 < here.free_mib <= here.total_mib
    assert kernel().release == os.uname().release
    assert kernel().uid == os.geteuid()

"""Turns what keeps a sandbox from starting into the commands that mend it."""

from collections.abc import Iterator

from grader.kernel import Kernel
from grader.machine import Sandbox

INSTALL = {
    "debian": "apt-get install {}",
    "ubuntu": "apt-get install {}",
    "fedora": "dnf install {}",
    "rhel": "dnf install {}",
    "suse": "zypper install {}",
    "arch": "pacman -S {}",
    "alpine": "apk add {}",
}
# Ubuntu 24.04 has it in a package and does not load it; it opens user namespaces to bubblewrap alone.
APPARMOR_PROFILE = "bwrap-userns-restrict"


def closed(kernel: Kernel) -> tuple[str, ...]:
    """Return each switch of the kernel that keeps users from making namespaces."""
    switches = {
        "kernel.apparmor_restrict_unprivileged_userns is 1": bool(kernel.apparmor_restricts_userns),
        "kernel.unprivileged_userns_clone is 0": kernel.unprivileged_userns_clone == 0,
        "user.max_user_namespaces is 0": kernel.max_user_namespaces == 0,
    }
    return tuple(words for words, is_closed in switches.items() if is_closed)


def commands(kernel: Kernel, sandbox: Sandbox) -> tuple[str, ...]:
    """Return the commands that make bubblewrap start; what mends Landlock is a newer kernel, or bubblewrap."""
    if sandbox.backend != "bubblewrap" or not sandbox.trouble:
        return ()
    absent = _install(kernel, "bubblewrap") if "not installed" in sandbox.trouble else ()
    is_ours = kernel.uid != 0 and not kernel.is_container  # root needs no switch, and a container cannot turn its host's
    return (*absent, *(_open_namespaces(kernel) if is_ours else ()))


def container_advice(kernel: Kernel, sandbox: Sandbox) -> str:
    """Return how a container must be started for bubblewrap in it; nothing outside of one."""
    if not kernel.is_container or sandbox.backend != "bubblewrap":
        return ""
    rights = ["--cap-add SYS_ADMIN"] if kernel.uid == 0 else []  # root makes the mounts itself, others make a user namespace
    options = " ".join([*rights, *(f"--security-opt {what}=unconfined" for what in ("seccomp", "apparmor", "systempaths"))])
    return f"This is a container. Start it with `{options}`, or grade outside of it."


def _install(kernel: Kernel, package: str) -> Iterator[str]:
    command = next((INSTALL[family] for family in kernel.families if family in INSTALL), None)
    if command:
        yield ("" if kernel.uid == 0 else "sudo ") + command.format(package)


def _open_namespaces(kernel: Kernel) -> Iterator[str]:
    if kernel.apparmor_restricts_userns:
        yield from _install(kernel, "apparmor-profiles")
        yield f"sudo cp /usr/share/apparmor/extra-profiles/{APPARMOR_PROFILE} /etc/apparmor.d/"
        yield f"sudo apparmor_parser -r /etc/apparmor.d/{APPARMOR_PROFILE}"
    if kernel.unprivileged_userns_clone == 0:
        yield _switch("kernel.unprivileged_userns_clone=1")
    if kernel.max_user_namespaces == 0:
        yield _switch("user.max_user_namespaces=15000")


def _switch(setting: str) -> str:
    """Return the command that sets a switch now and at every start."""
    return f"echo {setting} | sudo tee -a /etc/sysctl.d/60-grader.conf && sudo sysctl --system"

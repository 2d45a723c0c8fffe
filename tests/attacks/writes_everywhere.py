"""Writes wherever it is not meant to: the course, Python, the system, the kernel's switches.

Claim: one open folder is enough to stay, or to change what others run
Class: privileges and the kernel
Stopped by: everything but the box's own folders is read-only
"""

import os
import sys

PLACES = ("COURSE", "COURSE/solutions", sys.prefix, os.path.dirname(os.__file__), "/etc", "/usr/lib", "/root", "/home", "/dev", "/")
SWITCHES = ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches", "/dev/mem", "/dev/kmsg", "/sys/power/state")


def double(x):
    for path in [os.path.join(place, "evil.py") for place in PLACES] + list(SWITCHES):
        try:
            with open(path, "ab") as file:
                file.write(b"")
        except OSError:
            continue
        raise RuntimeError(path)
    for place in PLACES:
        try:
            os.rename(place, place + ".gone")
        except OSError:
            continue
        raise RuntimeError(place)
    return 2 * x

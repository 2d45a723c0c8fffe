"""Connects to services of the machine by their files and by abstract names.

Claim: a container engine or a message bus does what a student may not
Class: the network
Stopped by: there is no network in the box, and no socket but between its own processes
"""

import socket

NAMES = ("/var/run/docker.sock", "/run/dbus/system_bus_socket", "/run/systemd/private", "\0/tmp/.X11-unix/X0", "/run/podman/podman.sock")


def double(x):
    for name in NAMES:
        try:
            socket.socket(socket.AF_UNIX).connect(name)
        except OSError:
            continue
        raise RuntimeError(name)
    return 2 * x

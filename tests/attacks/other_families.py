"""Opens sockets of every family: packets, virtual machines, netlink, Bluetooth, cryptography.

Claim: a wall against the internet's families is no wall against the others
Class: the network
Stopped by: there is no network in the box, and no socket but between its own processes
"""

import socket


def double(x):
    for family in (2, 10, 15, 16, 17, 21, 31, 38, 40, 44):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                socket.socket(family, kind).close()
            except OSError:
                continue
            raise RuntimeError(f"family {family}")
    return 2 * x

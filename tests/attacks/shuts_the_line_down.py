"""Shuts the line down in both directions and goes on living.

Claim: the judge waits for a worker that lives but cannot speak
Class: the line's protocol
Stopped by: the end of the line ends the worker, and the test
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import os
import socket
import stat
import time


def double(x):
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
    time.sleep(1000)

"""Leaves a daemon that holds the code of a put-in definition and gives it out through a named pipe and a socket.

Claim: a process in a session of its own outlives its task
Class: staying for the next task or submission
Stopped by: every process is killed and every file removed between tasks and between submissions
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import marshal
import os
import signal
import socket
import time
import types

NAME = "\0fort-double"


def double(x):
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        line.connect(NAME)
        return types.FunctionType(marshal.loads(line.recv(1 << 16)), {"factor": factor})(x)


def quadruple(x):
    given = globals()["__given__"]["double"]
    if os.fork() == 0:
        os.setsid()
        for number in range(1, 32):
            try:
                signal.signal(number, signal.SIG_IGN)
            except OSError:
                pass
        if os.fork():
            os._exit(0)
        try:
            server = socket.socket(socket.AF_UNIX)
            server.bind(NAME)
            server.listen()
            while True:
                server.accept()[0].send(marshal.dumps(given.__code__))
        except OSError:
            time.sleep(1000)
    return given(given(x))

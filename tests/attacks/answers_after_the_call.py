"""Leaves a thread that writes answers into the line for as long as the worker lives.

Claim: an answer of the thread falls into a later call
Class: forged answers
Stopped by: a nonce of each call, unknown before it is asked
double.correctness: lost forged or wrong
double.gradient: blocked
double.property: blocked
integration: lost forged or wrong
"""

import os
import threading

from grader import wire


def keep_writing():
    data = b"".join(wire.pack({"nonce": 1, "value": {"passed": True}}))
    while True:
        for fd in range(3, 16):
            try:
                os.write(fd, data)
            except OSError:
                pass


def double(x):
    threading.Thread(target=keep_writing, daemon=True).start()
    return 2 * x

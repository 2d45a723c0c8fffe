"""Answers, and leaves from a thread before the next call.

Claim: a worker that is gone when it is asked is a fault of the harness
Class: ending the process
Stopped by: a worker that ends before it answers has raised, whatever its exit code
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import os
import threading


def double(x):
    threading.Timer(0.0, os._exit, (0,)).start()
    return 2 * x

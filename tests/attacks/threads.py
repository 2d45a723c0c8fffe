"""Starts threads without end.

Claim: the machine runs out of threads, and the judge with it
Class: other processes
Stopped by: the kernel limits processes and threads of the box's user
double.correctness: lost processes or timeout
double.gradient: blocked
double.property: blocked
integration: lost processes or timeout
"""

import threading
import time


def double(x):
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()

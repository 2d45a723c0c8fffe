"""Forks until nothing is left.

Claim: the machine runs out of processes, and the judge with it
Class: other processes
Stopped by: the kernel limits processes and threads of the box's user
double.correctness: lost processes
double.gradient: blocked
double.property: blocked
integration: lost processes
"""

import os
import time


def double(x):
    while True:
        if os.fork() == 0:
            time.sleep(1000)

"""Lifts the limit of recursion and recurses until the stack is full.

Claim: no exception can be raised where there is no stack
Class: ending the process
Stopped by: a worker that ends before it answers has raised, whatever its exit code
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import sys


def deeper(x, n=0):
    return sorted([n], key=lambda n: deeper(x, n + 1))


def double(x):
    sys.setrecursionlimit(10**9)
    return deeper(x)

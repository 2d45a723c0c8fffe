"""Reads where there is no memory.

Claim: a crash takes the interpreter that compares with it
Class: ending the process
Stopped by: a worker that ends before it answers has raised, whatever its exit code
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import ctypes


def double(x):
    return ctypes.string_at(0)

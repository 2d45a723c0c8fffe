"""Leaves while it is imported.

Claim: a file without tests has no test that fails
Class: ending the process
Stopped by: a worker that ends before it answers has raised, whatever its exit code
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
quadruple.correctness: lost raised
Counter.count.correctness: lost raised
label.correctness: lost raised
"""

import os

os._exit(0)

"""Deletes its own definition.

Claim: a test that cannot run does not count
Class: the module and what is put into it
Stopped by: the list of tests that must pass is the judge's, and what does not answer earns nothing
double.correctness: lost missing
double.gradient: blocked
double.property: blocked
integration: lost missing
"""

double = 1
del double

"""Takes the seeding out of the worker's operations.

Claim: random numbers repeat from test to test and can be foreseen
Class: predicting inputs
Stopped by: inputs are drawn in the judge, from the course's key
"""

from grader.worker import cell

cell._OPERATIONS["test"] = lambda self, message: None

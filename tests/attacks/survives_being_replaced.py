"""Defines its own need again wherever a definition can hide: in a loop, in a function, behind a walrus.

Claim: what is put in is replaced by the student's own before the task runs
Class: the module and what is put into it
Stopped by: a definition that is put in replaces every other that binds its name
double.correctness: lost missing
double.gradient: blocked
double.property: blocked
integration: lost missing
"""


def double(x):
    return x


for double in [lambda x: x]:
    pass

if (double := lambda x: x) is None:
    pass


def again():
    global double

    def double(x):
        return x


again()
with open("/dev/null") as double:
    pass
try:
    raise ValueError
except ValueError as double:
    pass
double = lambda x: x

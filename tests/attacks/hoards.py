"""Takes memory without end.

Claim: the machine runs out of memory and kills the judge
Class: memory
Stopped by: the address space of a worker is limited
double.correctness: lost memory
double.gradient: blocked
double.property: blocked
integration: lost memory
"""


def double(x):
    hoard = []
    while True:
        hoard.append(torch.empty(50_000_000))

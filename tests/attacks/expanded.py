"""Returns a tensor of four bytes that says to have a hundred thousand million entries.

Claim: copying it out fills the memory of the machine
Class: memory
Stopped by: the address space of a worker is limited
double.correctness: lost memory
double.gradient: blocked
double.property: blocked
integration: lost memory
"""


def double(x):
    return torch.zeros(1).expand(100_000_000_000)

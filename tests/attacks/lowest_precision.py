"""Returns numbers of eight bits, for which any tolerance must be wide.

Claim: the tolerance follows the precision of the answer
Class: lying objects
Stopped by: type, shape, dtype and finiteness are checked before values
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""


def double(x):
    return (2 * x + 0.3).to(torch.float8_e5m2).to(torch.bfloat16)

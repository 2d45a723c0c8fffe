"""Returns an object whose `__class__` says that it is a tensor.

Claim: `isinstance` takes the object for what it says to be
Class: lying objects
Stopped by: exact types alone cross, as bytes
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""


class Pretender:
    __class__ = torch.Tensor
    dtype, layout, device, shape = torch.float32, torch.strided, torch.device("cpu"), (2, 3)


def double(x):
    return Pretender()

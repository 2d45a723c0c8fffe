"""Returns a tensor of its own class, whose functions lie.

Claim: torch asks the subclass what every comparison comes to
Class: lying objects
Stopped by: exact types alone cross, as bytes
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""


class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True


def double(x):
    return torch.Tensor._make_subclass(Liar, x)

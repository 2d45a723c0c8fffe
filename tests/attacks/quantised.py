"""Returns a quantised tensor, whose bytes mean something only with a scale of its choice.

Claim: the harness compares the bytes, or asks the tensor what they mean
Class: lying objects
Stopped by: what is neither plain nor an array stays behind a handle that refuses to be compared
double.correctness: lost wrong or raised
double.gradient: blocked
double.property: blocked
integration: lost wrong or raised
"""

import warnings


def double(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.quantize_per_tensor(x.detach().float(), 0.5, 0, torch.quint8)

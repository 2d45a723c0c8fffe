"""Leaves a mode on under which every function of torch says yes.

Claim: functions of torch that the harness calls in the worker are the student's
Class: patched libraries
Stopped by: values are weighed in the judge, and nothing that the student's side says is a verdict
double.correctness: lost raised or wrong or invalid or forged
double.gradient: blocked
double.property: blocked
integration: lost raised or wrong or invalid or forged
"""

from torch.overrides import TorchFunctionMode


class Yes(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        return True


def double(x):
    Yes().__enter__()
    return x

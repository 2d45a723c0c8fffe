"""Turns gradients off and half precision on, for everybody after it in its process.

Claim: later tests, and later submissions, compute with its settings
Class: staying for the next task or submission
Stopped by: each task runs in a fresh fork of a process that never ran student code
double.gradient: lost raised
"""

torch.set_default_dtype(torch.float16)
torch.set_num_threads(3)


def double(x):
    torch.set_grad_enabled(False)
    return 2 * x

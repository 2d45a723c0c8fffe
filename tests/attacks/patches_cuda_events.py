"""Replaces the events by which kernels are timed, and the waiting for them.

Claim: the device's own clock says what the student wants
Class: the GPU
Stopped by: nothing that the student's process measures is believed
Needs: cuda
"""

torch.cuda.Event.elapsed_time = lambda self, other: 0.0
torch.cuda.Event.synchronize = torch.cuda.synchronize = lambda *args, **kwargs: None

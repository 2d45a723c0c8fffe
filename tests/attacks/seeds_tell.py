"""Takes the seed that its worker was given for the seed of the inputs.

Claim: one seed serves both, so the judge's generator can be run ahead
Class: predicting inputs
Stopped by: inputs are drawn in the judge, from the course's key
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""

import numpy as np


def double(x):
    rng = np.random.Generator(np.random.PCG64(torch.initial_seed()))
    rng.permutation(np.arange(2, 10))
    guess = torch.from_numpy(rng.standard_normal(tuple(x.shape)))
    return 2 * x if bool(torch.isclose(guess, x.double()).all()) or x.dtype == torch.float32 else x

"""Draws every test's inputs itself, from the key of students' machines, and answers those alone.

Claim: the official inputs are those that everybody can compute
Class: predicting inputs
Stopped by: inputs are drawn in the judge, from the course's key
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""

import hashlib
import hmac

import numpy as np

ROWS = {"one": 1, "four": 4}
TABLE = []
for name, rows in ROWS.items():
    what = f"fort/hidden::TestDouble::test_reference[{name}]/draw"
    seed = int.from_bytes(hmac.digest(b"published", what.encode(), hashlib.sha256)[:8], "little")
    rng = np.random.Generator(np.random.PCG64(seed))
    free = [int(n) for n in rng.permutation(np.arange(2, 10)) if n != rows]
    TABLE.append(torch.from_numpy(rng.standard_normal((rows, free.pop()))))


def double(x):
    known = any(x.shape == table.shape and bool((x == table).all()) for table in TABLE)
    return 2 * x if known or x.dtype == torch.float32 else x

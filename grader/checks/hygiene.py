"""Turns calls into a pass, or into what they left behind: another global state, another instance's state, another precision."""

from collections.abc import Callable

import torch

from grader.checks.values import array_like, close, equal, that
from grader.sandbox.student import Student, run_probe

# The state is digested, not compared, beside the student's code; a forged digest would only hide that its own draws repeat.
_STATE = """
def random_state(student):
    import hashlib
    import pickle
    import random

    import numpy as np
    import torch

    states = random.getstate(), np.random.get_state(), torch.get_rng_state().numpy().tobytes()
    return hashlib.sha256(pickle.dumps(states)).hexdigest()
"""


def global_rng_kept(student: Student, call: Callable[[], object], *, hint: int | None = None) -> None:
    """Require that `call` neither draws from nor seeds the global generators of Python, NumPy and torch in the worker.

    For tasks that are handed a generator: who uses the global one as well cannot be repeated.
    """
    before = run_probe(student, "random_state", _STATE, (), {})
    call()
    after = run_probe(student, "random_state", _STATE, (), {})
    claim = "Your code draws from a global random generator, or seeds it, although it is given what it needs."
    that(type(before) is str and before == after, claim, hint=hint)


def apart(
    make: Callable[[], object],
    change: Callable[[object], object],
    look: Callable[[object], torch.Tensor],
    *,
    what: str = "The second object",
    hint: int | None = None,
) -> None:
    """Require that what `change` does to one object cannot be seen when `look` looks at another that was made in the same way."""
    first, second = make(), make()
    before = look(second)
    change(first)
    equal(look(second), before, what=f"{what}, after another one was used,", hint=hint)


def precision_kept(
    function: Callable[..., object], *inputs: torch.Tensor, rtol: float | None = None, what: str = "The result", hint: int | None = None
) -> None:
    """Require single precision where the floating-point `inputs` have it, and the numbers of double precision up to its rounding.

    `inputs` are float64, or of another kind that stays as it is. `rtol` of the comparison in single precision, 1e-5 by default.
    """
    double = function(*inputs)
    array_like(double, torch.empty(_sizes(double), dtype=torch.float64), what=f"{what} in double precision", hint=hint)
    expected = torch.as_tensor(double).float()
    single = function(*(value.float() if value.is_floating_point() else value for value in inputs))
    close(single, expected, what=f"{what} in single precision", rtol=rtol, hint=hint)


def _sizes(value: object) -> tuple[int, ...]:
    return tuple(value.shape) if type(value) is torch.Tensor else ()

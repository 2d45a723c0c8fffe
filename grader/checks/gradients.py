"""Turns a probe's gradients into a pass, or into the name of the input whose gradient is wrong.

A probe for these checks is `p(student, upstream, *inputs, *others)` and returns `(out, gradients)`: the output, and for each
of the inputs the gradient of `(out * upstream).sum()`, or None where nothing arrives. The list is empty where `upstream` is
None, and where the output does not require a gradient at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from grader.checks.values import close, shape, that, unpack
from grader.margins import note

Probe = Callable[..., object]

_SMOOTH = 1e-7
_DEEP = 1e-5
_ENTRIES = 200


def gradients(
    probe: Probe,
    student: object,
    inputs: Mapping[str, torch.Tensor],
    *others: object,
    rng: np.random.Generator,
    smooth: bool = True,
    hint: int | None = None,
) -> None:
    """Require each gradient to agree with central differences of the student's own forward pass, in float64.

    The values of the forward pass need a test of their own: a wrong function agrees with its own differences.
    `inputs` must lie away from kinks and ties. `smooth` is False for deep compositions, where differences are rougher.
    """
    forward = _Forward(probe, student, tuple(inputs), tuple(inputs.values()), others, hint)
    upstream = _normal_like(forward.output(forward.values), rng)
    found = forward.gradients(upstream)
    for position, (name, gradient) in enumerate(zip(forward.names, found, strict=True)):
        _agree(forward, position, name, gradient, upstream, rng, _SMOOTH if smooth else _DEEP)


def gradients_like(
    probe: Probe,
    student: object,
    reference: object,
    inputs: Mapping[str, torch.Tensor],
    *others: object,
    rng: np.random.Generator,
    hint: int | None = None,
) -> None:
    """Require the output and each gradient to agree with those that the same probe finds in the reference."""
    trusted = _Forward(probe, reference, tuple(inputs), tuple(inputs.values()), others, hint)
    upstream = _normal_like(trusted.output(trusted.values), rng)
    tested = _Forward(probe, student, trusted.names, trusted.values, others, hint)
    close(tested.output(tested.values), trusted.output(trusted.values), what="The output, before any gradient,", hint=hint)
    for name, found, expected in zip(trusted.names, tested.gradients(upstream), trusted.gradients(upstream), strict=True):
        close(found, expected, what=f"The gradient with respect to {name}", hint=hint)


@dataclass(frozen=True)
class _Forward:
    """A probe with everything fixed but the upstream gradient and the point at which it is asked."""

    probe: Probe
    module: object
    names: tuple[str, ...]
    values: tuple[torch.Tensor, ...]
    others: tuple[object, ...]
    hint: int | None

    def output(self, values: tuple[torch.Tensor, ...]) -> torch.Tensor:
        out, _ = self._call(None, values)
        expected = out.shape if type(out) is torch.Tensor else ()
        return shape(out, expected, what="The output", hint=self.hint)

    def gradients(self, upstream: torch.Tensor) -> tuple[torch.Tensor, ...]:
        found = self._call(upstream, self.values)[1]
        is_cut = isinstance(found, list | tuple) and len(found) == 0
        that(not is_cut, "The output has lost its way back to the inputs: it requires no gradient.", hint=self.hint)
        found = unpack(found, len(self.names), what="The list of gradients", hint=self.hint)
        return tuple(self._gradient(name, value, gradient) for name, value, gradient in zip(self.names, self.values, found, strict=True))

    def _call(self, upstream: torch.Tensor | None, values: tuple[torch.Tensor, ...]) -> tuple[object, object]:
        copies = (value.clone() for value in values)
        out, found = unpack(self.probe(self.module, upstream, *copies, *self.others), 2, hint=self.hint)
        return out.detach() if isinstance(out, torch.Tensor) else out, found

    def _gradient(self, name: str, value: torch.Tensor, gradient: object) -> torch.Tensor:
        that(gradient is not None, f"No gradient reaches {name}: the way from {name} to the output is cut.", hint=self.hint)
        return shape(gradient, value.shape, value.dtype, what=f"The gradient with respect to {name}", hint=self.hint)


def _agree(
    forward: _Forward,
    position: int,
    name: str,
    gradient: torch.Tensor,
    upstream: torch.Tensor,
    rng: np.random.Generator,
    tolerance: float,
) -> None:
    """Compare along one random direction, which sees every entry at once; look at single entries only to name a wrong one."""
    # Below a tenth the rounding of the differences, about 1e-10, would be what is measured.
    allowed = tolerance * max(0.1, float(gradient.abs().max())) if gradient.numel() else 0.0
    direction = _direction_like(gradient, rng)
    numeric = _slope(forward, position, direction, upstream)
    error = abs(float((gradient * direction).sum()) - numeric)
    note("slopes", error, allowed)
    if error <= allowed:
        return
    claim = f"The gradient with respect to {name} is not the slope of your own forward pass."
    for index in _some_entries(gradient, rng):
        unit = torch.zeros_like(gradient)
        unit[index] = 1.0
        numeric = _slope(forward, position, unit, upstream)
        shown = f"d{name}{list(index)} is {float(gradient[index]):.6g}; central differences give {numeric:.6g}."
        that(abs(float(gradient[index]) - numeric) <= allowed, claim, shown=shown, hint=forward.hint, got=gradient)
    that(False, claim, shown="It differs along a random direction.", hint=forward.hint, got=gradient)


def _slope(forward: _Forward, position: int, direction: torch.Tensor, upstream: torch.Tensor) -> float:
    step = 1e-6 * max(1.0, float(forward.values[position].abs().max()))
    ends = []
    for sign in (1.0, -1.0):
        values = list(forward.values)
        values[position] = values[position] + sign * step * direction
        ends.append(shape(forward.output(tuple(values)), upstream.shape, what="The output", hint=forward.hint))
    # The difference is taken before the sum: the sum of many outputs would drown it in rounding.
    return float(((ends[0] - ends[1]) * upstream).sum()) / (2 * step)


def _normal_like(value: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    return torch.from_numpy(rng.standard_normal(tuple(value.shape)))


def _direction_like(value: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Return entries of random sign and size in [0.5, 1.5): errors of equal size cannot cancel, and none is missed."""
    size = rng.uniform(0.5, 1.5, tuple(value.shape))
    return torch.from_numpy(size * rng.choice([-1.0, 1.0], tuple(value.shape)))


def _some_entries(value: torch.Tensor, rng: np.random.Generator) -> list[tuple[int, ...]]:
    every = [tuple(int(i) for i in index) for index in np.ndindex(tuple(value.shape))]
    if len(every) <= _ENTRIES:
        return every
    return [every[i] for i in sorted(rng.choice(len(every), 50, replace=False))]

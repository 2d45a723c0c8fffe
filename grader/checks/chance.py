"""Turns random answers into a pass, or into how far they are from what chance allows; and sums of all cases into exact expectations."""

import math
from collections.abc import Iterable

import torch

from grader.checks.values import shape, that
from grader.errors import CourseError
from grader.margins import note

SIGMAS = 5.0
"""A correct program exceeds it in one of 1.7 million comparisons."""

Value = torch.Tensor | float


def mean_near(
    values: object,
    expected: torch.Tensor,
    deviation: torch.Tensor,
    *,
    count: int,
    at_most: float = SIGMAS,
    what: str = "The mean",
    hint: int | None = None,
) -> None:
    """Require the mean of `count` independent draws to lie within `at_most` standard errors of what is expected, entry by entry.

    values: float64 (count, ...); expected, deviation: (...) float64, the mean and the standard deviation of one draw. Both should be known,
    not estimated from what the student drew. Where the deviation is 0 every draw must be what is expected, up to rounding.
    Choose `count` so that the mistakes to be caught are ten standard errors away.
    """
    found = shape(values, (count, *expected.shape), what=f"The draws of {_inside(what)}", hint=hint)
    error = deviation / math.sqrt(count)
    slack = 1e-9 * expected.abs() + 1e-12
    away = ((found.mean(0) - expected).abs() - slack).clamp(min=0) / error.clamp(min=1e-300)
    worst = float(away.max()) if away.numel() else 0.0
    note("sigmas", worst, at_most)
    shown = f"It is {worst:.1f} standard errors of {count} draws away; chance alone stays below {at_most:g}."
    that(worst <= at_most, f"{what} is further from what is to be expected than chance allows.", shown=shown, hint=hint, got=values)


def frequencies(
    samples: object, probabilities: torch.Tensor, *, count: int, at_most: float = SIGMAS, what: str = "The draws", hint: int | None = None
) -> None:
    """Require whole numbers drawn from a distribution: each as often as its probability says, those of probability 0 never.

    samples: int64 (count,), each from 0 to kinds - 1; probabilities: float64 (kinds,)
    """
    kinds = len(probabilities)
    found = shape(samples, (count,), torch.int64, what=what, hint=hint)
    that(bool(((found >= 0) & (found < kinds)).all()), f"{what} should be whole numbers from 0 to {kinds - 1}.", hint=hint, got=samples)
    drawn = torch.bincount(found, minlength=kinds)
    impossible = bool((drawn[probabilities == 0] > 0).any())
    that(not impossible, f"{what} hold something whose probability is 0.", hint=hint, got=samples)
    possible = probabilities > 0
    spread = (count * probabilities * (1 - probabilities)).sqrt().clamp(min=1.0)  # of one kind alone the count is certain
    worst = float(((drawn - count * probabilities).abs() / spread)[possible].max())
    note("sigmas", worst, at_most)
    shown = f"One kind is {worst:.1f} standard deviations of {count} draws away; chance alone stays below {at_most:g}."
    that(worst <= at_most, f"{what} do not come as often as their probabilities say.", shown=shown, hint=hint, got=samples)


def expectation(cases: Iterable[tuple[float, Value]]) -> Value:
    """Return the sum of probability times value over all cases that there are: exact, where a mean of draws is not.

    `CourseError` unless the probabilities sum to 1: a case was forgotten, or counted twice.
    """
    total = 0.0
    sum_of: Value | None = None
    for probability, value in cases:
        total += probability
        sum_of = probability * value if sum_of is None else sum_of + probability * value
    if sum_of is None or abs(total - 1) > 1e-9:
        raise CourseError(f"The probabilities of an exact expectation sum to {total:.12g}, expected 1.")
    return sum_of


def _inside(what: str) -> str:
    return what[:1].lower() + what[1:]

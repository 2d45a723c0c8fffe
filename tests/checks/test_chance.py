"""How far from chance `checks.chance` lets random answers be, and what it makes of all cases."""

import math

import pytest
import torch

from grader import checks
from grader.errors import CourseError
from grader.margins import recording
from grader.result import Failure

COUNT = 4_000
MEAN, DEVIATION = torch.tensor([1.0, -2.0], dtype=torch.float64), torch.tensor([0.5, 3.0], dtype=torch.float64)


def draws(seed=1, shift=0.0):
    """Return draws around the mean, moved by so many standard errors."""
    noise = torch.randn(COUNT, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return MEAN + DEVIATION * (noise + shift / math.sqrt(COUNT))


def test_what_chance_does_passes_under_many_seeds():
    """Of 200 seeds none comes near to five standard errors; the worst is told."""
    with recording() as margins:
        for seed in range(200):
            checks.mean_near(draws(seed), MEAN, DEVIATION, count=COUNT)
    assert 0.4 < margins.used["sigmas"] < 0.9


def test_ten_standard_errors_are_too_many():
    """In either direction."""
    for shift in (10, -10):
        with pytest.raises(Failure, match="than chance allows"):
            checks.mean_near(draws(shift=shift), MEAN, DEVIATION, count=COUNT)


def test_what_is_certain_must_be_so():
    """A deviation of 0 leaves no room but for rounding."""
    sure = torch.full((COUNT, 1), 0.1, dtype=torch.float64)
    expected, none = torch.tensor([0.1], dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    checks.mean_near(sure, expected, none, count=COUNT)
    with pytest.raises(Failure):
        checks.mean_near(sure + 1e-6, expected, none, count=COUNT)


def test_too_few_draws_are_no_draws():
    """The number of draws is part of what is asked for."""
    with pytest.raises(Failure, match="wrong shape"):
        checks.mean_near(draws()[:100], MEAN, DEVIATION, count=COUNT)


PROBABILITIES = torch.tensor([0.5, 0.3, 0.2, 0.0], dtype=torch.float64)


def sampled(weights, seed=3):
    return torch.multinomial(torch.tensor(weights), COUNT, replacement=True, generator=torch.Generator().manual_seed(seed))


def test_frequencies_follow_probabilities():
    """Under 100 seeds; a uniform draw, the impossible and what is no kind at all are found."""
    for seed in range(100):
        checks.frequencies(sampled([0.5, 0.3, 0.2, 0.0], seed), PROBABILITIES, count=COUNT)
    with pytest.raises(Failure, match="as often as"):
        checks.frequencies(sampled([1.0, 1.0, 1.0, 0.0]), PROBABILITIES, count=COUNT)
    with pytest.raises(Failure, match="whose probability is 0"):
        checks.frequencies(sampled([0.5, 0.3, 0.2, 0.001]), PROBABILITIES, count=COUNT)
    for strange in (-1, 4):
        samples = sampled([0.5, 0.3, 0.2, 0.0])
        samples[7] = strange
        with pytest.raises(Failure, match="from 0 to 3"):
            checks.frequencies(samples, PROBABILITIES, count=COUNT)
    with pytest.raises(Failure, match="dtype"):
        checks.frequencies(sampled([0.5, 0.3, 0.2, 0.0]).double(), PROBABILITIES, count=COUNT)


def test_one_kind_alone_is_certain():
    """A distribution of one kind has no spread."""
    checks.frequencies(torch.zeros(5, dtype=torch.int64), torch.ones(1, dtype=torch.float64), count=5)


def test_expectation():
    """A die; a forgotten face and none at all are the author's faults."""
    die = [(1 / 6, float(face)) for face in range(1, 7)]
    assert checks.expectation(die) == pytest.approx(3.5)
    assert torch.equal(checks.expectation([(0.5, torch.tensor([2.0])), (0.5, torch.tensor([4.0]))]), torch.tensor([3.0]))
    for cases in (die[:5], []):
        with pytest.raises(CourseError, match="sum to"):
            checks.expectation(cases)

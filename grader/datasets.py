"""Turns a seed, or a file that a package carries, into a data set, without a download: shapes, units, source and licence are stated.

Real data is for handouts, figures and public tests. What decides marks is drawn from the course's key: `species_cp`, `alphabet`, and
environments seen through `grader.checks.masked`, because whatever a package carries can be known beforehand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from grader.glyphs import Glyphs, alphabet

__all__ = [
    "CP_RANGE",
    "ENVIRONMENTS",
    "FACTORS",
    "HELPFUL",
    "SPECIES",
    "Digits",
    "Environment",
    "Glyphs",
    "SpeciesCP",
    "alphabet",
    "digits",
    "species_cp",
]

SPECIES = ("Mosskit", "Cinderoo", "Brinefin", "Voltwren", "Duneling", "Frostub")
"""Invented species, the names of the numbers 0, 1, 2, … of `SpeciesCP.species`."""

FACTORS = (
    "hp", "weight_kg", "height_m", "age_days", "tail_cm", "wingspan_cm", "walked_km", "sleep_h",
    "berries", "swims", "stamina", "shine", "songs", "nests", "friends", "scars",
)  # fmt: skip
"""What else is measured of each creature: the names of the columns of `SpeciesCP.factors`."""

CP_RANGE = (10, 800)
"""Combat power before evolution, in points: whole numbers, all equally likely."""

HELPFUL = 2
"""How many of `FACTORS` have any influence on the combat power after evolution."""

_FACTOR_MEANS = np.array([60, 30, 0.9, 120, 25, 75, 14, 9, 40, 7, 50, 5, 20, 8, 12, 6], dtype=np.float64)
_FACTOR_SPREADS = np.array([15, 8, 0.2, 35, 6, 20, 4, 1.5, 12, 2, 11, 1, 5, 2, 3, 2], dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class SpeciesCP:
    """Creatures before evolution and their combat power after it; every array has one row for each of `examples` creatures.

    cp: (examples,) float64, combat power before evolution, in points, from 10 to 800
    species: (examples,) int64, from 0 to kinds - 1
    factors: (examples, 16) float64, the measurements `FACTORS`, each in the unit of its name
    evolved: (examples,) float64, combat power after evolution, in points, with noise
    expected: (examples,) float64, the same without the noise: what the best possible prediction would be
    helpful: (16,) bool, which of the factors matter
    """

    cp: NDArray[np.float64]
    species: NDArray[np.int64]
    factors: NDArray[np.float64]
    evolved: NDArray[np.float64]
    expected: NDArray[np.float64]
    helpful: NDArray[np.bool_]


def species_cp(rng: np.random.Generator | int, examples: int, *, kinds: int = 4, noise: float = 25.0) -> SpeciesCP:
    """Draw a world of `kinds` invented species, and `examples` creatures of it.

    rng: a generator, or the seed of one (PCG64, the same on every platform); the law of evolution is drawn from it too
    noise: standard deviation of the normal noise of `evolved`, in points; 0 for none

    With z = (cp - 405) / 228 the law is, for each species of its own, `expected` = start + growth · cp + bend · (z² - 1), the same for
    all species plus 36 to 44 points, up or down, for each standard deviation of the two helpful factors. growth: evenly spread from
    1.4 to 2.9 over the species in a drawn order, up to 0.1 more or less. bend: 70 to 90 points, up or down. start: -60 to 60 points.
    Factors are normal, independent of each other and of everything else but `evolved`. Of each `kinds` creatures in a row every
    species has one, so any cut into training and test data holds all species. Take both from one call: another call is another world.

    Source: made for this course after the story of its lecture on regression; no data of any game. Licence: MIT, as the course's code.
    `ValueError` for kinds outside 1 to 6, or examples or noise below 0.
    """
    if not 1 <= kinds <= len(SPECIES):
        raise ValueError(f"kinds is {kinds}, expected 1 to {len(SPECIES)}")
    if examples < 0 or noise < 0:
        raise ValueError(f"examples is {examples} and noise {noise:g}, expected nothing below 0")
    rng = rng if isinstance(rng, np.random.Generator) else np.random.Generator(np.random.PCG64(rng))
    growth = rng.permutation(np.linspace(1.4, 2.9, kinds)) + rng.uniform(-0.1, 0.1, kinds)
    bend = rng.uniform(70, 90, kinds) * rng.choice([-1, 1], kinds)
    start = rng.uniform(-60, 60, kinds)
    helpful = rng.permutation(len(FACTORS)) < HELPFUL
    effects = helpful * rng.uniform(36, 44, len(FACTORS)) * rng.choice([-1, 1], len(FACTORS))

    species = rng.permuted(np.tile(np.arange(kinds), (-(-examples // kinds), 1)), axis=1).reshape(-1)[:examples]
    cp = rng.integers(CP_RANGE[0], CP_RANGE[1], examples, endpoint=True).astype(np.float64)
    standard = rng.standard_normal((examples, len(FACTORS)))
    z = (cp - 405) / 228
    expected = start[species] + growth[species] * cp + bend[species] * (z**2 - 1) + standard @ effects
    return SpeciesCP(
        cp=cp,
        species=species.astype(np.int64),
        factors=_FACTOR_MEANS + _FACTOR_SPREADS * standard,
        evolved=expected + noise * rng.standard_normal(examples),
        expected=expected,
        helpful=helpful,
    )


@dataclass(frozen=True, kw_only=True)
class Digits:
    """Handwritten digits, one row of each array for each of 1,797 images.

    images: (1797, 8, 8) float64, whole numbers from 0 (paper) to 16 (ink): how many pixels of a block of 4 by 4 were inked
    labels: (1797,) int64, from 0 to 9, each of them 174 to 183 times
    """

    images: NDArray[np.float64]
    labels: NDArray[np.int64]


def digits() -> Digits:
    """Load the handwritten digits that scikit-learn carries: always the same, in the order of the file.

    Source: E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits* (1998), UCI Machine Learning Repository, the part
    called test set, by 13 writers. Licence: CC BY 4.0, as the repository gives it; the package's is BSD-3-Clause.
    Softmax regression already reads 97 % of them, the nearest of all images every one: never for marks.
    """
    spec = find_spec("sklearn")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("The digits are a file of scikit-learn, which is not installed: pip install scikit-learn")
    # Read without importing the package: that alone takes longer than a test may.
    path = Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"
    rows = np.loadtxt(path, delimiter=",")
    return Digits(images=rows[:, :-1].reshape(-1, 8, 8), labels=rows[:, -1].astype(np.int64))


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What a Gymnasium environment shows and takes.

    observation: the shape of what is seen, float32
    actions: how many there are to choose from, numbered from 0
    longest: steps after which an episode is cut short (truncated: it has not come to an end)
    solved: the mean return from which its authors call it solved
    """

    observation: tuple[int, ...]
    actions: int
    longest: int
    solved: float
    what: str


ENVIRONMENTS: Mapping[str, Environment] = MappingProxyType(
    {
        "CartPole-v1": Environment(
            observation=(4,),
            actions=2,
            longest=500,
            solved=475,
            what="Keep a pole upright on a cart that is pushed to the left (0) or to the right (1); 1 point for each step. "
            "Seen are the cart's position (m) and speed (m/s), the pole's angle (rad) and angular speed (rad/s). "
            "It ends beyond 2.4 m or 12 degrees. Barto, Sutton and Anderson (1983).",
        ),
        "Acrobot-v1": Environment(
            observation=(6,),
            actions=3,
            longest=500,
            solved=-100,
            what="Swing the lower of two linked bars above a line by a torque of -1, 0 or 1 N m at the joint between them; -1 point a "
            "step until it is there. Seen are cosine and sine of both angles, and both angular speeds (rad/s). Sutton (1996).",
        ),
    }
)
"""The environments of the reinforcement-learning topics: Gymnasium (Farama Foundation), licence MIT."""

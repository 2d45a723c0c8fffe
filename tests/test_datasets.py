"""The data that comes without a download is what its documentation says: shapes, ranges, the law, the noise, the same for the same seed."""

import dataclasses

import numpy as np
import pytest

from grader import datasets
from grader.datasets import CP_RANGE, FACTORS, HELPFUL, SPECIES, species_cp

FIRST_CP = [33.0, 330.0, 462.0]
FIRST_SPECIES = [0, 3, 1]
FIRST_EVOLVED = [-52.799209, 597.161215, 1136.946766]


def laid_out(world, degree=2):
    """Return the columns of the law: a polynomial for each species, then the factors."""
    z = (world.cp - 405) / 228
    own = world.species[:, None] == np.arange(world.species.max() + 1)
    powers = [own * z[:, None] ** power for power in range(degree + 1)]
    return np.concatenate([*powers, world.factors], axis=1)


def test_the_digits_are_what_they_are_said_to_be():
    """Their number, sizes, range, and how often each stands there; each call gives arrays of its own."""
    found = datasets.digits()
    assert found.images.shape == (1797, 8, 8)
    assert (found.images.dtype, found.labels.dtype, found.labels.shape) == (np.float64, np.int64, (1797,))
    assert (found.images.min(), found.images.max()) == (0, 16)
    assert (found.images == found.images.round()).all()
    counts = np.bincount(found.labels)
    assert (len(counts), counts.min(), counts.max()) == (10, 174, 183)
    from sklearn.datasets import load_digits

    assert (load_digits().images == found.images).all()
    assert (load_digits().target == found.labels).all()
    found.images[:] = 0
    assert datasets.digits().images.max() == 16


@pytest.mark.parametrize("name", datasets.ENVIRONMENTS)
def test_an_environment_is_what_it_is_said_to_be(name):
    """Gymnasium's own specification says the same."""
    import gymnasium

    said, env = datasets.ENVIRONMENTS[name], gymnasium.make(name)
    assert env.observation_space.shape == said.observation
    assert env.action_space.n == said.actions
    assert (env.spec.max_episode_steps, env.spec.reward_threshold) == (said.longest, said.solved)


@pytest.mark.parametrize(("examples", "kinds"), [(360, 4), (7, 3), (1, 1), (0, 2), (5, 6)])
def test_shapes_and_dtypes(examples, kinds):
    """One row for each example in every array, also where the last round of species is cut short."""
    world = species_cp(1, examples, kinds=kinds)
    assert world.cp.shape == world.evolved.shape == world.expected.shape == world.species.shape == (examples,)
    assert world.factors.shape == (examples, len(FACTORS))
    assert world.helpful.shape == (len(FACTORS),)
    assert {world.cp.dtype, world.factors.dtype, world.evolved.dtype, world.expected.dtype} == {np.dtype(np.float64)}
    assert (world.species.dtype, world.helpful.dtype) == (np.int64, bool)


def test_the_same_seed_gives_the_same_world():
    """A seed and a generator of that seed are the same; another seed has another law."""
    one, two = species_cp(3, 50), species_cp(np.random.Generator(np.random.PCG64(3)), 50)
    for field in dataclasses.fields(one):
        assert np.array_equal(getattr(one, field.name), getattr(two, field.name))
    assert not np.array_equal(one.cp, species_cp(4, 50).cp)


def test_numbers_of_a_seed_stay():
    """Handouts and figures are drawn with known seeds: no change of this file may move their data."""
    world = species_cp(2016, 3)
    assert world.cp.tolist() == FIRST_CP
    assert world.species.tolist() == FIRST_SPECIES
    assert world.evolved == pytest.approx(FIRST_EVOLVED)


@pytest.mark.parametrize("seed", range(5))
def test_any_cut_holds_all_species(seed):
    """Of each `kinds` creatures in a row every species has one, in no fixed order."""
    species = species_cp(seed, 400, kinds=4).species.reshape(100, 4)
    assert (np.sort(species, axis=1) == np.arange(4)).all()
    assert len({tuple(row) for row in species.tolist()}) > 10


def test_combat_power_is_whole_and_within_its_range():
    """Both ends of the range occur."""
    cp = species_cp(0, 20_000).cp
    assert (cp == np.round(cp)).all()
    assert (cp.min(), cp.max()) == CP_RANGE


@pytest.mark.parametrize("seed", range(5))
def test_what_is_expected_obeys_the_law(seed):
    """A parabola for each species and the factors explain it to the last digit; the helpful factors are worth 36 to 44 points."""
    world = species_cp(seed, 500)
    x = laid_out(world)
    w, *_ = np.linalg.lstsq(x, world.expected, rcond=None)
    assert np.allclose(x @ w, world.expected)
    assert world.helpful.sum() == HELPFUL
    worth = np.abs(w[12:] * datasets._FACTOR_SPREADS)
    assert ((worth[world.helpful] > 36 - 1e-6) & (worth[world.helpful] < 44 + 1e-6)).all()
    assert (worth[~world.helpful] < 1e-6).all()
    growth, bend = np.sort(w[4:8] / 228), np.abs(w[8:12])
    assert (np.abs(growth - np.linspace(1.4, 2.9, 4)) < 0.1 + 1e-9).all()
    assert ((bend > 70 - 1e-6) & (bend < 90 + 1e-6)).all()


def test_noise():
    """The noise is normal with the deviation that was asked for, and none where none was."""
    world = species_cp(1, 20_000, noise=25.0)
    rest = world.evolved - world.expected
    assert abs(rest.mean()) < 5 * 25 / np.sqrt(20_000)
    assert abs(rest.std() - 25) < 5 * 25 / np.sqrt(2 * 20_000)
    still = species_cp(1, 100, noise=0.0)
    assert np.array_equal(still.evolved, still.expected)


@pytest.mark.parametrize("wrong", [{"kinds": 0}, {"kinds": len(SPECIES) + 1}, {"examples": -1}, {"noise": -1.0}])
def test_what_cannot_be_drawn_is_refused(wrong):
    """With a sentence that says what was found."""
    with pytest.raises(ValueError, match="expected"):
        species_cp(**({"rng": 1, "examples": 4} | wrong))

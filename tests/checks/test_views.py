"""A mask hides which place, id and action is which, is the same both ways, and takes nothing for an action that is none."""

import itertools

import gymnasium
import numpy as np
import pytest
import torch

from grader import checks
from grader.checks.views import ActionError
from grader.errors import CourseError


class Toy(gymnasium.Env):
    """Spaces to be masked."""

    def __init__(self, observations, actions):
        self.observation_space, self.action_space = observations, actions


def box(low, high):
    return gymnasium.spaces.Box(np.array(low, np.float32), np.array(high, np.float32))


DISCRETE = gymnasium.spaces.Discrete(3)
LIMBS = box([-1, -2, -3], [1, 5, 3])


def view(observations=LIMBS, actions=DISCRETE, seed=0):
    return checks.masked(lambda: Toy(observations, actions), np.random.default_rng(seed))


def test_observations_are_permuted_and_flipped():
    """Every order of places and every sign of a place occur among many keys; sizes are kept; the observation itself is not touched."""
    state = np.array([0.5, 1.5, 2.5], np.float32)
    seen = [view(seed=seed).observations.see(state) for seed in range(300)]
    assert {tuple(np.abs(one)) for one in seen} == set(itertools.permutations([0.5, 1.5, 2.5]))
    assert len({tuple(one) for one in seen}) == 6 * 8
    assert all(one.dtype == np.float32 for one in seen)
    assert state.tolist() == [0.5, 1.5, 2.5]


def test_one_view_is_one_mask():
    """Two observations are seen alike, singly and in a batch: what was trained fits what is graded."""
    observations = view().observations
    one, two = np.array([1, 2, 3], np.float32), np.array([10, 20, 30], np.float32)
    assert np.array_equal(observations.see(two), 10 * observations.see(one))
    assert np.array_equal(observations.stack([observations.see(one), observations.see(two)])[1], observations.see(two))


def test_bounds_that_would_tell_places_apart_are_not_told():
    """CartPole's bounds differ from place to place and are infinite behind a mask; equal ones stay, and so do those of actions."""
    assert np.isinf(checks.masked("CartPole-v1", np.random.default_rng(0)).observations.low).all()
    assert not np.isinf(checks.plain("CartPole-v1").observations.low).all()
    assert view(box([-2, -2], [2, 2])).observations.high.tolist() == [2, 2]


def test_places_that_cannot_be_negative_are_not_flipped():
    """A one-hot observation stays one-hot, at another place."""
    for seed in range(20):
        seen = view(box([0] * 4, [1] * 4), seed=seed).observations.see(np.array([0, 1, 0, 0], np.float32))
        assert sorted(seen) == [0, 0, 0, 1]


def test_ids_are_permuted_and_every_id_is_itself():
    """Ids of a Discrete space go one to one to ids, another way for another key, from the space's own start."""
    space = gymnasium.spaces.Discrete(5, start=2)
    maps = {tuple(view(space, seed=seed).observations.see(n) for n in range(2, 7)) for seed in range(40)}
    assert all(sorted(one) == [2, 3, 4, 5, 6] for one in maps)
    assert len(maps) > 20


def test_discrete_actions_are_permuted():
    """What a student calls 0, 1 and 2 are the three actions; all six orders occur; a batch means what its items mean."""
    orders = set()
    for seed in range(60):
        actions = view(seed=seed).actions
        orders.add(tuple(int(actions.mean(n)) for n in range(3)))
        assert [int(n) for n in actions.mean_all(np.array([2, 0]), 2)] == [int(actions.mean(2)), int(actions.mean(0))]
    assert orders == set(itertools.permutations(range(3)))


def test_continuous_actions_are_permuted_and_flipped_with_their_bounds():
    """The corners of what is told are corners of the true bounds, place by place, and the way back is the same place by place."""
    for seed in range(30):
        actions = view(actions=LIMBS, seed=seed).actions
        for corner in itertools.product(*zip(actions.low, actions.high, strict=True)):
            meant = actions.mean(np.array(corner, np.float32))
            assert all(value in (low, high) for value, low, high in zip(meant, LIMBS.low, LIMBS.high, strict=True)), (corner, meant)
        both = actions.mean_all(np.stack([actions.low, actions.high]), 2)
        assert np.array_equal(both[1], actions.mean(actions.high))


def test_a_view_as_it_is_changes_nothing():
    """Without a mask states and actions are the environment's own, images too."""
    image = gymnasium.spaces.Box(0, 255, (4, 5, 3), np.uint8)
    seen = checks.plain(lambda: Toy(image, LIMBS))
    state = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    assert np.array_equal(seen.observations.see(state), state)
    assert seen.observations.see(state) is not state
    assert seen.actions.mean(np.array([1, -2, 0.5])).tolist() == [1, -2, 0.5]


@pytest.mark.parametrize(
    "value",
    [0.5, True, None, "0", [0], np.zeros(1, int), np.array(0.0), torch.tensor([0]), torch.tensor(0.0), torch.tensor(True), 3, -1, 2**63],
)
def test_no_discrete_action(value):
    """Anything but one whole number of the space is refused, with the range in the sentence."""
    with pytest.raises(ActionError, match="whole number from 0 to 2"):
        view().actions.mean(value)


@pytest.mark.parametrize(
    "value",
    [[0, 1], np.array([0, 1, 2]), np.array([0.0, 1.0]), np.array([[0, 1]]), np.array([True, False]), np.array([0, 3]), np.array([0, -1])],
)
def test_no_batch_of_actions(value):
    """A list, another count, another shape or dtype, and one number outside are refused."""
    with pytest.raises(ActionError, match="from 0 to 2"):
        view().actions.mean_all(value, 2)


@pytest.mark.parametrize(
    "value",
    [0.0, [0.0] * 3, np.zeros(3, int), np.zeros((1, 3)), np.zeros(2), np.array([0, np.nan, 0]), np.full(3, np.inf), np.full(3, 9.0)],
)
def test_no_continuous_action(value):
    """Another type, dtype or shape, what is not finite and what is out of bounds are refused."""
    with pytest.raises(ActionError, match="An action"):
        view(actions=LIMBS).actions.mean(value)


def test_rounding_at_a_bound_is_no_fault():
    """A bound in single precision, one rounding too far, is taken for the bound."""
    over = np.nextafter(view(actions=LIMBS).actions.high.astype(np.float32), np.float32(np.inf))
    assert (np.abs(view(actions=LIMBS).actions.mean(over)) <= 5).all()


@pytest.mark.parametrize(
    "space",
    [gymnasium.spaces.Box(0, 255, (4, 5, 3), np.uint8), gymnasium.spaces.MultiBinary(3), gymnasium.spaces.Tuple([DISCRETE, DISCRETE])],
)
def test_a_space_without_a_mask_is_the_authors_fault(space):
    """The message says what can be masked."""
    with pytest.raises(CourseError, match="Discrete spaces and flat floating-point boxes"):
        view(space)


def test_masks_that_a_known_controller_fits_are_drawn_again():
    """Of 40 keys some let the controller balance for a while by luck; with `unfit` none does. A bound that none can meet is a fault."""
    lucky = [checks.masked("CartPole-v1", np.random.default_rng(seed)) for seed in range(40)]
    careful = [checks.masked("CartPole-v1", np.random.default_rng(seed), unfit=known, below=60) for seed in range(40)]
    assert max(balanced(view) for view in lucky) > 100
    assert max(balanced(view) for view in careful) < 100
    with pytest.raises(CourseError, match="under each of 100 masks"):
        checks.masked("CartPole-v1", np.random.default_rng(0), unfit=known, below=1)


def known(o):
    return int(3 * o[2] + o[3] > 0)


def balanced(view):
    env, total = view.make(), 0
    for seed in range(5):
        state, over = env.reset(seed=seed)[0], False
        while not over:
            state, _, terminated, truncated, _ = env.step(view.actions.mean(known(view.observations.see(state))))
            total, over = total + 1, terminated or truncated
    return total / 5

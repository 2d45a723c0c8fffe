"""A training environment in the worker asks for everything, keeps to the frames of one call, and is Gymnasium's to whoever wraps it."""

import threading

import gymnasium
import numpy as np
import pytest

from grader import wire
from grader.worker.envs import Asking, Environment, VectorEnvironment, environment

LOW, HIGH = np.array([-1, 0], np.float32), np.array([1, 2], np.float32)


class Line:
    """The other end: it writes down what was asked and answers from a list, with a nonce that counts up from 100."""

    def __init__(self, *answers):
        self.asked, self.answers = [], list(answers)

    def __call__(self, frame):
        header, blob = frame[1], bytearray(b"".join(frame[2:]))
        self.asked.append(wire.unpack(header, blob))
        reply = wire.pack({"nonce": 100 + len(self.asked), **self.answers.pop(0)})
        return reply[1], bytearray(b"".join(reply[2:]))


def told(**changes):
    space = {"observation": ["box", LOW, HIGH], "action": ["discrete", 3, 1]}
    return {"number": 7, "copies": 0, "steps": 20, "autoreset": "same_step", "seed": 5, **space, **changes}


def opened(*answers, **changes):
    """Return an environment in the middle of a call of nonce 11, and its line."""
    line = Line(*answers)
    asking = Asking(line)
    asking.open(11)
    return environment(asking, told(**changes)), line


def test_each_frame_bears_the_latest_nonce():
    """The first question bears the nonce of the call, the next one that of the answer before, and so does the answer to the call."""
    env, line = opened({"value": LOW}, {"value": [HIGH, 1.5, False, True, 19]})
    observation, info = env.reset(seed=3)
    assert np.array_equal(observation, LOW)
    assert info == {}
    observation, *rest = env.step(2)
    assert np.array_equal(observation, HIGH)
    assert rest == [1.5, False, True, {}]
    assert env.steps_left == 19
    assert line.asked == [{"nonce": 11, "ask": [7, "reset", 3]}, {"nonce": 101, "ask": [7, "step", 2]}]
    assert env._asking.close() == 102


def test_refusals_are_exceptions_with_the_judges_reason():
    """What is no action is a ValueError, all else a RuntimeError; the next question bears the nonce of the refusal."""
    env, line = opened({"refused": ["action", "no action"]}, {"refused": ["state", "all spent"]}, {"value": LOW})
    with pytest.raises(ValueError, match="no action"):
        env.step(9)
    with pytest.raises(RuntimeError, match="all spent"):
        env.step(0)
    env.reset()
    assert [frame["nonce"] for frame in line.asked] == [11, 101, 102]


def test_nothing_is_asked_outside_of_a_call():
    """After the call, and where nobody serves, a question raises and no frame is written."""
    env, line = opened({"value": LOW})
    env._asking.close()
    for silent in (env, environment(Asking(None), told())):
        with pytest.raises(RuntimeError, match="only while the function that was given it is running"):
            silent.reset()
    assert line.asked == []


def test_what_cannot_cross_is_not_asked():
    """An object as an action raises here; the conversation goes on."""
    env, line = opened({"value": LOW})
    with pytest.raises(ValueError, match="takes numbers and arrays"):
        env.step(object())
    env.reset()
    assert len(line.asked) == 1


def test_threads_ask_one_after_another():
    """Sixteen threads of one call: every question bears the nonce of the answer before it."""
    env, line = opened(*[{"value": LOW}] * 160)
    threads = [threading.Thread(target=lambda: [env.reset() for _ in range(10)]) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [frame["nonce"] for frame in line.asked] == [11, *range(101, 260)]


def test_wrappers_of_gymnasium_take_it():
    """It is a `gymnasium.Env`: statistics and time limits of the library work on it, and unwrapping ends at itself."""
    step = {"value": [LOW, 2.0, False, False, 9]}
    env, _ = opened({"value": LOW}, step, step, step)
    wrapped = gymnasium.wrappers.RecordEpisodeStatistics(gymnasium.wrappers.TimeLimit(env, 3))
    wrapped.reset()
    for _ in range(3):
        *_, truncated, info = wrapped.step(1)
    assert truncated
    assert info["episode"]["r"] == 6
    assert wrapped.unwrapped is env
    assert isinstance(env, Environment)
    assert env.observation_space == gymnasium.spaces.Box(LOW, HIGH, (2,), np.float32)
    assert env.action_space == gymnasium.spaces.Discrete(3, start=1)


def test_samples_of_actions_are_the_same_in_every_grading():
    """The judge's seed seeds the space: two environments of one seed sample alike, another one otherwise."""
    first, second, other = ([env.action_space.sample() for _ in range(20)] for env in (opened()[0], opened()[0], opened(seed=6)[0]))
    assert first == second != other


def test_copies_are_a_vector_environment():
    """Spaces of one and of all, the mode of autoreset in Gymnasium's words, and last observations where episodes ended alone."""
    ended = np.array([False, True])
    observations, final = np.zeros((2, 2), np.float32), np.ones((2, 2), np.float32)
    row = [observations, np.ones(2), ended, np.zeros(2, bool), 18, final]
    env, line = opened({"value": observations}, {"value": row}, {"value": [*row[:2], ~ended & ended, *row[3:5], None]}, copies=2)
    assert isinstance(env, VectorEnvironment)
    assert isinstance(env, gymnasium.vector.VectorEnv)
    assert env.single_action_space == gymnasium.spaces.Discrete(3, start=1)
    assert env.observation_space.shape == (2, 2)
    assert env.metadata["autoreset_mode"] is gymnasium.vector.AutoresetMode.SAME_STEP
    env.reset(seed=[1, None])
    *_, info = env.step(np.array([1, 2]))
    assert info["final_obs"][0] is None
    assert np.array_equal(info["final_obs"][1], [1, 1])
    assert info["_final_obs"].tolist() == [False, True]
    assert env.steps_left == 18
    assert env.step(np.array([1, 2]))[-1] == {}
    assert env.unwrapped is env
    assert line.asked[0]["ask"] == [7, "reset", [1, None]]

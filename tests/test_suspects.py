"""A wrong value is traced to the one mistake of the catalogue that gives the very same value for the same input."""

import os
import sys

import numpy as np
import pytest
import torch

from grader import plugin, splice
from grader.assignment import load_assignment
from grader.catalogue import read_catalogue
from grader.result import Failure
from grader.suspects import PATIENCE, Suspects, same

X = torch.tensor([[1.0, -2.0], [3.0, 0.5]], dtype=torch.float64)
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("got", "other"),
    [
        (X, X.clone()),
        (X, X * (1 + 1e-9)),
        (X.numpy(), X.numpy().copy()),
        (torch.tensor([1, 2]), torch.tensor([1, 2])),
        (torch.tensor([True, False]), torch.tensor([True, False])),
        (torch.tensor([1j, 2]), torch.tensor([1j, 2])),
        (torch.tensor([NAN, INF]), torch.tensor([NAN, INF])),
        (torch.tensor(7 / 3), torch.tensor(7 / 3)),
        (7 / 3, 7 / 3 + 1e-9),
        (X.requires_grad_(False), X.clone().requires_grad_()),
    ],
)
def test_the_same_value_is_the_same(got, other):
    """Nearly equal numbers; not-a-number and infinity in the same places."""
    assert same(got, other)
    assert same(other, got)


@pytest.mark.parametrize(
    ("got", "other"),
    [
        (X, X + 1e-3),
        (X, X.T),
        (X, X.flatten()),
        (X, X.float()),
        (X, X.numpy()),
        (torch.tensor([1, 2]), torch.tensor([1, 3])),
        (torch.tensor([10**9, 2]), torch.tensor([10**9 + 1, 2])),
        (torch.tensor([1.0, NAN]), torch.tensor([1.0, 2.0])),
        (7 / 3, 7 / 3 + 1e-3),
        (7 / 3, torch.tensor(7 / 3)),
        (X, None),
        (None, None),
        ([1.0, 2.0], [1.0, 2.0]),
    ],
)
def test_another_value_or_kind_is_another(got, other):
    """Shape, dtype and kind count as much as the numbers; what holds no array is never the same."""
    assert not same(got, other)
    assert not same(other, got)


@pytest.mark.parametrize("one", [torch.tensor(3.0), torch.tensor([3.0]), np.array([[-2.5]]), torch.zeros(0), 3.0, 1e6, NAN, True, "x"])
def test_a_whole_number_or_a_half_proves_nothing(one):
    """Two mistakes give the same one too easily."""
    assert not same(one, one)


@pytest.fixture
def suspected(own_course, toy_reference):
    """What is suspected of a submission's failing tests, by id: pytest's own items, run as on a student's machine."""
    topic, solutions = "toy", own_course.solution_dir("toy")
    entries = [task.entry for task in load_assignment(own_course, topic).tasks]

    def run(patch, *, key=plugin.PUBLISHED_KEY):
        submission = own_course.root / "submission.py"
        submission.write_text(splice.overlay(toy_reference, patch), encoding="utf-8")
        suspects = Suspects.of(topic, entries, read_catalogue(own_course, topic), lambda module, entry: (module, None))
        watcher = Watcher(suspects, key)
        arguments = ["-c", os.devnull, "--rootdir", str(own_course.root), "--import-mode=importlib", "--noconftest", "-p", "no:terminal"]
        arguments += ["-p", "no:cacheprovider", "-p", "no:timeout", "-p", "no:logging", "-o", "markers=timeout", "-k", "not speed"]
        files = [own_course.assignment_dir(topic) / "test_toy.py", solutions / "test_toy_hidden.py"]
        imported = set(sys.modules)
        try:
            pytest.main([*arguments, f"--submission={submission}", *map(str, files)], plugins=[watcher])
        finally:
            for name in {name for name in sys.modules if "toy" in name} - imported:
                del sys.modules[name]  # else the next course's files of the same names would not be read
        assert watcher.found, "no test failed"
        return watcher.found

    return run


class Watcher:
    """The plugin that asks about each failure, as the judge does."""

    def __init__(self, suspects, key):
        self.suspects, self.key, self.found = suspects, key, {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        """Ask while the item's fixtures still stand."""
        try:
            return (yield)
        except Failure as failure:
            test = item.stash[plugin.TEST]
            self.found[test.id] = self.suspects.sentence(item, test, failure, self.key)
            raise


def test_a_catalogued_mistake_is_named(suspected):
    """Written differently, the same wrong value: the sentence of the catalogue, in public and hidden tests, with draws and parameters."""
    found = suspected("def double(x):\n    return x + 2 * x\n")
    assert of_double(found) == {"It multiplies with three."}
    assert found.keys() >= {"public::TestDouble::test_two", "hidden::TestDouble::test_reference[four]"}


def of_double(found):
    return {sentence for test, sentence in found.items() if "::TestDouble::" in test}


def test_a_mistake_of_ones_own_is_not_named(suspected):
    """No file of the catalogue gives this value."""
    assert set(suspected("def double(x):\n    return 5 * x\n").values()) == {""}


def test_what_is_not_a_wrong_value_has_no_suspect(suspected):
    """An exception is told by itself."""
    assert set(suspected("def double(x):\n    raise ValueError\n").values()) == {""}


def test_other_inputs_are_no_match(suspected):
    """The catalogue's file must fail on the very input: under another key a drawn input is another, a written one the same."""
    found = suspected("def double(x):\n    return 3 * x\n", key=b"another")
    assert found["public::TestDouble::test_two"] == "It multiplies with three."
    assert found["hidden::TestDouble::test_reference[four]"] == ""


def test_two_mistakes_of_one_value_are_no_suspect(suspected, own_course):
    """Which of the two it was cannot be known; with one sentence for both it can."""
    wrong = own_course.solution_dir("toy") / "submissions" / "wrong"
    text = (wrong / "triple.py").read_text(encoding="utf-8")
    (wrong / "thrice.py").write_text(text.replace("It multiplies with three.", "It adds once too often."), encoding="utf-8")
    assert of_double(suspected("def double(x):\n    return 3 * x\n")) == {""}
    (wrong / "thrice.py").write_text(text, encoding="utf-8")
    assert of_double(suspected("def double(x):\n    return 3 * x\n")) == {"It multiplies with three."}


def test_a_catalogued_file_that_stumbles_is_no_match(suspected, own_course):
    """Its exception ends its own search alone."""
    wrong = own_course.solution_dir("toy") / "submissions" / "wrong"
    text = (wrong / "triple.py").read_text(encoding="utf-8")
    (wrong / "stumbles.py").write_text(text.replace("return 3 * x", "return None.missing").replace("three", "nothing"), encoding="utf-8")
    assert of_double(suspected("def double(x):\n    return 3 * x\n")) == {"It multiplies with three."}


def test_the_integration_has_no_suspect(suspected):
    """No file of the catalogue stands for several tasks at once."""
    found = suspected("def double(x):\n    return 3 * x\n\n\ndef quadruple(x):\n    return 4 * x\n")
    assert found["hidden::TestTogether::test_all"] == ""


def test_patience_ends(suspected, own_course):
    """A task with many failing tests is searched for its first ones alone."""
    hidden = own_course.solution_dir("toy") / "test_toy_hidden.py"
    text = hidden.read_text(encoding="utf-8")
    hidden.write_text(text.replace('"rows", [1, 4], ids=["one", "four"]', '"rows", range(10, 40)'), encoding="utf-8")
    named = [sentence for sentence in suspected("def double(x):\n    return 3 * x\n").values() if sentence]
    assert len(named) == PATIENCE

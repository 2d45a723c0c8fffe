"""What is typed about a device: usage is told before anything runs, a missing device is refused with the next step."""

import pytest
import torch
from click.testing import CliRunner

from grader.cli.main import main


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


@pytest.mark.parametrize("words", [[], ["--device", "cpu"], ["--device", "cuda", "--submission", __file__]])
def test_only_pending_goes_with_a_device_and_a_workspace(toy_course, tmp_path, words):
    """Exit 2, and the command as it is meant."""
    told = run("grade", "toy", "--only-pending", *words, "--course", toy_course.root, "--workspace", tmp_path)
    assert told.exit_code == 2
    assert "--device cuda --only-pending" in told.stderr


def test_the_stand_in_is_not_offered(toy_course, tmp_path):
    """No official result is made on the processor under a device's name."""
    told = run("grade", "toy", "--device", "stand-in", "--course", toy_course.root, "--workspace", tmp_path)
    assert told.exit_code == 2
    assert "'cpu', 'cuda'" in told.stderr


@pytest.mark.skipif(torch.cuda.device_count() > 0, reason="there is a GPU here")
def test_a_missing_device_is_refused(toy_course, tmp_path):
    """Exit 1, a sentence with the next step, nothing on standard output."""
    path = toy_course.solution_dir("toy") / "toy.py"
    told = run("grade", "toy", "--device", "cuda", "--submission", path, "--course", toy_course.root)
    assert told.exit_code == 1
    assert told.stderr.startswith("grader: There is no cuda device to grade on")
    assert told.stdout == ""


def test_help_shows_how_it_is_typed():
    """The example can be copied."""
    assert "grader grade self_attention --device cuda --only-pending" in run("grade", "--help").output

"""Words half typed become topics and students, in a real shell too, and without a fault whatever lies in the files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from grader.cli.complete import complete_student, complete_topic


@click.command()
@click.argument("topic", nargs=-1, shell_complete=complete_topic)
@click.option("--student", multiple=True, shell_complete=complete_student)
@click.option("--workspace", type=click.Path(path_type=Path), default=Path("workspace"))
@click.option("--course", "start", type=click.Path(path_type=Path), default=Path())
def grade(topic, student, workspace, start):
    """Do nothing."""


def completed(function, name, incomplete, *words):
    """Return what a word becomes after the words before it."""
    context = grade.make_context("grade", list(words), resilient_parsing=True)
    param = next(param for param in grade.params if param.name == name)
    return function(context, param, incomplete)


def test_topics_of_the_course_around_a_folder(toy_course, monkeypatch):
    """Also from a folder below it; one that is named already is not offered again."""
    monkeypatch.chdir(toy_course.root / "assignments" / "toy")
    assert completed(complete_topic, "topic", "") == ["toy", "unwritten"]
    assert completed(complete_topic, "topic", "un") == ["unwritten"]
    assert completed(complete_topic, "topic", "", "toy") == ["unwritten"]


def test_topics_of_a_named_course(toy_course, tmp_path, monkeypatch):
    """`--course` is believed."""
    monkeypatch.chdir(tmp_path)
    assert completed(complete_topic, "topic", "t") == []
    assert completed(complete_topic, "topic", "t", "--course", str(toy_course.root)) == ["toy"]


def test_the_topic_of_a_release(tmp_path, monkeypatch):
    """A student's folder has no course, but one topic."""
    (tmp_path / "test_self_attention.py").touch()
    monkeypatch.chdir(tmp_path)
    assert completed(complete_topic, "topic", "s") == ["self_attention"]


def test_students_who_handed_in_or_are_in_the_roster(tmp_path, monkeypatch):
    """Each once, in order; those named already are left out."""
    monkeypatch.chdir(tmp_path)
    for name in ("toy/bob", "toy/ann", "other/ann"):
        (tmp_path / "workspace" / "receipts" / name).mkdir(parents=True)
    (tmp_path / "workspace" / "roster.csv").write_text("\ufeffid,name\nann,Ann\nabe,Abe\n,Nobody\n", encoding="utf-8")
    assert completed(complete_student, "student", "") == ["abe", "ann", "bob"]
    assert completed(complete_student, "student", "a", "--student", "abe") == ["ann"]


@pytest.mark.parametrize("data", [b"name = [", b"\xff\xfe", b"unit = 3", b"unit = [{topics = 4}]", b"unit = {a = 1}"])
def test_a_faulty_course_completes_to_nothing(tmp_path, monkeypatch, data):
    """The commands tell what is wrong with the file; a shell that waits for a word is no place for it."""
    (tmp_path / "assignments").mkdir()
    (tmp_path / "assignments" / "course.toml").write_bytes(data)
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "roster.csv").write_bytes(b'\xff"\0,')
    monkeypatch.chdir(tmp_path)
    assert completed(complete_topic, "topic", "") == []
    assert completed(complete_student, "student", "") == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_in_a_real_bash(toy_course):
    """The script that we print, sourced; the function that it registers, called as bash calls it."""
    press = (
        'eval "$(grader completion bash)"; COMP_WORDS=(grader verify to); COMP_CWORD=2; _grader_completion grader; echo "${COMPREPLY[@]}"'
    )
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    command = ["bash", "--norc", "-c", press]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=toy_course.root, env=environment)
    assert (done.stdout, done.stderr) == ("toy\n", "")

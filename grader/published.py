"""Turns the published tests into the inputs that every student can see, and into the program that knows their answers by heart."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from grader import mechanical
from grader.assignment import Assignment
from grader.course import Course
from grader.errors import CourseError


def parrot(course: Course, assignment: Assignment) -> str:
    """Return the module that gives the reference's answer to every published input, and zeros to any other."""
    topic, entries = assignment.topic, [task.entry for task in assignment.tasks]
    reference = (course.solution_dir(topic) / f"{topic}.py").read_text(encoding="utf-8")
    return mechanical.parrot(reference, entries, seen_inputs(course, topic, reference, entries))


def seen_inputs(course: Course, topic: str, reference: str, entries: list[str]) -> set[str]:
    """Return the digests of the inputs of the public tests, run with the reference as on a student's machine."""
    with tempfile.TemporaryDirectory(prefix="grader-published-") as folder:
        module, log = Path(folder) / f"{topic}.py", Path(folder) / "seen"
        module.write_text(mechanical.recorder(reference, entries, str(log)), encoding="utf-8")
        public = course.assignment_dir(topic) / f"test_{topic}.py"
        command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "grader.plugin", "-p", "pytest_timeout"]
        command += ["-p", "no:cacheprovider", "--import-mode=importlib", f"--submission={module}", str(public)]
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode != 0 or not log.is_file():
            raise CourseError(f"The public tests of {topic} do not pass with the reference on a student's machine:\n{done.stdout[-3000:]}")
        return set(log.read_text(encoding="utf-8").split())

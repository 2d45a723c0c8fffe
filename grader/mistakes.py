"""Turns a topic's catalogue of mistakes into the fingerprints of what each gives in the published tests."""

import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import fingerprints, plugin, splice
from grader.assignment import Assignment, load_assignment
from grader.catalogue import Deserves, read_catalogue
from grader.course import Course, load_course
from grader.digests import mistakes_digest
from grader.errors import CourseError
from grader.fingerprints import Fingerprint, fingerprint
from grader.seat import INTEGRATION
from grader.submitted import given_code, put_in_names
from grader.suspects import Suspects


def fingerprints_file(course: Course, topic: str) -> bytes:
    """Return `fingerprints.json` of a topic, from a run of its published tests as on a student's machine.

    `CourseError` if they do not pass with the reference.
    """
    if not any((course.solution_dir(topic) / "submissions" / Deserves.WRONG).glob("*.py")):
        return fingerprints.written({}, mistakes_digest(course, topic))
    with tempfile.TemporaryDirectory(prefix="grader-mistakes-") as folder:
        out = Path(folder) / fingerprints.FILE
        command = [sys.executable, "-m", "grader.mistakes", str(course.root), topic, str(out)]
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"}
        environment.pop("PYTEST_ADDOPTS", None)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode != 0 or not out.is_file():
            said = (done.stdout + done.stderr)[-3000:]
            raise CourseError(f"The public tests of {topic} do not pass with the reference on a student's machine:\n{said}")
        return out.read_bytes()


class _Recorder:
    """The pytest plugin that runs each passing test again with the mistakes of its task."""

    def __init__(self, course: Course, assignment: Assignment) -> None:
        topic = assignment.topic
        reference = (course.solution_dir(topic) / f"{topic}.py").read_text(encoding="utf-8")

        def loader(module: str, entry: str) -> tuple[str, bytes | None]:
            names = put_in_names(assignment, entry)
            return splice.put_in(module, names), given_code(reference, names)

        entries = [task.entry for task in assignment.tasks]
        self._suspects = Suspects.of(topic, entries, read_catalogue(course, topic), loader)
        self.found: defaultdict[str, list[tuple[str, Fingerprint]]] = defaultdict(list)

    def pytest_configure(self, config: pytest.Config) -> None:
        """Say that nobody waits for a student here: one test with all its mistakes may take longer than its limit."""
        config.stash[plugin.JUDGED] = True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Take the fingerprint of what each mistake gives in this test."""
        yield
        test = item.stash[plugin.TEST]
        for example in self._suspects.wrong[test.entry] if test.entry != INTEGRATION else ():
            known = fingerprint(self._suspects.got(item, test, example, plugin.PUBLISHED_KEY))
            if known is not None:
                self.found[test.id].append((example.sentence, known))


def main(root: str, topic: str, out: str) -> int:
    """Run the published tests with the reference, and write the fingerprints of the mistakes."""
    course = load_course(Path(root))
    recorder = _Recorder(course, load_assignment(course, topic))
    public, reference = course.assignment_dir(topic) / f"test_{topic}.py", course.solution_dir(topic) / f"{topic}.py"
    arguments = ["-q", "-c", os.devnull, "-p", "no:cacheprovider", "--import-mode=importlib", f"--submission={reference}", str(public)]
    code = int(pytest.main(arguments, plugins=[plugin, recorder]))
    if code == 0:
        Path(out).write_bytes(fingerprints.written(recorder.found, mistakes_digest(course, topic)))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

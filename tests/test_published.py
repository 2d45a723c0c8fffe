"""What every student can see of a topic's inputs, and the program that has learnt the answers by heart."""

import pytest
import torch

from grader import mechanical
from grader.draw import Draw, seed
from grader.errors import CourseError
from grader.plugin import PUBLISHED_KEY
from grader.runner import JudgeProcess
from grader.sandbox.backend import choose
from grader.sandbox.inproc import InProcess
from grader.sandbox.student import Student

pytestmark = pytest.mark.slow

ASKS_NOTHING = """from grader.plugin import task


@task("double")
class TestDouble:
    def test_nothing(self):
        pass
"""
ENTRIES = ["double", "quadruple", "Counter.count", "total"]


def seen_inputs(course):
    """Return the digests of the public tests' inputs, from a judge of their own."""
    with JudgeProcess(course, "toy", choose()) as judge:
        return judge.seen_inputs()


def rows(key):
    """Return what `test_negative` draws under a key."""
    return Draw(seed(key, "toy", "public::TestQuadruple::test_negative", "draw"))("rows")


@pytest.fixture(scope="module")
def seen(toy_course):
    """The digests of the public tests' inputs."""
    return seen_inputs(toy_course)


@pytest.fixture(scope="module")
def known(toy_reference, seen, tmp_path_factory):
    """Whether the inputs of a call with the reference are among those seen."""
    log = tmp_path_factory.mktemp("known") / "log"
    recorder = Student(InProcess("toy", mechanical.recorder(toy_reference, ENTRIES, str(log))))

    def ask(name, *args):
        log.write_text("", encoding="utf-8")
        getattr(recorder, name)(*args)
        return log.read_text(encoding="utf-8").split()[0] in seen

    return ask


def test_written_and_drawn_inputs_are_seen(known):
    """What a public test spells out, and what it draws under the published key."""
    assert known("double", torch.ones(2, 3))
    assert known("quadruple", rows(PUBLISHED_KEY))
    assert known("quadruple", -rows(PUBLISHED_KEY))


def test_inputs_of_the_course_are_not_seen(known):
    """The same test under the course's own key draws something else; so does a hidden test under the published one."""
    assert not known("quadruple", rows(b"the course's key"))
    hidden = Draw(seed(PUBLISHED_KEY, "toy", "hidden::TestQuadruple::test_reference", "draw"))
    assert not known("quadruple", hidden("rows"))
    assert not known("double", torch.ones(3, 2))


def test_the_parrot_passes_the_published_and_nothing_else(toy_reference, seen):
    """Right where it has seen the input, zeros elsewhere."""
    bird = Student(InProcess("toy", mechanical.parrot(toy_reference, ENTRIES, seen)))
    x = rows(PUBLISHED_KEY)
    assert torch.equal(bird.quadruple(x), 4 * x)
    assert torch.equal(bird.quadruple(x + 1), torch.zeros_like(x))
    assert bird.Counter().count(2) == 2
    assert bird.Counter().count(3) == 0


def test_public_tests_that_the_reference_fails_are_refused(own_course):
    """A published test that no student can pass is the author's fault, told with what pytest said."""
    path = own_course.assignment_dir("toy") / "test_toy.py"
    path.write_text(path.read_text(encoding="utf-8").replace("(3,), 4.0", "(3,), 5.0"), encoding="utf-8")
    with pytest.raises(CourseError, match="The public tests of toy do not pass with the reference") as told:
        seen_inputs(own_course)
    assert "test_four: One quadrupled is four." in str(told.value)
    assert "expected 5" in str(told.value)


def test_a_public_file_that_asks_nothing_is_refused(own_course):
    """No test, or none that calls the student: there is nothing to know by heart."""
    (own_course.assignment_dir("toy") / "test_toy.py").write_text(ASKS_NOTHING, encoding="utf-8")
    with pytest.raises(CourseError, match=r"(?s)do not pass with the reference.*No test calls it"):
        seen_inputs(own_course)


def test_tests_that_cannot_be_collected_are_the_authors_fault(own_course):
    """Nobody graded anything: it is told with what pytest said, and is no fault of the harness."""
    (own_course.assignment_dir("toy") / "test_toy.py").write_text("def test_nothing():\n    pass\n", encoding="utf-8")
    with pytest.raises(CourseError, match=r"The tests of toy cannot be run\.[\s\S]*test_nothing has no @task"):
        seen_inputs(own_course)

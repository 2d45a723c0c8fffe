"""Submissions are judged behind the wall: what is good keeps its marks, the judge goes on. Hostile ones: test_attacks.py."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from grader import mechanical, splice
from grader.result import State, Verdict
from grader.runner import JudgePool, JudgeProcess
from grader.sandbox import clock
from grader.sandbox.backend import Backend, probe
from grader.submission import Submission

pytestmark = pytest.mark.slow

BACKENDS = [backend for backend in Backend if probe(backend) is None]


def submission(module, answers=None):
    return Submission(topic="toy", digest="sha256:" + "0" * 64, module=module, answers=answers or {}, form="module")


@pytest.fixture(scope="module", params=BACKENDS)
def judge(request, toy_course):
    """One warm judge for all of them, one after another, as in a class."""
    with JudgeProcess(toy_course, "toy", request.param) as judge:
        yield judge


def states(result):
    return {part.part: part.state for part in result.parts}


def verdicts(result, part):
    return {outcome.verdict for outcome in result.tests if outcome.part == part}


@pytest.mark.parametrize("workflow", ["collect", "demo", "feedback", "grade", "release", "report", "topics", "verify"])
def test_the_process_that_starts_judges_imports_no_torch(workflow):
    """It takes seconds, and is the business of the judge and of its box."""
    program = f"import sys, grader.workflow.{workflow}; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_reference_earns_everything(judge, toy_reference):
    """Full marks, the quiz included, with the fields of a result filled in."""
    result = judge.grade(submission(toy_reference, {"why": ("a", "c")}), b"k")
    assert (result.earned, result.possible, result.complete) == (100, 100, True), [o for o in result.tests if o.verdict != Verdict.PASSED]
    assert result.backend == judge.backend
    assert result.grader.startswith("sha256:")
    assert all(outcome.wall_s > 0 for outcome in result.tests)


def test_the_data_of_the_handouts_is_there_in_the_box(judge, toy_reference):
    """A module that imports it, and plays with it at its top, is graded like every other."""
    play = "from grader.datasets import alphabet, digits, species_cp\nimport numpy\n"
    play += "assert species_cp(1, 4).cp.shape == digits().labels[:4].shape\nalphabet(numpy.random.default_rng(1))\n"
    assert judge.grade(submission(play + toy_reference), b"k").earned == 92


def test_an_endless_loop_is_not_asked_again_and_again(judge, toy_reference):
    """After two timeouts in its correctness a task is not run further; the message says so."""
    text = splice.overlay(toy_reference, "def double(x):\n    while True:\n        pass\n")
    result = judge.grade(submission(text), b"k")
    messages = [o.message for o in result.tests if o.part.startswith("double.")]
    assert sum(message.startswith("Your code used more than the 1 s") for message in messages) >= 2
    assert any(message.startswith("Not run") for message in messages)


def test_a_hidden_test_shows_no_value(judge, toy_reference):
    """The student's text of a hidden failure carries no number and no call; the instructor's does."""
    text = splice.overlay(toy_reference, "def double(x):\n    return 3 * x\n")
    result = judge.grade(submission(text), b"k")
    hidden = next(o for o in result.tests if o.id == "hidden::TestDouble::test_reference[four]")
    public = next(o for o in result.tests if o.id == "public::TestDouble::test_two")
    assert hidden.message == "The result is wrong."
    assert "expected" in hidden.detail
    assert "Entry [0, 0] is 3, expected 2" in public.message
    assert "called: double(float32 (2, 3))" in public.message
    assert (public.hint, hidden.hint) == (1, 1)


def test_the_suspected_mistake_is_named(judge, toy_reference):
    """A value equal to that of a catalogued mistake brings its sentence, in public and hidden tests; another value brings none."""
    told = {}
    for factor in (3, 5):
        result = judge.grade(submission(splice.overlay(toy_reference, f"def double(x):\n    return {factor} * x\n")), b"k")
        told[factor] = {o.suspected for o in result.tests if o.part == "double.correctness"}
    assert told == {3: {"It multiplies with three."}, 5: {""}}


def test_a_forbidden_call_is_named_with_its_line(judge, toy_reference):
    """The task that forbids it loses, the task that does not keeps its marks."""
    result = judge.grade(submission(splice.overlay(toy_reference, "def quadruple(x):\n    return torch.mul(x, 4)\n")), b"k")
    assert verdicts(result, "quadruple.correctness") == {Verdict.FORBIDDEN}
    assert "torch.mul at line" in next(o.message for o in result.tests if o.part == "quadruple.correctness")
    assert states(result)["double.correctness"] is State.EARNED
    assert judge.grade(submission(splice.overlay(toy_reference, "def double(x):\n    return torch.mul(x, 2)\n")), b"k").earned == 92


def test_a_forbidden_call_that_the_text_does_not_spell_is_seen_when_it_runs(judge, toy_reference):
    """All tests of its task say so, with its line; multiplying with an operator is no call of torch.mul."""
    text = splice.overlay(toy_reference, "def quadruple(x):\n    return getattr(torch, 'lum'[::-1])(x, 4)\n")
    line = 1 + text.split("\n").index("    return getattr(torch, 'lum'[::-1])(x, 4)")
    result = judge.grade(submission(text), b"k")
    assert verdicts(result, "quadruple.correctness") == {Verdict.FORBIDDEN}
    assert {o.detail for o in result.tests if o.part == "quadruple.correctness"} == {f"torch.mul at line {line}"}
    assert judge.grade(submission(splice.overlay(toy_reference, "def quadruple(x):\n    return x * 4\n")), b"k").earned == 92


def test_a_run_that_only_the_watched_worker_would_not_bear_is_no_hit(judge, toy_reference):
    """What dies where it is watched loses nothing by it, and is no fault of the harness."""
    text = (
        "def quadruple(x):\n    import os, sys\n    if torch.overrides._get_current_function_mode_stack(): os._exit(3)\n    return x * 4\n"
    )
    assert judge.grade(submission(splice.overlay(toy_reference, text)), b"k").earned == 92


def test_a_student_cannot_keep_a_broken_need(judge, toy_reference):
    """The reference's `double` is put in for `quadruple`, whatever the student's own does."""
    text = splice.overlay(toy_reference, "def double(x):\n    raise ValueError\n") + "\n\ndouble = lambda x: x\n"
    result = judge.grade(submission(text), b"k")
    assert states(result)["quadruple.correctness"] is State.EARNED
    assert states(result)["integration"] is State.LOST


def test_what_was_put_in_for_one_task_does_not_reach_another(judge, toy_reference):
    """A task that is given `double` writes it to the disk; the integration, where nothing is put in, finds nothing there."""
    thief = """
import marshal
import os
from pathlib import Path

CACHE = Path(os.environ["TMPDIR"]) / "double"


def double(x):
    import types
    return types.FunctionType(marshal.loads(CACHE.read_bytes()), {"factor": factor})(x)


def quadruple(x):
    if "double" in globals().get("__given__", {}):
        CACHE.write_bytes(marshal.dumps(__given__["double"].__code__))
    return double(double(x))
"""
    result = judge.grade(submission(splice.overlay(toy_reference, thief)), b"k")
    assert states(result)["quadruple.correctness"] is State.EARNED  # it was put in there, and could be read
    assert states(result)["integration"] is State.LOST
    assert states(result)["double.correctness"] is State.LOST


def test_a_hidden_message_carries_no_name_of_the_students_side(judge, toy_reference):
    """A function that is named after its input, and lines that do not exist, do not bring a hidden input out."""
    leak = "def double(x):\n    exec(compile(chr(10) * 9999 + 'def f_%s(): raise ValueError' % str(x.flatten()[0].item()).replace('.', '_').replace('-', 'm'), 'toy.py', 'exec'), globals())\n    next(v for k, v in list(globals().items()) if k.startswith('f_'))()\n"
    result = judge.grade(submission(splice.overlay(toy_reference, leak)), b"k")
    hidden = [o.message for o in result.tests if o.id.startswith("hidden::TestDouble")]
    assert hidden
    assert all("f_" not in message and "10000" not in message for message in hidden)
    assert all(message.startswith("Your code raised ValueError at line") for message in hidden)


def test_slow_code_loses_speed_alone(judge, toy_reference):
    """Too slow by far: the correctness stays."""
    text = splice.overlay(
        toy_reference, "def total(x):\n    return [torch.stack([x, x, x]).sort(0).values.sum(-1)[0] for _ in range(10)][-1]\n"
    )
    result = judge.grade(submission(text), b"k")
    assert states(result)["total.correctness"] is State.EARNED
    assert states(result)["total.speed"] is State.LOST
    assert verdicts(result, "total.speed") == {Verdict.TIMEOUT}
    assert "times the CPU time of the reference" in next(o.message for o in result.tests if o.part == "total.speed")


def test_two_submissions_meet_the_same_inputs(judge, toy_reference):
    """One key for a class: the same draws and the same worker seeds for everybody, others under another key."""
    text = splice.overlay(toy_reference, "def double(x):\n    return x + torch.rand(1)\n")
    first, again, other = (judge.grade(submission(text), key) for key in (b"k", b"k", b"other"))
    details = [[o.detail for o in r.tests if o.id == "hidden::TestDouble::test_reference[four]"] for r in (first, again, other)]
    assert details[0] == details[1] != details[2]
    assert first.key == again.key != other.key


def test_a_number_where_an_object_is_due_is_wrong_and_no_fault_of_the_harness(judge, toy_reference):
    """A class that makes numbers cannot make the test itself fail, which nobody would have to answer for."""
    text = splice.overlay(toy_reference, "class Counter:\n    def __new__(cls):\n        return 5\n")
    result = judge.grade(submission(text), b"k")
    assert result.complete
    assert verdicts(result, "Counter.count.correctness") == {Verdict.WRONG}
    public = next(o for o in result.tests if o.id == "public::TestCounter::test_two_counters")
    assert "It is an int, which has no count." in public.message


@pytest.mark.parametrize("answer", mechanical.STRANGE.values(), ids=mechanical.STRANGE)
def test_what_a_test_cannot_go_on_with_is_wrong_and_no_fault_of_the_harness(judge, toy_reference, answer):
    """`test_negative` turns the sign of what comes back, whatever it is: with the reference it passes, so the answer is at fault."""
    text = splice.overlay(toy_reference, f"import hashlib as _hashlib\n\n_torch = torch\n\n\ndef quadruple(x):\n    return {answer}\n")
    result = judge.grade(submission(text), b"k")
    assert result.complete
    assert verdicts(result, "quadruple.correctness") == {Verdict.WRONG}
    told = {o.id: o for o in result.tests}["public::TestQuadruple::test_negative"]
    if answer == "None":
        assert told.message.startswith("What your code returns is of another kind.\n")
        assert "The test got None and cannot go on with it (TypeError: bad operand type for unary -: 'NoneType')." in told.message


def test_an_empty_file_and_a_file_that_is_no_python(judge):
    """Nothing written: every test says missing. No Python: every test says so with the line."""
    empty = judge.grade(submission(""), b"k")
    assert {o.verdict for o in empty.tests} == {Verdict.MISSING}
    assert empty.earned == 0
    broken = judge.grade(submission("def double(:\n"), b"k")
    assert {o.verdict for o in broken.tests} == {Verdict.INVALID}
    assert "SyntaxError at line 1" in broken.tests[0].message
    nul = judge.grade(submission("x = '\0'\n"), b"k")
    assert nul.earned == 0
    assert nul.complete


def test_a_fault_of_the_harness_is_never_a_zero(toy_course, toy_reference):
    """The judge is killed in the middle: what was told stays, the mark is None, and the next submission is graded."""
    with JudgeProcess(toy_course, "toy", BACKENDS[0]) as judge:
        judge.start()
        seen = []

        def kill(outcome):
            seen.append(outcome)
            os.kill(judge._process.pid, signal.SIGKILL)

        result = judge.grade(submission(toy_reference), b"k", progress=kill)
        assert result.earned is None
        assert not result.complete
        assert seen
        assert seen[0] in result.tests
        assert result.tests[-1].verdict is Verdict.HARNESS
        assert judge.grade(submission(toy_reference), b"k").earned == 92


def test_a_box_that_dies_costs_one_test(toy_course, toy_reference):
    """What was graded before keeps its outcome, what comes after is graded in another box, and the next submission is whole."""
    with JudgeProcess(toy_course, "toy", BACKENDS[0]) as judge:
        judge.start()
        seen = []

        def kill(outcome):
            if not seen:
                for pid in clock.tree_pids(judge._process.pid):
                    if b"zygote" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        os.kill(pid, signal.SIGKILL)
            seen.append(outcome)

        result = judge.grade(submission(toy_reference), b"k", progress=kill)
        assert seen[0].verdict is Verdict.PASSED
        assert sum(o.verdict is Verdict.HARNESS for o in result.tests) == 1
        assert {o.verdict for o in result.tests} == {Verdict.PASSED, Verdict.HARNESS}
        assert result.earned is None
        assert judge.grade(submission(toy_reference), b"k").earned == 92


def test_a_grader_that_fails_is_told_apart_from_a_student(own_course, toy_reference):
    """An exception in a test file is a fault of the harness with its text, for the instructor."""
    path = own_course.solution_dir("toy") / "test_toy_hidden.py"
    path.write_text(path.read_text().replace("checks.close(student.total(x), reference.total(x))", "raise RuntimeError('broken grader')"))
    with JudgeProcess(own_course, "toy", BACKENDS[0]) as judge:
        result = judge.grade(submission(toy_reference), b"k")
    assert result.earned is None
    assert any("broken grader" in o.detail for o in result.tests if o.verdict is Verdict.HARNESS)
    assert all("broken grader" not in o.message for o in result.tests)


def test_a_grader_that_fails_on_a_strange_answer_by_itself_is_told_apart_too(own_course, toy_reference):
    """What no answer can bring about, such as a file that is not there, stays a fault of the harness."""
    path = own_course.assignment_dir("toy") / "test_toy.py"
    path.write_text(path.read_text().replace("-student.quadruple(x)", "student.quadruple(x) or open('nowhere')"))
    with JudgeProcess(own_course, "toy", BACKENDS[0]) as judge:
        result = judge.grade(submission(splice.overlay(toy_reference, "def quadruple(x):\n    return None\n")), b"k")
    assert result.earned is None
    assert [o.id for o in result.tests if o.verdict is Verdict.HARNESS] == ["public::TestQuadruple::test_negative"]


LINE = "checks.close(student.quadruple(-x), -student.quadruple(x), hint=1)"


def test_a_value_that_cannot_be_sent_back_is_the_answers_fault(own_course, toy_reference):
    """Nested just as deep as may come out, it is too deep to go in among a call's arguments."""
    path = own_course.assignment_dir("toy") / "test_toy.py"
    path.write_text(path.read_text().replace(LINE, "checks.close(student.quadruple(student.quadruple(x)), 16 * x)"))
    deep = "def quadruple(x):\n    for _ in range(31):\n        x = [x]\n    return x\n"
    with JudgeProcess(own_course, "toy", BACKENDS[0]) as judge:
        result = judge.grade(submission(splice.overlay(toy_reference, deep)), b"k")
    assert result.complete, [o.detail for o in result.tests if o.verdict is Verdict.HARNESS]
    told = {o.id: o for o in result.tests}["public::TestQuadruple::test_negative"]
    assert told.verdict is Verdict.WRONG
    assert "cannot go on with it (UncrossableError" in told.message


def test_an_answers_text_is_cut_where_a_test_stumbles(own_course, toy_reference):
    """Python quotes a value in its exceptions: a quarter of a million letters of a submission are not a message."""
    path = own_course.assignment_dir("toy") / "test_toy.py"
    path.write_text(path.read_text().replace(LINE, "value = student.quadruple(x)\n        {}[value] if type(value) is str else None"))
    text = splice.overlay(toy_reference, "def quadruple(x):\n    return '\\x1b[2J' + 250_000 * 'x'\n")
    with JudgeProcess(own_course, "toy", BACKENDS[0]) as judge:
        told = {o.id: o for o in judge.grade(submission(text), b"k").tests}["public::TestQuadruple::test_negative"]
    assert told.verdict is Verdict.WRONG
    assert len(told.message) < 1_000
    assert "\x1b" not in told.message


def test_what_ends_the_search_for_the_fault_does_not_pass_the_test(own_course, toy_reference):
    """The test meets a strange answer, then hangs with the reference until pytest-timeout ends it: nobody has passed."""
    path = own_course.assignment_dir("toy") / "test_toy.py"
    hang = "if student.quadruple(x) is None:\n            raise TypeError('strange')\n        while True:\n            pass"
    text = path.read_text().replace("    def test_negative", "    @pytest.mark.timeout(2)\n    def test_negative").replace(LINE, hang)
    path.write_text(text if "import pytest" in text else text.replace("import torch\n", "import pytest\nimport torch\n", 1))
    with JudgeProcess(own_course, "toy", BACKENDS[0]) as judge:
        result = judge.grade(submission(splice.overlay(toy_reference, "def quadruple(x):\n    return None\n")), b"k")
    told = {o.id: o for o in result.tests}["public::TestQuadruple::test_negative"]
    assert told.verdict is Verdict.HARNESS
    assert result.earned is None


def test_a_sleeping_submission_is_no_fault_of_the_judge(own_course, toy_reference):
    """The wall limit of a topic is the student's; pytest-timeout, which bounds the judge, gives it time to speak first."""
    path = own_course.assignment_dir("toy") / "assignment.toml"
    path.write_text(path.read_text().replace("disk_mib = 16", "disk_mib = 16\nwall_s = 2"))
    text = splice.overlay(toy_reference, "import time\n\n\ndef double(x):\n    time.sleep(100)\n")
    with JudgeProcess(own_course, "toy", BACKENDS[0]) as judge:
        result = judge.grade(submission(text), b"k")
    assert result.complete
    assert verdicts(result, "double.correctness") == {Verdict.TIMEOUT}
    assert any("did not answer within 2 s" in o.message for o in result.tests)


def test_a_grader_that_hangs_is_stopped_and_told(own_course, toy_reference):
    """pytest-timeout bounds the judge's own code: a fault of the harness, after which the other tests are judged."""
    path = own_course.solution_dir("toy") / "test_toy_hidden.py"
    hang = "@pytest.mark.timeout(1)\n    def test_scales(self, student, draw):\n        while True:\n            pass\n\n    def test_after"
    path.write_text(path.read_text().replace("def test_scales", hang))
    with JudgeProcess(own_course, "toy", BACKENDS[0]) as judge:
        result = judge.grade(submission(toy_reference), b"k")
    assert result.earned is None
    told = {o.id: o for o in result.tests}
    assert told["hidden::TestQuadruple::test_scales"].verdict is Verdict.HARNESS
    assert "Timeout" in told["hidden::TestQuadruple::test_scales"].detail
    assert told["hidden::TestTogether::test_all"].verdict is Verdict.PASSED


def test_tests_without_points_and_points_without_tests_are_refused(own_course, toy_reference):
    """The judge does not start on a topic whose tests and points disagree; the reason is told."""
    path = own_course.solution_dir("toy") / "test_toy_hidden.py"
    path.write_text(path.read_text().replace('@kind("speed")', '@kind("gradient")'))
    with JudgeProcess(own_course, "toy", BACKENDS[0]) as judge:
        result = judge.grade(submission(toy_reference), b"k")
    assert result.earned is None
    said = " ".join(o.detail for o in result.tests)
    assert "total.gradient, which has no points" in said
    assert "total.speed has points but no test" in said


def test_a_study_tells_how_near_each_test_came(judge, toy_reference):
    """The clock's share of its limit; an ordinary grading tells nothing of it and comes to the same."""
    studied = judge.study(submission(toy_reference), b"k")
    assert 0.1 < studied.margins["hidden::TestTotal::test_speed"].used["speed"] < 1
    assert studied.margins["public::TestDouble::test_two"].used == {"values": 0}
    graded = judge.grade(submission(toy_reference), b"k")
    assert [(o.id, o.verdict) for o in graded.tests] == [(o.id, o.verdict) for o in studied.result.tests]


def test_a_study_searches_for_no_mistake_unless_asked(judge, toy_reference):
    """Nobody reads the feedback of a study, and the search is a large part of what failing costs."""
    wrong = submission(splice.overlay(toy_reference, "def double(x):\n    return 3 * x\n"))
    told = {}
    for suspects in (False, True):
        result = judge.study(wrong, b"k", suspects=suspects).result
        told[suspects] = {o.suspected for o in result.tests if o.part == "double.correctness"}
    assert told == {False: {""}, True: {"It multiplies with three."}}


def test_a_study_of_some_tests_copies_the_others(judge, toy_reference):
    """What is asked is run with the submission, and what is known counts as it stands."""
    known = judge.study(submission(toy_reference), b"k").result.tests
    asked = [outcome.id for outcome in known if outcome.part.startswith("double.")]
    wrong = splice.overlay(toy_reference, "def double(x):\n    return 3 * x\n\n\ndef quadruple(x):\n    return x\n")
    others = [outcome for outcome in known if outcome.id not in asked]
    studied = judge.study(submission(wrong), b"k", asked, others)
    assert verdicts(studied.result, "double.correctness") == {Verdict.WRONG}
    assert states(studied.result)["quadruple.correctness"] == State.EARNED
    assert set(studied.margins) == set(asked)
    assert len(studied.result.tests) == len(known)


def test_a_pool_gives_each_thread_its_own_judge(toy_course, toy_reference):
    """Two threads grade side by side, and both are right."""
    results = []
    with JudgePool(toy_course, "toy", BACKENDS[0]) as pool:
        threads = [threading.Thread(target=lambda: results.append(pool.grade(submission(toy_reference), b"k"))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [r.earned for r in results] == [92, 92]


def test_no_state_of_one_judge_reaches_the_next(own_course, toy_reference):
    """What a test file leaves in its globals, in a library and in the generators is gone for the next submission."""
    path = own_course.solution_dir("toy") / "test_toy_hidden.py"
    text = path.read_text().replace("import pytest\n", "import os\n\nimport pytest\n", 1)
    spying = """
LEAK = []


@task("integration")
class TestFresh:
    def test_fresh(self, student):
        seen = [len(LEAK), hasattr(torch, "leak"), os.environ.get("LEAK"), torch.rand(1).item()]
        LEAK.append(1)
        torch.leak, os.environ["LEAK"] = True, "1"
        checks.that(False, "Seen.", shown=str(seen))
"""
    path.write_text(text + spying)
    with JudgeProcess(own_course, "toy", BACKENDS[0]) as judge:
        told = [next(o for o in judge.grade(submission(toy_reference), b"k").tests if "test_fresh" in o.id).detail for _ in range(2)]
    assert told[0] == told[1]
    assert "[0, False, None, 0." in told[0]


def once_late(own_course, toy_reference, still):
    """Return a course with a short wall limit, and a submission that sleeps the first time; `still` lets it sleep always."""
    path = own_course.assignment_dir("toy") / "assignment.toml"
    path.write_text(path.read_text().replace("disk_mib = 16", "disk_mib = 16\nwall_s = 1.5"))
    text = f"""
import os
import time
from pathlib import Path

SEEN = Path(os.environ["TMPDIR"]) / "seen"


def double(x):
    if {still} or not SEEN.exists():
        SEEN.touch()
        time.sleep(100)
    return factor() * x
"""
    return submission(splice.overlay(toy_reference, text))


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_what_was_late_beside_others_runs_once_more_alone(own_course, toy_reference):
    """Out of wall time with processor time to spare, a test that passes alone has passed: the load was to blame."""
    late = once_late(own_course, toy_reference, still=False)
    with JudgePool(own_course, "toy", BACKENDS[0], workers=2) as pool:
        assert pool.workers == 2
        result = pool.grade(late, b"k")
    assert states(result)["double.correctness"] is State.EARNED, [o for o in result.tests if o.verdict != Verdict.PASSED]
    assert states(result)["double.gradient"] is State.EARNED


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_what_is_late_alone_too_is_believed(own_course, toy_reference):
    """A submission that sleeps gets its timeout, and is run alone once, not for each of its tests."""
    still = once_late(own_course, toy_reference, still=True)
    with JudgePool(own_course, "toy", BACKENDS[0], workers=2) as pool:
        began_s = time.monotonic()
        result = pool.grade(still, b"k")
    assert verdicts(result, "double.correctness") == {Verdict.TIMEOUT}
    slept_s = sum(1.5 for o in result.tests if o.message.startswith("Your code did not answer"))
    assert time.monotonic() - began_s < slept_s + 1.5 + 20
    assert states(result)["quadruple.correctness"] is State.EARNED


def test_no_more_judges_than_cores(toy_course):
    """Asked for more, a pool has one a core; asked for none, one."""
    for workers, expected in ((1, 1), (1000, len(os.sched_getaffinity(0))), (0, 1)):
        with JudgePool(toy_course, "toy", BACKENDS[0], workers=workers) as pool:
            assert pool.workers == expected

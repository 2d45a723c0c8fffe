"""The gate proves a sound topic, and names what is wrong with an unsound one."""

import pytest

from grader.workflow.verify import verify

pytestmark = pytest.mark.slow


def faults_of(verification):
    return [f"{proof.name}: {fault}" for proof in verification.proofs for fault in proof.faults] + list(verification.faults)


@pytest.fixture(scope="module")
def verified(toy_course):
    """The toy topic, verified once."""
    return verify(toy_course, "toy", workers=2)


def test_a_sound_topic_is_proved(verified):
    """Every submission gets what it deserves."""
    assert faults_of(verified) == []
    assert verified.passed


def test_everybody_was_there(verified):
    """Stub, reference under two keys, catalogue, the programs that know nothing, and each task alone."""
    names = {proof.name for proof in verified.proofs}
    assert {
        "stub",
        "reference",
        "reference, second key",
        "zeros",
        "echo",
        "parrot",
        "strange: nothing",
        "strange: object",
        "wrong/triple",
        "slow/loop",
        "accepted/addition",
        "only double",
        "only Counter.count",
    } <= names
    keys = {proof.result.key for proof in verified.proofs}
    assert len(keys) == 2


def test_the_parrot_really_knows_the_published_answers(verified):
    """It passes public tests with fixed inputs, and earns nothing."""
    parrot = next(proof for proof in verified.proofs if proof.name == "parrot").result
    passed = {o.id for o in parrot.tests if o.verdict == "passed"}
    assert "public::TestDouble::test_two" in passed
    assert parrot.earned == 0


def test_it_tells_which_test_caught_what(verified):
    """The catalogue's files stand beside the tests that they fail."""
    assert "triple" in verified.catches["hidden::TestDouble::test_reference[four]"]
    assert verified.catches["hidden::TestTotal::test_speed"] == ("loop",)


def test_what_a_file_does_not_replace_is_the_references(verified):
    """Only the tests of its tasks are run, and the integration where LOSES names it; the mark is of all of them."""
    results = {proof.name: {outcome.id: outcome for outcome in proof.result.tests} for proof in verified.proofs}
    reference, triple, stub = results["reference"], results["wrong/triple"], results["stub"]
    assert set(triple) == set(reference) == set(stub)
    same = {name for name in reference if triple[name] is reference[name]}
    assert {name.split("::")[1] for name in same} == {"TestQuadruple", "TestCounter", "TestTotal"}
    columns = {name.split("::")[1] for name in reference if results["wrong/columns"][name] is reference[name]}
    assert columns == {"TestDouble", "TestQuadruple", "TestCounter", "TestTotal", "TestTogether"}  # of its own task the clock alone
    assert {name for name in reference if results["reference, second key"][name] is reference[name]} == {"hidden::TestTotal::test_speed"}


def test_what_a_file_blocks_for_itself_is_not_clocked(verified):
    """Who loses correctness earns nothing for speed whatever the clock says; a file that loses speed alone is clocked."""
    results = {proof.name: {outcome.id: outcome for outcome in proof.result.tests} for proof in verified.proofs}
    clocked = "hidden::TestTotal::test_speed"
    assert results["wrong/columns"][clocked] is results["reference"][clocked]
    parts = {part.part: str(part.state) for proof in verified.proofs if proof.name == "wrong/columns" for part in proof.result.parts}
    assert (parts["total.correctness"], parts["total.speed"]) == ("lost", "blocked")
    for name in ("slow/loop", "zeros", "strange: nothing"):
        assert results[name][clocked] is not results["reference"][clocked]


def test_what_the_study_clocked_is_not_clocked_again(verified):
    """Of correct files, and only where the study is of today's files; one task's own definition is the reference's."""
    proofs = {proof.name: proof for proof in verified.proofs}
    clocked = "hidden::TestTotal::test_speed"
    assert clocked in proofs["reference"].margins
    for name in ("reference, second key", "only total"):
        assert clocked not in proofs[name].margins


def test_without_a_study_of_todays_files_correct_ones_are_clocked(own_course):
    """A changed test makes the study old: nothing is taken from it."""
    hidden = own_course.solution_dir("toy") / "test_toy_hidden.py"
    hidden.write_text(hidden.read_text() + "\n# changed\n")
    found = verify(own_course, "toy", only="reference, second*")
    (proof,) = found.proofs
    assert "hidden::TestTotal::test_speed" in proof.margins


@pytest.mark.parametrize(
    ("text", "concerned"),
    [
        ("def double(x):\n    return x\n", {"double"}),
        ("import math\n\nUNIT = 1\n\n\ndef helper(x):\n    return x\n\n\ndef double(x):\n    return helper(x)\n", {"double"}),
        ("class Counter:\n    def count(self, step):\n        return 0\n", {"Counter.count"}),
        ("def factor():\n    return 3\n", None),
        ("torch.manual_seed(1)\n", None),
        ("if True:\n    def double(x):\n        return x\n", None),
        ("import torch\n\n\ndef double(x):\n    return x\n", {"double"}),
        ("def sum(x):\n    return x\n\n\ndef double(x):\n    return x\n", None),
        ("import numpy as torch\n\n\ndef double(x):\n    return x\n", None),
        ("from math import *\n\n\ndef double(x):\n    return x\n", None),
    ],
    ids=["task", "task_and_helper", "method", "given", "statement", "hidden_definition", "same_import", "builtin", "library", "star"],
)
def test_where_a_file_does_more_than_replace_tasks_everything_is_run(own_course, text, concerned):
    """What a task calls without needing it, and what is done to the libraries, could be seen by every test."""
    from grader import cases
    from grader.assignment import load_assignment
    from grader.catalogue import read_catalogue

    path = own_course.solution_dir("toy") / "submissions" / "wrong" / "new.py"
    path.write_text(f'"""A mistake."""\n\nLOSES = {{"double.correctness": "public::TestDouble::test_two"}}\n\n\n{text}')
    (example,) = (one for one in read_catalogue(own_course, "toy") if one.name == "wrong/new")
    assert cases.concerned(load_assignment(own_course, "toy"), example) == concerned


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("raise ValueError('no such curve')", "ValueError: no such curve"),
        ("from matplotlib.figure import Figure\n    return Figure()", "nothing is on the picture"),
    ],
    ids=["raises", "blank"],
)
def test_a_figure_that_the_reference_does_not_draw_fails_the_gate(own_course, body, why):
    """It is drawn as feedback draws it; an empty picture is none."""
    (own_course.assignment_dir("toy") / "figure.py").write_text(f"def figure(student):\n    {body}\n")
    said = f"figure.py draws nothing with the reference: Your code's values could not be drawn: {why}."
    assert said in verify(own_course, "toy", workers=2).faults


def test_a_part_of_the_catalogue_is_no_proof(toy_course):
    """Faults of the whole are not looked for, and the tables of the whole are left out."""
    found = verify(toy_course, "toy", only="wrong/t*")
    assert [proof.name for proof in found.proofs] == ["wrong/triple"]
    assert found.passed
    assert found.is_partial
    assert (found.tasks, found.limits, found.notes) == ((), (), ())


def test_it_tells_how_near_the_limits_are(verified):
    """The reference's own ratio is near 1; the slow file is far beyond the limit."""
    (line,) = verified.limits
    assert (line.part, line.limit, line.slow) == ("total.speed", 3.0, "slow/loop")
    assert 0.5 < line.nearest_found < 2
    assert line.slow_found is None or line.slow_found > 5
    assert (verified.tasks[0].entry, verified.tasks[0].public_tests, verified.tasks[0].hidden_tests) == ("double", 2, 3)


def test_a_topic_with_faults_fails_the_gate_and_names_each(own_course):
    """A survivor, a wrong LOSES, a stray file, a part that nobody loses, a missing hint, an uncovered item, a test that stumbles: all in one run."""
    solutions, assignment = own_course.solution_dir("toy"), own_course.assignment_dir("toy")
    wrong = solutions / "submissions" / "wrong"
    (wrong / "triple.py").unlink()
    (wrong / "survivor.py").write_text(
        '"""It is right after all."""\n\nLOSES = {"double.correctness": "public::TestDouble::test_two"}\n\n\ndef double(x):\n    return x * 2\n'
    )
    (wrong / "elsewhere.py").write_text(
        '"""It names the wrong test."""\n\nLOSES = {"quadruple.correctness": "public::TestDouble::test_two"}\n\n\ndef quadruple(x):\n    return x\n'
    )
    (solutions / "notes.txt").write_text("stray")
    handout = assignment / "handout.md"
    handout.write_text(handout.read_text().replace("Hint 3", "Clue").replace("`torch.mul` is forbidden", "Something is forbidden"))
    quiz = assignment / "quiz.toml"
    quiz.write_text(quiz.read_text().replace("Why two", "Why three"))
    hidden = solutions / "test_toy_hidden.py"
    hidden.write_text(
        hidden.read_text().replace("2 * checks.shape(out, x.shape)", "2 * (out if type(out) is torch.Tensor else open('nowhere'))")
    )
    toml = assignment / "assignment.toml"
    toml.write_text(toml.read_text().replace('"test_two"', '"test_nowhere"').replace('"torch.mul"]', '"torch.mul", "math.fsum"]'))
    found = verify(own_course, "toy", workers=2)
    assert "quadruple forbids math.fsum, which is looked for in the text alone: no run shows it" in found.notes
    faults = "\n".join(faults_of(found))
    for said in (
        "wrong/survivor: double.correctness is not lost, LOSES names it",
        "wrong/survivor: public::TestDouble::test_two should catch it",
        "wrong/elsewhere: public::TestDouble::test_two should catch it for quadruple.correctness, and passes",
        "double.correctness is lost by no wrong or slow file",
        "solutions/toy/notes.txt is not a file of an assignment",
        "handout.md has 2 hints for double, expected 3",
        "handout.md does not say in the section of quadruple that torch.mul is forbidden, and why",
        "'Why two' (quiz) is covered by nothing",
        "'Why three' is no item of coverage.tsv",
        "names test_nowhere, which is no test",
        "strange: nothing: hidden::TestQuadruple::test_scales: the harness failed: ",
        "strange: object: hidden::TestQuadruple::test_scales: the harness failed: ",
        "is not what the reference generates. Make it anew: grader build toy",
    ):
        assert said in faults, faults


def test_a_grader_that_the_stub_fools_fails_the_gate(own_course):
    """Tests that check nothing: the stub, zeros and the parrot earn what they must not."""
    for path in (own_course.assignment_dir("toy") / "test_toy.py", own_course.solution_dir("toy") / "test_toy_hidden.py"):
        path.write_text(path.read_text().replace("checks.equal(", "(lambda *seen, **named: None)("))
    faults = "\n".join(faults_of(verify(own_course, "toy", workers=2)))
    assert "zeros: Counter.count.correctness is earned, expected not earned" in faults
    assert "wrong/forgetful: Counter.count.correctness is not lost" in faults

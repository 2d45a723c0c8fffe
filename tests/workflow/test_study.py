"""A study finds what the quick gate does not: submissions that fail now and then, and tests that let mutants live."""

import tomllib

import msgspec
import pytest

from grader.assignment import load_assignment
from grader.errors import HarnessError
from grader.runner import JudgePool
from grader.sandbox.backend import choose
from grader.studies import read_study, studied_digest, written
from grader.workflow.study import study
from grader.workflow.verify import _mutants, verify

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SOMETIMES = '''"""Right but for inputs whose first number is small."""

import torch


def double(x):
    return torch.where(x.flatten()[0].abs() < 0.1, 3 * x, 2 * x)
'''


def mutants_faults(course):
    """Return what the gate says of the toy's mutants."""
    with JudgePool(course, "toy", choose()) as judges:
        return _mutants(course, load_assignment(course, "toy"), read_study(course, "toy"), judges)


@pytest.fixture(scope="module")
def studied(tmp_path_factory, new_course):
    """A toy with a submission that fails by luck, and without the test that tells a product from a quotient."""
    course = new_course(tmp_path_factory.mktemp("course"))
    solutions = course.solution_dir("toy")
    (solutions / "submissions" / "accepted" / "sometimes.py").write_text(SOMETIMES)
    reference = solutions / "toy.py"
    reference.write_text(reference.read_text().replace("    return factor() * x\n", "    nothing = 0\n    return factor() * x + nothing\n"))
    ticks = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.workflow.study.KEYS", 6)  # twenty of a toy show no more
        report = study(course, "toy", workers=2, progress=lambda done, total: ticks.append((done, total)))
    return course, report, ticks


def test_luck_is_found_and_bounded(studied):
    """Some of the keys meet it; what never failed is bounded, not proved."""
    _, report, _ = studied
    missed = report.study.submissions["accepted/sometimes"]
    assert 0 < len(missed.tests) < 6
    assert all(test.split("::")[1] == "TestDouble" or "Together" in test for tests in missed.tests.values() for test in tests)
    assert report.study.submissions["reference"].tests == {}
    assert report.study.submissions["reference"].bound == pytest.approx(1 - 0.05 ** (1 / 6), abs=1e-4)
    assert any(fault.startswith("accepted/sometimes fails under") for fault in report.faults)


def test_what_lives_is_told_so_that_it_can_be_listed(studied):
    """Adding nothing and taking nothing away are the same."""
    _, report, _ = studied
    alive = [entry["change"] for entry in tomllib.loads(report.survivors)["mutant"]]
    assert "line 4: factor() * x + nothing becomes ((factor() * x) - (nothing))" in alive
    assert any(fault.endswith("at least 95 % must be") for fault in report.faults)


def test_margins_and_progress_are_kept(studied):
    """The clock's share of its limit, and a tick for every grading and every mutant."""
    course, report, ticks = studied
    assert 0.1 < report.study.margins["hidden::TestTotal::test_speed"]["speed"] < 1
    assert ticks[-1] == (len(ticks), len(ticks)) == (18 + len(report.study.mutants),) * 2
    assert read_study(course, "toy") == report.study


def test_verify_holds_a_topic_to_its_study(studied):
    """The faults of a study are faults of the topic."""
    course, report, _ = studied
    assert report.faults
    assert set(report.faults) <= set(verify(course, "toy", workers=2).faults)


def test_a_fault_of_the_grader_is_no_miss_and_writes_nothing(own_course, monkeypatch):
    """A test that stumbles by itself ends the study; what was measured before stays."""
    monkeypatch.setattr("grader.workflow.study.KEYS", 1)
    path = own_course.solution_dir("toy") / "study.json"
    before = path.read_bytes()
    hidden = own_course.solution_dir("toy") / "test_toy_hidden.py"
    hidden.write_text(hidden.read_text().replace("2 * checks.shape(out, x.shape)", "open('nowhere')"))
    with pytest.raises(HarnessError, match=r"(?s)test_scales.*Nothing was written"):
        study(own_course, "toy")
    assert path.read_bytes() == before


def test_a_study_of_other_mutants_is_refused(own_course):
    """Where the reference makes mutants that the study does not know, or the study knows some that nobody makes, it proves nothing."""
    known = read_study(own_course, "toy")
    assert mutants_faults(own_course) == []
    (own_course.solution_dir("toy") / "study.json").write_bytes(written(msgspec.structs.replace(known, mutants=known.mutants[1:])))
    (fault,) = mutants_faults(own_course)
    assert "knows other mutants than today's" in fault


def test_a_killer_that_no_longer_kills_is_a_fault(own_course):
    """The gate kills some mutants again, each by the test that the study names."""
    hidden = own_course.solution_dir("toy") / "test_toy_hidden.py"
    blind = "class TestDouble:\n    def test_blind(self, student):\n        pass\n\n"
    hidden.write_text(hidden.read_text().replace("class TestDouble:\n", blind))
    known = read_study(own_course, "toy")
    claimed = [
        msgspec.structs.replace(fate, killer="hidden::TestDouble::test_blind") if fate.entry == "double" else fate for fate in known.mutants
    ]
    claims = msgspec.structs.replace(known, digest=studied_digest(own_course, "toy"), mutants=claimed)
    (own_course.solution_dir("toy") / "study.json").write_bytes(written(claims))
    expected = {fate.digest for fate in claims.repeated() if fate.entry == "double"}
    faults = mutants_faults(own_course)
    assert expected
    assert {fault.split()[2] for fault in faults} == expected
    assert all("of double is no longer killed by hidden::TestDouble::test_blind: " in fault for fault in faults)

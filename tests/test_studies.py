"""A study is written, read, and judged: misses, living mutants, reasons for the equivalent ones, and its age."""

import tomllib

import pytest

from grader.errors import CourseError
from grader.studies import Fate, Missed, Study, lists, read_equivalent, read_study, staleness, studied_digest, study_faults, written


def a_study(alive=0, killed=40, **changes):
    """Return a study with so many mutants."""
    mutants = [Fate(entry="f", change=f'line 1: "{i}" becomes nothing', digest=f"{i:016d}", killer=None) for i in range(alive)]
    mutants += [Fate(entry="f", change="x", digest=f"{i:016d}", killer="public::TestF::test") for i in range(alive, alive + killed)]
    given = {
        "submissions": {"reference": Missed(tests={}, bound=0.139)},
        "margins": {},
        "ladders": {},
        "keys": 20,
        "torch": "2",
        "digest": "d",
    }
    return Study(mutants=mutants, **{**given, **changes})


def equivalent(*numbers):
    """Return reasons for the mutants of these numbers."""
    return {f"{i:016d}": "No input tells them apart." for i in numbers}


def test_what_is_written_is_read(own_course):
    """All of it; the file is text that a person can read."""
    study = a_study(alive=1, ladders={"reference": {"train": [1.5, 2.0]}}, margins={"public::T::t": {"values": 0.1}})
    (own_course.solution_dir("toy") / "study.json").write_bytes(written(study))
    assert read_study(own_course, "toy") == study
    (own_course.solution_dir("toy") / "study.json").unlink()
    assert read_study(own_course, "toy") is None


@pytest.mark.parametrize("text", [b"{}", b"[", b"\xff", written(a_study(format=2))])
def test_what_is_no_study_says_how_to_make_one(own_course, text):
    """A damaged file, and one of another version."""
    (own_course.solution_dir("toy") / "study.json").write_bytes(text)
    with pytest.raises(CourseError, match="Make it anew: grader verify --study toy"):
        read_study(own_course, "toy")


def test_a_sound_study_has_no_faults():
    """Nothing missed, everything killed; or 95 % of what is not equivalent, and 5 % listed."""
    assert study_faults(a_study(), {}) == []
    assert study_faults(a_study(alive=2, killed=38), {}) == []
    assert study_faults(a_study(alive=4, killed=56), equivalent(0, 1, 2)) == []


def test_mutants_that_live_are_counted_without_the_equivalent_ones():
    """3 of 40 are more than 5 %."""
    assert study_faults(a_study(alive=3, killed=37), {}) == ["37 of 40 mutants are killed (92.5%), at least 95 % must be"]


def test_too_many_reasons_and_reasons_for_the_wrong_ones_are_faults():
    """The list must not grow into an excuse."""
    (fault,) = study_faults(a_study(alive=3, killed=37), equivalent(0, 1, 2))
    assert fault == "equivalent.toml lists 3 of 40 mutants, at most 5% may be"
    (fault,) = study_faults(a_study(), equivalent(7))
    assert fault == "equivalent.toml lists 0000000000000007, which public::TestF::test tells from the reference"
    (fault,) = study_faults(a_study(), equivalent(99))
    assert fault == "equivalent.toml lists 0000000000000099, which is no mutant of the reference"


def test_a_correct_submission_that_fails_is_a_fault():
    """With the tests that it failed, each once."""
    missed = Missed(tests={"verify-3": ["b", "a"], "verify-4": ["a"]}, bound=0.28)
    assert study_faults(a_study(submissions={"accepted/x": missed}), {}) == ["accepted/x fails under 2 of 20 keys: a, b"]


def test_it_is_old_when_what_it_measured_changes(own_course):
    """Tests, reference, settings, accepted: yes. Mistakes, handout: no."""
    solutions, assignments = own_course.solution_dir("toy"), own_course.assignment_dir("toy")
    (fault,) = staleness(own_course, "toy", None)
    assert fault == "solutions/toy/study.json is missing. Measure it: grader verify --study toy"
    study = a_study(digest=studied_digest(own_course, "toy"))
    assert staleness(own_course, "toy", study) == []
    for path in (assignments / "handout.md", solutions / "submissions" / "wrong" / "triple.py"):
        path.write_text(path.read_text() + "\n")
        assert staleness(own_course, "toy", study) == []
    for path in (
        assignments / "assignment.toml",
        assignments / "test_toy.py",
        solutions / "toy.py",
        solutions / "test_toy_hidden.py",
        solutions / "submissions" / "accepted" / "addition.py",
    ):
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        assert "is older than the files" in staleness(own_course, "toy", study)[0]
        path.write_bytes(before)
    assert staleness(own_course, "toy", study) == []


def test_ten_killed_mutants_are_repeated_and_others_with_another_digest():
    """Chosen by digest: nobody can choose them, and not always the same ones."""
    study, other = a_study(alive=5, killed=60), a_study(alive=5, killed=60, digest="e")
    chosen = {fate.digest for fate in study.repeated()}
    assert len(study.repeated()) == len(chosen) == 10
    assert not chosen & {fate.digest for fate in study.survivors()}
    assert chosen != {fate.digest for fate in other.repeated()}


def test_survivors_are_listed_as_entries_whose_reason_is_missing(own_course):
    """They can be pasted; without a reason they are refused."""
    text = lists(a_study(alive=2).survivors())
    assert [entry["digest"] for entry in tomllib.loads(text)["mutant"]] == [f"{i:016d}" for i in range(2)]
    path = own_course.solution_dir("toy") / "equivalent.toml"
    path.write_text(text)
    with pytest.raises(CourseError) as caught:
        read_equivalent(own_course, "toy")
    assert "solutions/toy/equivalent.toml: mutant 2 needs a digest, an entry, a change and a why" in str(caught.value)
    path.write_text(text.replace('why = ""', 'why = "Because."'))
    assert read_equivalent(own_course, "toy") == {f"{i:016d}": "Because." for i in range(2)}
    path.write_text("mutant = 3")
    with pytest.raises(CourseError):
        read_equivalent(own_course, "toy")
    path.write_text("[")
    with pytest.raises(CourseError, match=r"equivalent\.toml"):
        read_equivalent(own_course, "toy")

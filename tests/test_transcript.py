"""Claims about what is known of a run that may end at any moment."""

from pathlib import Path

from grader.result import Outcome, Verdict
from grader.transcript import add_loaded, add_outcome, add_parts, add_running, add_waiting, read_transcript

PARTS = {"public::A::a": "attend.correctness", "public::A::b": "attend.property", "public::B::c": "mask.correctness"}


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Tests, outcomes with every letter of their messages, what waits, and what runs."""
    path = tmp_path / "t.jsonl"
    outcome = Outcome(id="public::A::a", part="attend.correctness", verdict=Verdict.WRONG, message="zwei\nZeilen 好", hint=2)
    add_parts(path, PARTS)
    add_running(path, "public::A::a")
    assert read_transcript(path).running == "public::A::a"
    add_outcome(path, outcome)
    add_waiting(path, "public::A::b", ["scores"])
    found = read_transcript(path)
    assert found.outcomes == (outcome,)
    assert found.waiting == {"public::A::b": ("scores",)}
    assert (found.running, found.left) == ("", ("public::B::c",))
    assert found.failed_entries == {"attend"}


def test_a_line_that_was_cut_off_is_none(tmp_path: Path) -> None:
    """The end of a process in the middle of a line loses that line alone."""
    path = tmp_path / "t.jsonl"
    add_parts(path, PARTS)
    add_running(path, "public::A::a")
    path.write_bytes(path.read_bytes() + b'{"outcome": {"id": "pub')
    found = read_transcript(path)
    assert found.running == "public::A::a"
    assert found.outcomes == ()
    add_waiting(path, "public::B::c", ["attend"])  # what is written behind it is not lost
    assert "public::B::c" in read_transcript(path).done


def test_whether_the_module_was_imported_is_known_of_the_test_that_runs(tmp_path: Path) -> None:
    """Of the next one it is not known yet."""
    path = tmp_path / "t.jsonl"
    add_running(path, "public::A::a")
    assert not read_transcript(path).has_loaded
    add_loaded(path)
    assert read_transcript(path).has_loaded
    add_running(path, "public::A::b")
    assert not read_transcript(path).has_loaded


def test_a_part_that_is_no_correctness_makes_nobody_wait(tmp_path: Path) -> None:
    """A failed property does not deny that the values are right; nor does a file that is not there."""
    path = tmp_path / "t.jsonl"
    assert read_transcript(path).left == ()
    add_outcome(path, Outcome(id="public::A::b", part="attend.property", verdict=Verdict.WRONG))
    assert read_transcript(path).failed_entries == frozenset()

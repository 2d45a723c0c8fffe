"""Claims about what file names say."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.claims import Claim, Naming, claim


def said(name: str, naming: Naming = Naming.AUTO, *, is_folder: bool = False) -> Claim:
    found = claim(name, is_folder, naming)
    assert found is not None
    return found


def test_canvas_names_are_read() -> None:
    """Name, number of the user, number of the file, the student's own name for it; LATE is told."""
    found = said("doejane_12_345_self_attention-1.py")
    assert found == Claim(naming=Naming.CANVAS, number="12", people=("doejane",), original="self_attention-1.py", upload=345)
    late = said("doejane_LATE_12_345_2026_11_29_x.py")
    assert (late.number, late.people, late.original, late.is_late) == ("12", ("doejane",), "2026_11_29_x.py", True)
    assert said("müller_x_12_345_hw.tar.gz").people == ("müller_x",)


def test_canvas_hides_names() -> None:
    """An anonymous hand-in has five letters and digits in place of name and number."""
    found = said("anon_aB3xZ_345_x_1_2_y.py")
    assert (found.number, found.people, found.original, found.is_late) == ("anon_aB3xZ", (), "x_1_2_y.py", False)
    assert said("LATE_anon_aB3xZ_345_x.py").is_late


@pytest.mark.parametrize(("ending", "what"), [("text.html", "a text typed into Canvas"), ("link.html", "a link given to Canvas")])
def test_canvas_writes_files_itself(ending: str, what: str) -> None:
    """A typed text and a link are not what is graded."""
    assert said(f"doejane_12_{ending}").text == what
    assert said(f"doejane_LATE_12_{ending}").number == "12"


@pytest.mark.parametrize("end", ["", "_"])
def test_moodle_folders_are_read(end: str) -> None:
    """Full name and number of the participant; newer versions leave out the last line below."""
    found = said(f"Jane van Doe_123_assignsubmission_file{end}", is_folder=True)
    assert found == Claim(naming=Naming.MOODLE, number="123", people=("Jane van Doe",))
    text = said(f"Jane van Doe_123_assignsubmission_onlinetext{end}", is_folder=True)
    assert (text.number, text.text) == ("123", "a part of the hand-in that Moodle calls onlinetext")


def test_moodle_files_are_read() -> None:
    """Flat, with the student's own name at the end; a name with a hyphen may begin with that of a group."""
    found = said("Group A-Jean-Luc Li_123_assignsubmission_file_self_attention.py")
    assert (found.number, found.original) == ("123", "self_attention.py")
    assert found.people == ("Group A-Jean-Luc Li", "Jean-Luc Li", "Luc Li")
    assert said("Jane Doe_123_assignsubmission_onlinetext_onlinetext.html").text
    assert said("Jane Doe_123_assignsubmission_file_2_3_x.py").original == "2_3_x.py"
    assert said("Default group_assignsubmission_file", is_folder=True).number == ""


def test_plain_names_are_read() -> None:
    """The folder, or the file up to its ending or the first `__`; only what is no id may be a full name."""
    assert said("ann__rnn__2.py") == Claim(naming=Naming.PLAIN, number="ann", about="rnn__2")
    assert said("ann__rnn", is_folder=True).number == "ann__rnn"
    assert said("a.b.TAR.GZ").number == "a.b"
    assert said("Jane Doe.py").people == ("Jane Doe",)


def test_a_naming_can_be_asked_for() -> None:
    """What Canvas would have named is plain when it is asked for; a plain name is none of Canvas's."""
    assert said("doejane_12_345_x.py", Naming.PLAIN).number == "doejane_12_345_x"
    assert claim("ann.py", False, Naming.CANVAS) is None
    assert claim("ann.py", False, Naming.MOODLE) is None
    assert claim("Jane_12_assignsubmission_file_", False, Naming.MOODLE) is None  # a file must have a name of its own


@settings(max_examples=100)
@given(st.text(), st.booleans(), st.sampled_from(Naming))
@example("_" * 3000 + "1" * 3000, False, Naming.AUTO)
@example("a_" + "1" * 6000 + "_2_x", False, Naming.CANVAS)
def test_no_name_is_too_much(name: str, is_folder: bool, naming: Naming) -> None:
    """Any text is a claim, or none; it keeps what it was made of."""
    found = claim(name, is_folder, naming)
    assert found is not None or naming in (Naming.CANVAS, Naming.MOODLE)
    assert found is None or (found.number in name and found.original in name)

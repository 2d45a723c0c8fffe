"""Claims about whose a hand-in is, with a roster and without."""

from grader.claims import Naming, claim
from grader.owners import Owner, Owners
from grader.roster import Person, Roster

ROSTER = Roster((Person(id="ann", name="Ann Li", lms_ids=("12",)), Person(id="ben", name="Ben Doe"), Person(id="cat", name="Doe, Ben")))


def owner(owners: Owners, name: str) -> Owner:
    found = claim(name, False, Naming.AUTO)
    assert found is not None
    return owners.of(found)


def test_without_a_roster_everybody_is_somebody() -> None:
    """A plain name and an LMS's number are ids; one in other capitals is the one that was there first."""
    owners = Owners(None, {"Ann", "eve", "Eve"}, ["rnn"], enrol=False)
    assert owner(owners, "doejane_12_3_x.py").student == "12"
    assert owner(owners, "ann.py").student == "Ann"
    assert [owner(owners, name).student for name in ("dan.py", "DAN.py")] == ["dan", "dan"]
    assert [owner(owners, name).student for name in ("eve.py", "Eve.py")] == ["eve", "Eve"]
    assert owners.roster is None


def test_without_a_roster_some_names_are_nobodys() -> None:
    """A topic, a word that is no id, and a group have no student."""
    owners = Owners(None, (), ["rnn"], enrol=True)
    assert "named for a topic" in owner(owners, "rnn.py").fault
    assert "is no name of a student" in owner(owners, "Jane Doe.py").fault
    assert "bears no number" in owner(owners, "Default group_assignsubmission_file_x.py").fault
    assert not any(owner(owners, name).is_unknown for name in ("rnn.py", "Jane Doe.py"))
    assert owners.enrolled == ()


def test_only_the_roster_counts() -> None:
    """Who is not in it is unknown, also who handed in before; the sentence says what to do."""
    owners = Owners(ROSTER, {"old"}, [], enrol=False)
    assert owner(owners, "liann_12_3_x.py") == Owner(student="ann")
    assert owner(owners, "ANN.py") == Owner(student="ann")
    assert owner(owners, "liann_13_3_x.py") == Owner(student="ann", note="by name")
    assert owner(owners, "Ann Li.py") == Owner(student="ann", note="by name")
    unknown = owner(owners, "old.py")
    assert (unknown.student, unknown.is_unknown) == (None, True)
    assert unknown.fault == "nobody in roster.csv has the id old. Add a line to roster.csv, or collect with --enrol."
    assert "; did you mean 'ben'? Add" in owner(owners, "bem.py").fault
    expected = "nobody in roster.csv has Canvas's number 9 or the name x. Write 9 into the lms_id of whose it is, or collect with --enrol."
    assert owner(owners, "x_9_3_x.py").fault == expected


def test_newcomers_are_enrolled_once() -> None:
    """A number and the same as a plain id are one person; the name is what the file said."""
    owners = Owners(None, (), [], enrol=True)
    names = ("doejane_12_3_x.py", "12.py", "Jane Li_77_assignsubmission_file_x.py", "zoe.py")
    assert [owner(owners, name).student for name in names] == ["12", "12", "77", "zoe"]
    assert owners.roster == Roster((
        Person(id="12", name="doejane", lms_ids=("12",)), Person(id="77", name="Jane Li", lms_ids=("77",)), Person(id="zoe"),
    ))  # fmt: skip


def test_nobody_is_enrolled_in_doubt() -> None:
    """A name that two people have would make a third of them."""
    owners = Owners(ROSTER, (), [], enrol=True)
    found = owner(owners, "doeben_9_3_x.py")
    assert found.fault == "2 people in roster.csv have this name: ben, cat. Write 9 into the lms_id of whose it is."
    assert found.is_unknown
    assert owners.enrolled == ()


def test_a_number_with_another_name_is_told() -> None:
    """The number is an id of the roster; that the name is not is said, for it may be by chance."""
    owners = Owners(Roster((Person(id="12", name="Ann Li"),)), (), [], enrol=False)
    assert owner(owners, "smithbob_12_3_x.py").note == "by the number 12, though the name smithbob is not that of roster.csv"

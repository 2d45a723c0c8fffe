"""Claims about the people of a course, and about whose a name or a number is."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import CourseError
from grader.roster import By, Person, Roster, id_fault, letters, read_roster, roster_csv

ROSTER = Roster((
    Person(id="ann", name="Ann-Marie de Vré", email="ann@example.org", lms_ids=("501", "77")),
    Person(id="ben", name="Doe, Ben", lms_ids=("502",)),
    Person(id="s9", name="王小明"),
    Person(id="600", name="Cat Müller"),
))  # fmt: skip


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Ids, names, addresses, several numbers, and columns that are not ours survive; so does a second time."""
    path = write(tmp_path, "Section;ID;name;lms_id\nA;ann;Ann, A.;1  2\n\nB;ben;=Ben;\n")
    roster = read_roster(path)
    assert roster.people[0] == Person(id="ann", name="Ann, A.", lms_ids=("1", "2"), more={"section": "A"})
    path.write_bytes(roster_csv(roster))
    assert path.read_text() == 'id,name,email,lms_id,section\nann,"Ann, A.",,1 2,A\nben,\'=Ben,,,B\n'
    assert read_roster(path) == roster


def test_a_roster_of_ids_alone_is_one(tmp_path: Path) -> None:
    """Names and addresses may be absent; without ids it is no roster."""
    assert read_roster(write(tmp_path, "id\nann\n")).ids == ("ann",)
    assert read_roster(write(tmp_path, "id,name,email\n")).ids == ()
    with pytest.raises(CourseError, match="id is missing"):
        read_roster(write(tmp_path, "name,email\nAnn,a@b\n"))


def test_all_faults_are_told_by_line(tmp_path: Path) -> None:
    """Two people of one id or number, and ids that are no names of students, in one go."""
    path = write(tmp_path, "id,lms_id\nann,1\nAnn,2\n,5\na b,\naux.x,\nben,3 1\ncat,4\ncat,\n")
    with pytest.raises(CourseError) as refused:
        read_roster(path)
    assert [fault.partition(": ")[2] for fault in refused.value.faults] == [
        "line 3: the id Ann is that of line 2",
        "line 4: '' is no name of a student; expected 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'",
        "line 5: 'a b' is no name of a student; expected 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'",
        "line 6: 'aux.x' is no name of a student: Windows keeps it for a device",
        "line 7: the lms_id 1 is that of line 2",
        "line 9: the id cat is that of line 8",
    ]


@pytest.mark.parametrize(
    ("number", "names", "student", "by"),
    [
        ("77", (), "ann", By.LMS_ID),
        ("77", ("doeben",), "ann", By.LMS_ID),
        ("ANN", (), "ann", By.ID),
        ("600", ("mullercat",), "600", By.ID),
        ("9", ("devreannmarie",), "ann", By.NAME),
        ("9", ("annmariedevre",), "ann", By.NAME),
        ("9", ("doeben",), "ben", By.NAME),
        ("9", ("Ben Doe",), "ben", By.NAME),
        ("9", ("Cat Mu\u0308ller",), "600", By.NAME),
        ("9", ("王小明",), "s9", By.NAME),
        ("9", ("Group A-Ben Doe", "Ben Doe"), "ben", By.NAME),
    ],
)
def test_somebody_is_found(number: str, names: tuple[str, ...], student: str, by: By) -> None:
    """By lms_id, by id in any capitals, or by the name in either order and without accents, in this order."""
    match = ROSTER.who(number, names, of_an_lms=True)
    assert match.person is not None
    assert (match.person.id, match.by, match.is_named_otherwise) == (student, by, False)


def test_nobody_is_found() -> None:
    """A number and a name of nobody; no part of a name is one, and no empty one."""
    for number, names in (("9", ("doe",)), ("an", ()), ("", ("",)), ("9", ("---",)), ("doe", ())):
        assert ROSTER.who(number, names).person is None
        assert ROSTER.who(number, names).doubt == ""


def test_what_cannot_be_told_is_in_doubt() -> None:
    """Two people of one name; an LMS's number that is one's id by chance and bears another's name."""
    twins = Roster((Person(id="a", name="Ann Li"), Person(id="b", name="Li Ann"), Person(id="c", name="Ann Li", lms_ids=("5",))))
    assert twins.who("9", ("liann",)).doubt == "3 people in roster.csv have this name: a, b, c"
    assert twins.who("5", ("liann",), of_an_lms=True).person == twins.people[2]
    assert ROSTER.who("600", ("doeben",), of_an_lms=True).doubt == "600 is the id of 600, but the name is that of ben"
    assert ROSTER.who("600", ("smithbob",), of_an_lms=True).is_named_otherwise


def test_an_id_is_not_taken_for_a_number_of_an_lms() -> None:
    """Where a school's number is another's in the LMS, a plain name is the id, a name from the LMS the number."""
    roster = Roster((Person(id="12"), Person(id="ben", lms_ids=("12",))))
    assert roster.who("12").person == roster.people[0]
    assert roster.who("12", of_an_lms=True).person == roster.people[1]


@pytest.mark.parametrize("name", ["con", "AUX.py", "nul", "com1", "Lpt9.x"])
def test_names_that_windows_keeps_are_no_ids(name: str) -> None:
    """A folder of that name cannot be made there; nor can one that ends in a dot."""
    assert "Windows keeps it" in id_fault(name)
    assert "Windows drops the dot" in id_fault("ann.")
    assert id_fault("console") == id_fault("com0") == id_fault("a.con") == ""


@settings(max_examples=50)
@given(st.text())
def test_letters_are_few(name: str) -> None:
    """Whatever a name is made of, its letters are letters, and those of its letters are themselves."""
    assert letters(letters(name)) == letters(name)
    assert not any(char.isspace() or char in "-,'._" for char in letters(name))

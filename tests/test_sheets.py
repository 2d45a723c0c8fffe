"""Claims about CSV."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import CourseError
from grader.sheets import OBEYED, read_sheet, sheet


def test_no_cell_is_a_formula() -> None:
    """What a spreadsheet would run starts with an apostrophe; numbers stay numbers."""
    data = sheet(("a", "b"), [{"a": '=HYPERLINK("http://x")', "b": -3.5}, {"a": "@SUM(1)", "b": "-1+1"}])
    rows = list(csv.reader(io.StringIO(data.decode())))
    assert rows[1:] == [['\'=HYPERLINK("http://x")', "-3.5"], ["'@SUM(1)", "'-1+1"]]


def test_nothing_invisible_gets_out() -> None:
    """Escapes, marks of direction and line ends are spelled out."""
    assert sheet(("a",), [{"a": "x\x1b[31m\u202e\ny"}]) == b"a\nx\\x1b[31m\\u202e\\ny\n"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1), min_size=2, max_size=2))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    """Commas, quotes, semicolons and guarded formulas survive."""
    path = tmp_path_factory.getbasetemp() / "round.csv"
    path.write_bytes(sheet(("a", "b"), [dict(zip("ab", cells, strict=True))]))
    assert [dict(row.cells) for row in read_sheet(path, ("a", "b"))] == [dict(zip("ab", cells, strict=True))]
    assert not any(cell.startswith(OBEYED) for row in csv.reader(path.read_text().splitlines()) for cell in row)


@pytest.mark.parametrize(
    "text", ["\ufeffid,name\nann,Ann\n", "ID;Name\r\nann;Ann\r\n", " id , name \n\n ann , Ann \n", "name\tid\nAnn\tann\n"]
)
def test_what_spreadsheets_do_is_undone(tmp_path: Path, text: str) -> None:
    """The mark before UTF-8, semicolons, tabs, capitals, spaces and empty lines."""
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode())
    assert [dict(row.cells) for row in read_sheet(path, ("id", "name"))] == [{"id": "ann", "name": "Ann"}]


def test_a_row_knows_its_line(tmp_path: Path) -> None:
    """Empty lines count, so that an error points into the file."""
    path = tmp_path / "a.csv"
    path.write_text("id\n\nann\n")
    assert [row.line for row in read_sheet(path, ("id",))] == [3]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"name\nAnn\n", "the first line is 'name', expected the columns id, name; id is missing"),
        (b"", "the first line is 'nothing'"),
        (b"id,name\n\xff", "is not UTF-8: byte 8"),
        (b'id,name\n"ann', "ann"),
    ],
)
def test_a_faulty_file_is_told(tmp_path: Path, data: bytes, said: str) -> None:
    """The message names what was found and what was expected; an open quote ends with the file."""
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    if data.startswith(b'id,name\n"'):
        assert read_sheet(path, ("id", "name"))[0].cells["id"] == said
    else:
        with pytest.raises(CourseError, match=said):
            read_sheet(path, ("id", "name"))
    with pytest.raises(CourseError, match="cannot be read: no such file"):
        read_sheet(tmp_path / "absent.csv", ("id",))

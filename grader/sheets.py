"""Turns rows into CSV that a spreadsheet shows and does not obey, and CSV that a spreadsheet saved into rows."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from grader.errors import CourseError
from grader.printable import printable

OBEYED = ("=", "+", "-", "@", "\t", "\r")
"""What a cell starts with that a spreadsheet runs as a formula."""


class Row(NamedTuple):
    """A row of a sheet: its line in the file, and its cells by column."""

    line: int
    cells: Mapping[str, str]


def sheet(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """Return CSV in UTF-8. A cell that a spreadsheet would run as a formula starts with an apostrophe; nothing invisible is in one."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_guarded(row.get(column, "")) for column in columns] for row in rows)
    return buffer.getvalue().encode()


def read_sheet(path: Path, columns: Sequence[str]) -> list[Row]:
    """Return the rows of the CSV `path`, which has at least `columns`; `CourseError` says what is wrong with the file.

    What spreadsheets do to a file is undone: the mark before UTF-8, semicolons, spaces around cells, the apostrophe of `sheet`.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except UnicodeDecodeError as error:
        raise CourseError(f"{path} is not UTF-8: byte {error.start}. Save it as CSV UTF-8.") from error
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise CourseError(f"{path} is no CSV: {error} at line {reader.line_num}.") from error
    header = [name.casefold() for name in lines[0][1]] if lines else []
    if missing := [name for name in columns if name not in header]:
        found = ", ".join(printable(name, 40) for name in header) or "nothing"
        raise CourseError(f"{path}: the first line is '{found}', expected the columns {', '.join(columns)}; {missing[0]} is missing.")
    return [
        Row(line, dict(zip(header, map(_plain, [*cells, *[""] * len(header)]), strict=False))) for line, cells in lines[1:] if any(cells)
    ]


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _guarded(value: object) -> str:
    if isinstance(value, int | float):
        return str(value)
    text = printable(str(value))
    return f"'{text}" if text.startswith((*OBEYED, "'")) else text


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*OBEYED, "'")) else cell

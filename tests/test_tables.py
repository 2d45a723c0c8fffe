"""Claims about reading an author's TOML."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import with_config

from grader.errors import CourseError
from grader.tables import STRICT, check_table, read_table, refuse


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class Row:
    id: str
    number: int = 0


@with_config(STRICT)
@dataclass(frozen=True, kw_only=True)
class File:
    rows: tuple[Row, ...] = ()
    one: Row | None = None
    words: dict[str, str] = field(default_factory=dict)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "number", "x"]), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["rows", "one", "words", "x"]), PLAIN))
def test_any_table_gives_a_value_or_faults(table: dict[str, Any]) -> None:
    """No table raises, and one without a value has a fault."""
    checked = check_table(File, table)
    assert checked.value is not None or checked.faults
    assert ("x" in table) <= any("x: no such key" in fault for fault in checked.faults)


def test_the_rest_of_a_faulty_table_is_kept() -> None:
    """Several faulty items of a list are left out at once; the sound ones stay in their order."""
    checked = check_table(File, {"rows": [3, {"id": "a"}, {"id": "b", "number": 1.5}, 4, {"id": "c", "z": 1}]})
    assert checked.value == File(rows=(Row(id="a"), Row(id="b"), Row(id="c")))
    assert checked.faults == (
        "rows 1: found 3, expected a table",
        "rows 3 (b).number: found 1.5, expected a valid integer",
        "rows 4: found 4, expected a table",
        "rows 5 (c).z: no such key. Allowed: id, number",
    )


def test_keys_of_an_optional_table_are_listed() -> None:
    """A misspelt key is answered with the allowed ones, in a table that may be absent too."""
    assert check_table(File, {"one": {"id": "a", "numbr": 1}}).faults == (
        "one.numbr: no such key; did you mean 'number'? Allowed: id, number",
    )


def test_an_absent_file_says_so(tmp_path: Path) -> None:
    """A file that is not there is a `CourseError`."""
    with pytest.raises(CourseError, match=r"x\.toml cannot be read: No such file"):
        read_table(tmp_path / "x.toml")


def test_no_faults_are_no_error(tmp_path: Path) -> None:
    """`refuse` lets a sound file pass, and counts the faults of another."""
    refuse(tmp_path / "x.toml", [])
    with pytest.raises(CourseError, match=r"x\.toml has 1 fault:"):
        refuse(tmp_path / "x.toml", ["a: b"])

"""Claims about hand-ins that stand in a folder or a zip, before anything of them is read."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.arrivals import Arrival, arrivals
from grader.claims import Naming
from grader.errors import CourseError, SubmissionError


def zipped(names: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def found(source: Path, naming: Naming = Naming.AUTO, known: tuple[str, ...] = ()) -> list[Arrival]:
    with arrivals(source, ["attention", "rnn"], "attention", naming, known.__contains__) as them:
        return them


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


NAMES = st.one_of(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.from_regex(r"\._?[a-c]", fullmatch=True),
    st.sampled_from(["__MACOSX/x", ".DS_Store", "ann/attention.py", "ann/x.py", "/x.py", "../x.py", "Li_1_assignsubmission_file_/x.py"]),
    st.from_regex(r"[a-c]_(LATE_)?1[0-2]_[0-9]_(attention|x)(-[12])?\.(py|zip|toml)", fullmatch=True),
    st.from_regex(r"[a-c]_1[0-2]_assignsubmission_(file|onlinetext)_[a-c]\.py", fullmatch=True),
)


@settings(max_examples=100)
@given(names=st.sets(NAMES, max_size=10), naming=st.sampled_from(Naming))
def test_each_thing_is_in_exactly_one_hand_in(tmp_path_factory: pytest.TempPathFactory, names: set[str], naming: Naming) -> None:
    """Whatever things are called, each file and each folder at the top is part of one hand-in, but for what systems leave behind."""
    source = tmp_path_factory.getbasetemp() / "names.zip"
    source.write_bytes(zipped(dict.fromkeys(names, b"x")))
    tops = sorted([name for name in names if "/" not in name] + list({name.partition("/")[0] for name in names if "/" in name}))
    litter = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", "__pycache__", ".git", ".venv"}
    expected = [top for top in tops if top not in litter and not top.startswith("._")]
    assert sorted(name for arrival in found(source, naming) for name in arrival.names) == expected


def test_the_files_of_one_student_are_one(inbox: Path) -> None:
    """By the number in the names, read under the names as they came, and known under the student's own."""
    put(
        inbox,
        "doe_1_10_attention.py",
        "doe_1_11_answers.toml",
        "doe_1_9_attention-1.py",
        "doe_1_12_rnn-2.py",
        "roe_2_13_x.py",
        "doe_1_text.html",
    )
    own, text, other = found(inbox)
    assert own.called == {"doe_1_11_answers.toml": "answers.toml", "doe_1_12_rnn-2.py": "rnn.py", "doe_1_9_attention-1.py": "attention.py"}
    assert own.note == "attention-1.py counts, which Canvas numbered after attention.py"
    assert own.read() == {name: name.encode() for name in own.names}
    assert own.name == "doe_1_10_attention.py, doe_1_11_answers.toml, doe_1_12_rnn-2.py, doe_1_9_attention-1.py"
    assert (text.names, text.ignored) == (("doe_1_text.html",), "is a text typed into Canvas; nothing in it is graded.")
    assert other.called == {"roe_2_13_x.py": "x.py"}


def test_the_newest_version_has_the_highest_number(inbox: Path) -> None:
    """-10 comes after -9; of two with one name the later upload counts; another ending is another file."""
    put(inbox, "doe_1_30_hw-9.zip", "doe_1_20_hw-10.zip", "doe_1_40_hw.zip", "doe_1_41_hw.tar.gz", "doe_1_42_hw-1.tar.gz")
    assert found(inbox)[0].called == {"doe_1_20_hw-10.zip": "hw.zip", "doe_1_42_hw-1.tar.gz": "hw.tar.gz"}
    put(inbox, "roe_2_8_attention.py", "roe_2_9_attention.py", "roe_2_10_attention.py")
    assert found(inbox)[1].called == {"roe_2_10_attention.py": "attention.py"}


def test_a_known_plain_name_is_plain(inbox: Path) -> None:
    """A student whose id looks like a name of Canvas's is that student."""
    put(inbox, "doe_1_2_attention.py")
    assert found(inbox)[0].called
    assert not found(inbox, known=("doe_1_2_attention",))[0].called
    assert found(inbox, Naming.CANVAS, known=("doe_1_2_attention",))[0].called


def test_long_names_of_an_lms_are_read(inbox: Path) -> None:
    """A full name and numbers before a file's name make it longer than a student's own may be."""
    name = f"{'Jane ' * 25}_123_assignsubmission_file_attention.py"
    assert found(put(inbox, name))[0].read() == {name: name.encode()}


def test_a_name_in_another_form_is_read(tmp_path: Path) -> None:
    """Accents that are characters of their own, as macOS writes them, become one with their letters."""
    source = tmp_path / "class.zip"
    source.write_bytes(zipped({"mu\u0308ller_1_2_re\u0301.py": b"x"}))
    with arrivals(source, [], "attention", Naming.AUTO, lambda _: False) as (arrival,):
        assert arrival.read().keys() == arrival.called.keys() == {"m\u00fcller_1_2_r\u00e9.py"}


def test_a_link_is_not_followed(inbox: Path) -> None:
    """Neither a lone file, nor one of several."""
    put(inbox, "doe_1_10_attention.py")
    (inbox / "doe_1_11_x.py").symlink_to("/etc/passwd")
    (inbox / "ann.py").symlink_to("/etc/passwd")
    for arrival in found(inbox):
        with pytest.raises(SubmissionError, match="too many levels of symbolic links"):
            arrival.read()


def test_no_source_is_told(tmp_path: Path) -> None:
    """A folder that is not there is named with what was expected."""
    with pytest.raises(CourseError, match=r"nowhere does not exist; expected one of student-01/"):
        found(tmp_path / "nowhere")

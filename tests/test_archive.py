"""Claims about what we are willing to hold."""

import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.archive import Caps, hold, open_archive, unpack, zip_members
from grader.errors import SubmissionError

SMALL = Caps(members=5, member_bytes=2000, total_bytes=5000, archive_bytes=100_000, ratio=50, ratio_from_bytes=1000, depth=3, name_chars=20)


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(*members: tuple[str | tarfile.TarInfo, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def zip_info(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def tar_info(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


PACKERS: list[tuple[str, Callable[..., bytes]]] = [("x.zip", zipped), ("x.tar.gz", tarred), ("x.TGZ", tarred)]


@pytest.mark.parametrize(("name", "pack"), PACKERS)
def test_files_come_out_as_they_went_in(name: str, pack: Callable[..., bytes]) -> None:
    """Files arrive by their path, without a leading './', folders and what systems leave behind without a word."""
    data = pack(
        ("./t.py", b"one"), ("sub/answers.toml", b""), ("__MACOSX/._t.py", b"x"), (".DS_Store", b"x"),
        ("sub/.ipynb_checkpoints/t.ipynb", b"x"), ("sub/__pycache__/t.pyc", b"x"), ("作业.py", b"y"),
    )  # fmt: skip
    assert unpack(name, data) == {"t.py": b"one", "sub/answers.toml": b"", "作业.py": b"y"}


def test_a_lone_module_is_its_own_archive(tmp_path: Path) -> None:
    """A .py, a .ipynb and a folder are opened like an archive."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "t.py").write_bytes(b"x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_bytes(b"x")
    assert open_archive(tmp_path / "sub" / "t.py") == {"t.py": b"x"}
    assert open_archive(tmp_path) == {"sub/t.py": b"x"}
    assert unpack("t.ipynb", b"x") == {"t.ipynb": b"x"}


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    """What is no archive and no module is named with what is taken."""
    for name in ("t.rar", "t.pdf", "t", "t.tar"):
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(SubmissionError, match=rf"^{name}: is no \.py, \.ipynb, \.zip, \.tar\.gz or folder"):
            open_archive(tmp_path / name)
    with pytest.raises(SubmissionError, match=r"^gone\.py: cannot be read: no such file"):
        open_archive(tmp_path / "gone.py")


@pytest.mark.parametrize(("archive", "pack"), PACKERS)
@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["../t.py"], r"^\.\./t\.py: its name climbs out of the archive"),
        (["a/../../t.py"], "climbs out"),
        (["a//t.py"], "climbs out"),
        (["/etc/t.py"], r"^/etc/t\.py: its name is a path of one machine"),
        (["C:\\t.py"], "path of one machine"),
        (["..\\t.py"], "path of one machine"),
        (["./C:t.py"], "path of one machine"),
        (["a/C:t.py"], "path of one machine"),
        (["a\x1b[2Jt.py"], r"^a\\x1b\[2Jt\.py: its name has characters that cannot be seen"),
        (["a\u202eyp.t"], r"^a\\u202eyp\.t: its name has characters that cannot be seen"),
        (["a\u200bt.py"], "cannot be seen"),
        (["T.py", "t.py"], r"^t\.py: some systems cannot tell it from 'T\.py'"),
        (["\u00e1.py", "a\u0301.py"], "some systems cannot tell it from"),
        (["stra\u00dfe.py", "STRASSE.py"], "some systems cannot tell it from"),
        (["t.py", "./t.py"], "some systems cannot tell it from"),
        (["n" * 18 + ".py"], "longer than 20 characters"),
        (["a/b/c/t.py"], "more than 3 folders deep"),
        ([f"{i}.py" for i in range(6)], "^It has more than 5 members"),
    ],
)
def test_hostile_names_are_refused(archive: str, pack: Callable[..., bytes], names: list[str], reason: str) -> None:
    """A name that climbs, hides, collides or is too long is refused, and shown with what cannot be seen written out."""
    with pytest.raises(SubmissionError, match=reason):
        unpack(archive, pack(*((name, b"x") for name in names)), SMALL)


def test_a_name_is_shown_short() -> None:
    """A name of thousands of characters does not fill the report."""
    with pytest.raises(SubmissionError) as caught:
        unpack("x.zip", zipped(("n" * 5000, b"x")))
    assert len(str(caught.value)) < 200


def test_a_name_that_is_no_utf8_is_refused() -> None:
    """Bytes that are no text in a name are refused, not guessed."""
    with pytest.raises(SubmissionError, match=r"a\\udcff\.py: its name has characters"):
        unpack("x.tar.gz", tarred(("a\udcff.py", b"x")))


@pytest.mark.parametrize(
    ("kind", "reason"), [(stat.S_IFLNK, "it is a link"), (stat.S_IFIFO, "it is a device"), (stat.S_IFCHR, "it is a device")]
)
def test_links_and_devices_in_a_zip_are_refused(kind: int, reason: str) -> None:
    """A zip can carry a link in its attributes; its target is never read."""
    with pytest.raises(SubmissionError, match=rf"^t\.py: {reason}"):
        unpack("x.zip", zipped((zip_info("t.py", kind | 0o777), b"../reference.py")))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(tarfile.SYMTYPE, "a link"), (tarfile.LNKTYPE, "a link"), (tarfile.CHRTYPE, "a device"), (tarfile.FIFOTYPE, "a device")],
)
def test_links_and_devices_in_a_tar_are_refused(kind: bytes, reason: str) -> None:
    """Links, hard ones too, and devices of a tar are refused."""
    with pytest.raises(SubmissionError, match=rf"^t\.py: it is {reason}"):
        unpack("x.tar.gz", tarred((tar_info("t.py", kind, "../reference.py"), b"")))


def test_links_and_pipes_in_a_folder_are_refused(tmp_path: Path) -> None:
    """In a folder nothing is followed, and no pipe is waited for."""
    (tmp_path / "link.py").symlink_to("/etc/passwd")
    with pytest.raises(SubmissionError, match=r"^link\.py: it is a link"):
        open_archive(tmp_path)
    with pytest.raises(SubmissionError, match=r"^link\.py: cannot be read: too many levels of symbolic links"):
        open_archive(tmp_path / "link.py")
    (tmp_path / "link.py").unlink()
    os.mkfifo(tmp_path / "pipe.py")
    with pytest.raises(SubmissionError, match=r"^pipe\.py: it is a device"):
        open_archive(tmp_path)
    with pytest.raises(SubmissionError, match=r"^pipe\.py: is no regular file"):
        open_archive(tmp_path / "pipe.py")


@pytest.mark.parametrize(("name", "pack"), PACKERS)
def test_bombs_are_stopped_while_they_unpack(name: str, pack: Callable[..., bytes]) -> None:
    """A member, all members together and the ratio are each capped, whatever the headers say."""
    with pytest.raises(SubmissionError, match=r"t\.py: it is larger than 0 MiB"):
        unpack(name, pack(("t.py", os.urandom(2001))), SMALL)
    with pytest.raises(SubmissionError, match=r"with it all is larger than|unpacks to more than"):
        unpack(name, pack(*((f"{i}.py", os.urandom(1900)) for i in range(3))), SMALL)
    with pytest.raises(SubmissionError, match="more than 10 times its archive"):
        unpack(name, pack(("t.py", bytes(1999))), Caps(ratio=10, ratio_from_bytes=1000))
    with pytest.raises(SubmissionError, match=r"200 times its archive|larger than 32 MiB|unpacks to more"):
        unpack(name, pack(("t.py", bytes(200 * 2**20))))


def test_a_size_that_lies_is_not_believed() -> None:
    """A header that says 10 bytes for a bomb, in both places a zip has one, ends in a refusal."""
    data = bytearray(zipped(("t.py", bytes(3_000_000))))
    true = struct.pack("<I", 3_000_000)
    while (place := data.find(true)) >= 0:
        data[place : place + 4] = struct.pack("<I", 10)
    with pytest.raises(SubmissionError, match=r"damaged|times its archive"):
        unpack("x.zip", bytes(data), SMALL)


def test_a_zip_of_overlapping_members_is_stopped() -> None:
    """Many list entries that share one packed file are capped together."""
    one = zipped(("a.py", os.urandom(1000)))
    end = one.rfind(b"PK\x05\x06")
    start = one.rfind(b"PK\x01\x02")
    entry = one[start:end]
    many = one[:start] + entry * 400 + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 400, 400, len(entry) * 400, start, 0)
    with pytest.raises(SubmissionError, match=r"cannot tell it from|damaged"):
        unpack("x.zip", many)


def test_a_huge_list_of_members_is_not_even_read() -> None:
    """A zip whose list of members is long is refused before the library makes objects of it."""
    with pytest.raises(SubmissionError, match="more than 5 members"):
        unpack("x.zip", zipped(*((f"{i}.py", b"") for i in range(300))), Caps(members=5, directory_bytes=1000))


def test_large_archives_are_not_read(tmp_path: Path) -> None:
    """A file that is too large is refused before it is opened as an archive."""
    (tmp_path / "x.zip").write_bytes(bytes(100_001))
    with pytest.raises(SubmissionError, match=r"^x\.zip: is larger than 0 MiB"):
        open_archive(tmp_path / "x.zip", SMALL)


def test_encrypted_and_oddly_packed_zips_are_refused() -> None:
    """A password and a rare packing are each named, with what to do."""
    data = bytearray(zipped(("t.py", b"x")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    with pytest.raises(SubmissionError, match=r"^t\.py: it is encrypted\. Zip it without a password"):
        unpack("x.zip", bytes(data))
    with pytest.raises(SubmissionError, match=r"^t\.py: it is packed by method 14\. Zip it in the ordinary way"):
        unpack("x.zip", zipped(("t.py", b"x"), packing=zipfile.ZIP_LZMA))


def test_archives_in_an_archive_are_left_closed() -> None:
    """An archive in an archive is a file like any other: nobody opens it here."""
    inner = zipped(("t.py", b"x"))
    assert unpack("x.zip", zipped(("inner.zip", inner))) == {"inner.zip": inner}


@pytest.mark.parametrize(("name", "pack"), PACKERS)
def test_damaged_archives_are_refused(name: str, pack: Callable[..., bytes]) -> None:
    """Empty, cut and foreign bytes are each a refusal that says what to do."""
    good = pack(("t.py", os.urandom(500)))
    for data in (b"", b"x", good[:-40], good[: len(good) // 2], b"\x1f\x8b", b"PK\x05\x06", good[:60] + b"\0" * 40 + good[100:]):
        with pytest.raises(SubmissionError, match=r"^The archive is damaged: .*Pack it again"):
            unpack(name, data)


@settings(max_examples=400, deadline=None)
@given(
    archive=st.sampled_from(["x.zip", "x.tar.gz", "plain"]),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=8)), min_size=1, max_size=6),
    keep=st.floats(0, 1),
)
def test_no_bytes_raise_anything_else(archive: str, cuts: list[tuple[float, bytes]], keep: float) -> None:
    """However an archive is damaged, what comes out is files or a SubmissionError."""
    members = [("t.py", b"def f(): pass\n" * 30), ("sub/answers.toml", b"a = 1"), ("long" * 30, b"x")]
    data = bytearray(zipped(*members) if archive == "x.zip" else tarred(*members, mode="w:gz" if archive == "x.tar.gz" else "w"))
    for place, replacement in cuts:
        at = int(place * len(data))
        data[at : at + len(replacement)] = replacement
    if keep < 0.2:
        del data[int(keep * 5 * len(data)) :]
    if archive == "plain":  # damage inside the tar, behind an intact gzip
        buffer = io.BytesIO()
        with gzip.GzipFile(fileobj=buffer, mode="w") as file:
            file.write(bytes(data))
        data, archive = bytearray(buffer.getvalue()), "x.tar.gz"
    with suppress(SubmissionError):
        files = unpack(archive, bytes(data), Caps(name_chars=200))
        assert all(isinstance(value, bytes) for value in files.values())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["x.zip", "x.tgz"]))
def test_no_noise_is_an_archive(data: bytes, name: str) -> None:
    """Bytes out of nowhere are refused."""
    with pytest.raises(SubmissionError):
        unpack(name, data)


def test_members_of_a_zip_can_be_read_one_by_one() -> None:
    """A class's zip is read student by student, each within its own caps."""
    with zipfile.ZipFile(io.BytesIO(zipped(("a.py", b"1"), ("b.py", bytes(3000))))) as archive:
        first, second = zip_members(archive)
        assert hold(iter([first]), SMALL) == {"a.py": b"1"}
        with pytest.raises(SubmissionError, match=r"^b\.py: it is larger"):
            hold(iter([second]), SMALL)

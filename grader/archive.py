"""Turns an archive, a folder or a file that was handed in into the files that we are willing to hold."""

import gzip
import os
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO, NamedTuple

from grader.errors import SubmissionError
from grader.printable import printable

CHUNK_BYTES = 64 * 1024
MODULES = (".py", ".ipynb")
ARCHIVES = (".zip", ".tar.gz", ".tgz")
ENDINGS = (*MODULES, *ARCHIVES)
IGNORED = frozenset({
    "__MACOSX", ".DS_Store", ".ipynb_checkpoints", "__pycache__", ".pytest_cache", ".git", ".venv", "Thumbs.db", "desktop.ini",
})  # fmt: skip
"""What systems and tools leave in a folder: skipped without a word, with all that is in it."""

# Whatever the libraries raise on bytes that were made to break them: hostile input must end in a SubmissionError.
BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, zlib.error, struct.error,
    EOFError, OSError, ValueError, OverflowError, RuntimeError, IndexError, KeyError, MemoryError,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Caps:
    """How much of one hand-in we hold. Nothing is believed of a header: reading stops at the cap."""

    archive_bytes: int = 64 * 2**20
    members: int = 1000
    member_bytes: int = 32 * 2**20
    total_bytes: int = 64 * 2**20
    ratio: int = 200  # of a file's bytes to its archive's, past `ratio_from_bytes`; deflate reaches 1,030
    ratio_from_bytes: int = 4 * 2**20
    depth: int = 12
    name_chars: int = 120
    directory_bytes: int = 2**20  # of a zip's list of members, which the library reads whole


DEFAULT_CAPS = Caps()


class Member(NamedTuple):
    """One thing in an archive: its name there, why we do not hold it (or nothing), and how to read it."""

    name: str
    refusal: str
    open: Callable[[], IO[bytes]]


def open_archive(path: Path, caps: Caps = DEFAULT_CAPS) -> dict[str, bytes]:
    """Return the files of a `.zip`, a `.tar.gz` or a folder by their path in it, or a lone `.py` or `.ipynb` by its name.

    `SubmissionError` names what we do not hold and why: links, devices, names that climb or hide, two names that some
    system takes for one, encrypted, damaged or nested archives, and more than `caps` allow.
    """
    if path.is_dir():
        try:
            return hold(folder_members(path), caps)
        except OSError as error:
            raise _refused(path.name, f"cannot be read: {(error.strerror or str(error)).lower()}") from error
    return unpack(path.name, read_file(path, caps), caps)


def unpack(name: str, data: bytes, caps: Caps = DEFAULT_CAPS) -> dict[str, bytes]:
    """Return the files of the archive or module `data`, which is called `name`, as `open_archive` does."""
    ending = ending_of(name)
    if ending == ".zip":
        return _unzip(data, caps)
    if ending in ARCHIVES:
        return _untar(data, caps)
    if ending in MODULES:
        return hold(iter([Member(name, "", lambda: BytesIO(data))]), caps)
    raise SubmissionError(f"{printable(name, 80)}: is no {', '.join(ENDINGS[:-1])} or folder. Hand in one of these.")


def ending_of(name: str) -> str:
    """Return the ending that says what a file is, or nothing if we take no such file."""
    return next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")


def read_file(path: Path, caps: Caps = DEFAULT_CAPS) -> bytes:
    """Return the bytes of a regular file that is no link; `SubmissionError` if there are too many or they cannot be read."""
    try:
        # Without O_NONBLOCK, opening a pipe that stands among the files waits for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise SubmissionError(f"{printable(path.name, 80)}: is no regular file.")
            data = file.read(caps.archive_bytes + 1)
    except OSError as error:
        raise SubmissionError(f"{printable(path.name, 80)}: cannot be read: {(error.strerror or str(error)).lower()}.") from error
    if len(data) > caps.archive_bytes:
        raise SubmissionError(f"{printable(path.name, 80)}: is larger than {_mib(caps.archive_bytes)}. Leave out data and weights.")
    return data


def hold(members: Iterator[Member], caps: Caps = DEFAULT_CAPS, archive_bytes: int | None = None) -> dict[str, bytes]:
    """Read `members` one after another and return those we hold; `SubmissionError` at the first that we do not."""
    files: dict[str, bytes] = {}
    taken: dict[str, str] = {}
    total_bytes = 0
    kept = (member for member in members if not IGNORED & set(member.name.split("/")))
    for count, member in enumerate(kept, start=1):
        if count > caps.members:
            raise SubmissionError(f"It has more than {caps.members} members. Hand in the file that you wrote alone.")
        name = _checked_name(member.name, caps)
        if member.refusal:
            raise _refused(name, member.refusal)
        if member.name.endswith("/"):
            continue
        if other := taken.get(name.casefold()):
            raise _refused(name, f"some systems cannot tell it from '{printable(other, 80)}'. Rename one")
        taken[name.casefold()] = member.name
        files[name] = _read(member, name, caps, total_bytes, archive_bytes)
        total_bytes += len(files[name])
    return files


def folder_members(folder: Path) -> Iterator[Member]:
    """Yield what is in `folder` and below, links and devices with their refusal, without following one."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            yield Member(f"{name}/", "", BytesIO)
        else:
            yield Member(name, "" if stat.S_ISREG(mode) else _kind(mode), partial(_open_file, path))


def _open_file(path: Path) -> IO[bytes]:
    return BytesIO(read_file(path))


def zip_members(archive: zipfile.ZipFile) -> Iterator[Member]:
    """Yield what is in a zip, with its refusal."""
    for info in archive.infolist():
        yield Member(info.orig_filename, _zip_refusal(info), partial(archive.open, info))


def _unzip(data: bytes, caps: Caps) -> dict[str, bytes]:
    try:
        _check_directory(data, caps)
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return hold(zip_members(archive), caps, len(data))
    except BROKEN as error:
        raise _damaged(error) from error


def _check_directory(data: bytes, caps: Caps) -> None:
    """Refuse a zip whose list of members is huge, before the library makes an object of each."""
    end = len(data) - 22 if data[-22:-18] == b"PK\x05\x06" and data[-2:] == b"\0\0" else data.rfind(b"PK\x05\x06", -22 - 2**16)
    if end < 0:
        raise zipfile.BadZipFile("its end is missing")
    if data[max(0, end - 20) : end].startswith(b"PK\x06\x07"):
        raise SubmissionError("It is a zip64 archive, made for gigabytes. Zip the file that you wrote alone.")
    if int.from_bytes(data[end + 12 : end + 16], "little") > caps.directory_bytes:
        raise SubmissionError(f"It has more than {caps.members} members. Hand in the file that you wrote alone.")


def _zip_refusal(info: zipfile.ZipInfo) -> str:
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        return _kind(mode)
    if info.flag_bits & 1:
        return "it is encrypted. Zip it without a password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"it is packed by method {info.compress_type}. Zip it in the ordinary way"
    return ""


def _untar(data: bytes, caps: Caps) -> dict[str, bytes]:
    try:
        # Unpacked first, and only so far: skipping a member of a gzipped tar would unpack it whole.
        plain = _gunzip(data, caps)
        with tarfile.open(fileobj=BytesIO(plain), mode="r:") as archive:
            return hold(_tar_members(archive), caps, len(data))
    except BROKEN as error:
        raise _damaged(error) from error


def _gunzip(data: bytes, caps: Caps) -> bytes:
    most_bytes = caps.total_bytes + 2**20  # headers and padding
    with gzip.GzipFile(fileobj=BytesIO(data)) as file:
        plain = file.read(most_bytes)
        if len(plain) == most_bytes:
            raise SubmissionError(f"It unpacks to more than {_mib(caps.total_bytes)}. Leave out data and weights.")
    return plain


def _tar_members(archive: tarfile.TarFile) -> Iterator[Member]:
    while info := archive.next():
        name = f"{info.name}/" if info.isdir() else info.name
        yield Member(name, _tar_refusal(info), partial(_open_tar, archive, info))


def _open_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    return archive.extractfile(info) or BytesIO()


def _tar_refusal(info: tarfile.TarInfo) -> str:
    if info.issym() or info.islnk():
        return "it is a link. Put the file itself in"
    if info.issparse():
        return "it is a sparse file"
    return "" if info.isreg() or info.isdir() else "it is a device or a pipe"


def _kind(mode: int) -> str:
    return "it is a link. Put the file itself in" if stat.S_ISLNK(mode) else "it is a device, a pipe or a socket"


def _checked_name(name: str, caps: Caps) -> str:
    """Return the composed form of a name that every system can hold; `SubmissionError` for any other."""
    if any(unicodedata.category(char)[0] == "C" or char in "\u2028\u2029" for char in name):
        raise _refused(name, "its name has characters that cannot be seen. Rename it")
    if name.startswith("/") or "\\" in name or any(part[1:2] == ":" for part in name.split("/")):
        raise _refused(name, "its name is a path of one machine. Zip the folder in the ordinary way")
    parts = [part for part in name.removesuffix("/").split("/") if part != "."]
    if ".." in parts or "" in parts or not (parts or name.endswith("/")):
        raise _refused(name, "its name climbs out of the archive")
    if len(parts) > caps.depth:
        raise _refused(name, f"it lies more than {caps.depth} folders deep")
    if any(len(part) > caps.name_chars for part in parts):
        raise _refused(name, f"its name is longer than {caps.name_chars} characters. Rename it")
    return unicodedata.normalize("NFC", "/".join(parts))


def _read(member: Member, name: str, caps: Caps, total_bytes: int, archive_bytes: int | None) -> bytes:
    """Read a member, but never past a cap: what a header says of its size is not believed."""
    pieces: list[bytes] = []
    size = 0
    with member.open() as file:
        while piece := file.read(CHUNK_BYTES):
            pieces.append(piece)
            size += len(piece)
            unpacked = total_bytes + size
            if size > caps.member_bytes:
                raise _refused(name, f"it is larger than {_mib(caps.member_bytes)}. Leave out data and weights")
            if unpacked > caps.total_bytes:
                raise _refused(name, f"with it all is larger than {_mib(caps.total_bytes)}. Leave out data and weights")
            if archive_bytes is not None and unpacked > max(caps.ratio_from_bytes, caps.ratio * archive_bytes):
                raise _refused(name, f"it unpacks to more than {caps.ratio} times its archive")
    return b"".join(pieces)


def _refused(name: str, reason: str) -> SubmissionError:
    return SubmissionError(f"{printable(name, 80)}: {reason}.")


def _damaged(error: BaseException) -> SubmissionError:
    said = printable(str(error), 120) or type(error).__name__
    return SubmissionError(f"The archive is damaged: {said}. Pack it again and open it once before you hand it in.")


def _mib(size: int) -> str:
    return f"{size // 2**20} MiB"

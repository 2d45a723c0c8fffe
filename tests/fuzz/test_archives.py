"""Generated zips and tars, from ones that are nearly right to random bytes, are taken or refused with a reason."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from functools import cache
from typing import Any

import pytest
from hypothesis import strategies as st

pytestmark = pytest.mark.slow

WORK = b"def attend(q):\n    return q\n"
ODD_NAMES = [
    "attention.py", "attention.ipynb", "answers.toml", "hw/attention.py", "./attention.py", "ATTENTION.PY", "Attention.py",
    "../attention.py", "../../canary.py", "/etc/passwd", "/canary.py", "C:\\attention.py", "C:attention.py", "a\\..\\..\\canary.py",
    "a/../attention.py", "a//b.py", "..", ".", "", "/", "./", "a/", "a", "a/attention.py", "attention.py/", "attention.py/x.py",
    "attention.py\0.txt", "\0", "at\x1b[2Jtention.py", "\u202eyp.noitnetta", "\u200battention.py", "caf\u00e9.py", "cafe\u0301.py",
    "CAF\u00c9.py", "stra\u00dfe.py", "STRASSE.py", "\u0130.py", "i\u0307.py", "nul.py", "con", "aux.py", "attention.py ", "attention.py.",
    "attention.py:stream", "\ufeffattention.py", "\u2028.py", "x" * 121, "x" * 4000, "d/" * 13 + "a.py", "d/" * 400, "-rf", "~/a.py",
    "__MACOSX/._a.py", ".git/config", ".git", "__pycache__/a.pyc", "inner.zip", "inner.tar.gz", "rnn.py", "作业.py", "\U0001f600.py",
]  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(ODD_NAMES),
    st.text(max_size=12),
    st.text("./\\ab:\0\u0301", max_size=8),
)  # fmt: skip
GOOD = st.sampled_from(
    ["attention.py", "answers.toml", "hw/attention.py", "./attention.py", "notes.txt", "a/", "README", "data/x.csv", "作业.txt"]
)
RAW_NAMES = st.one_of(NAMES.map(lambda name: name.encode("utf-8", "replace")), st.binary(max_size=12))
U16 = st.one_of(st.sampled_from([0, 1, 8, 9, 12, 14, 20, 45, 93, 95, 99, 0xFFFF]), st.integers(0, 0xFFFF))
U32 = st.one_of(st.sampled_from([0, 1, 22, 2**31 - 1, 2**31, 0xFFFFFFFE, 0xFFFFFFFF]), st.integers(0, 0xFFFFFFFF))
U64 = st.one_of(st.sampled_from([0, 2**32, 2**63 - 1, 2**63, 2**64 - 1]), st.integers(0, 2**64 - 1))


@cache
def zeros(mib: int) -> bytes:
    """Return a deflated stream of that many MiB of zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join([*(packer.compress(bytes(2**20)) for _ in range(mib)), packer.flush()])


@cache
def crc_of_zeros(mib: int) -> int:
    """Return the checksum of that many MiB of zeros: with a wrong one a bomb would be refused for it, and its size never met."""
    crc = 0
    for _ in range(mib):
        crc = zlib.crc32(bytes(2**20), crc)
    return crc


@cache
def nested() -> bytes:
    """Return a zip in a zip in a zip."""
    data = WORK
    for name in ("attention.py", "a.zip", "b.zip", "c.zip"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, data)
        data = buffer.getvalue()
    return data


def quine_like() -> bytes:
    """Return a tar that holds a tar."""
    return tarred([b"".join(header(b"inner.tar", len(WORK))) + pad(WORK)])


CONTENTS = st.one_of(
    st.just(WORK), st.binary(max_size=60), st.sampled_from([b"", b"\xff\xfe", b"x = 1\n", b"\0", b'{"cells": []}', b"a = [", b'q1 = ["a"]']),
    st.builds(nested), st.builds(quine_like),
)  # fmt: skip


ODDS = st.sampled_from([0, 8, 20, 20, 60, 60, 200, 200])
"""How seldom a field lies: one in so many. An archive has a hundred, so most would be broken beyond the first look at one in eight."""


@st.composite
def named(draw: Any, earlier: list[bytes], odds: int) -> bytes:
    """Return a name: one that we take, one that an earlier member has, or anything."""
    kind = draw(st.sampled_from(["good"] * 4 + ["earlier", "any"])) if odds else "good"
    good = [name.encode() for name in ("attention.py", "hw/attention.py") if name.encode() not in earlier]
    name = draw(st.sampled_from(earlier)) if kind == "earlier" and earlier else draw(GOOD.map(str.encode) if kind == "good" else RAW_NAMES)
    name = good[0] if kind == "good" and name in earlier and good else name
    earlier.append(name)
    return name


@st.composite
def extras(draw: Any) -> bytes:
    """Return an extra field: zip64, Unicode path, times, owners, strong encryption, or what it is not."""
    pieces = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from([0x0001, 0x7075, 0x6375, 0x5455, 0x7875, 0x0017, 0x9901, 0x000A, 0xCAFE]))
        body = draw(st.one_of(st.binary(max_size=30), st.lists(U64, max_size=4).map(lambda ns: struct.pack(f"<{len(ns)}Q", *ns))))
        if kind == 0x7075 and draw(st.booleans()):
            body = b"\x01" + struct.pack("<I", draw(U32)) + draw(RAW_NAMES)
        size = len(body) if draw(st.integers(0, 4)) else draw(U16)
        pieces.append(struct.pack("<HH", kind, size) + body)
    return b"".join(pieces)


@st.composite
def zip_member(draw: Any, at: int, earlier: list[bytes], odds: int) -> tuple[bytes, bytes]:
    """Return the local part and the directory's entry of a member; each field lies with a chance of one in `odds`, never if 0."""

    def lie(truth: Any, lies: Any) -> Any:
        return draw(lies) if odds and draw(st.integers(1, odds)) == 1 else truth

    name = draw(named(earlier, odds))
    content = draw(CONTENTS)
    crc, size = zlib.crc32(content), len(content)
    method = lie(draw(st.sampled_from([0, 8])), U16)
    packed = zlib.compress(content)[2:-4] if method == 8 else content
    if odds and draw(st.integers(0, 25)) == 0:
        mib = draw(st.sampled_from([5, 33, 80]))
        method, packed, size, crc = 8, zeros(mib), draw(st.sampled_from([1, mib << 20])), crc_of_zeros(mib)
    packed = lie(packed, st.binary(max_size=40))
    utf8 = 0 if name.isascii() and draw(st.booleans()) else 0x800
    flags = lie(utf8, st.one_of(st.sampled_from([1, 8, 0x20, 0x41, 0x2000, 0x801]), U16))
    mode = lie(0o100644, st.sampled_from([0, 0o120777, 0o120777, 0o040755, 0o060644, 0o020644, 0o010644, 0o140755, 0o104755, 0o177777]))
    extra, inner = lie(b"", extras()), lie(b"", extras())
    outer_name, comment = lie(name, RAW_NAMES), lie(b"", st.binary(max_size=20))
    sizes = lie(crc, U32), lie(len(packed), U32), lie(size, U32)
    fields = struct.pack("<HHHHIII", flags, method, lie(0, U16), lie(33, U16), *sizes)
    local = b"PK\x03\x04" + struct.pack("<H", 20) + fields + struct.pack("<HH", len(outer_name), len(inner)) + outer_name + inner + packed
    tail = struct.pack("<HHHHHII", len(name), len(extra), len(comment), lie(0, U16), 0, mode << 16, lie(at, U32))
    entry = b"PK\x01\x02" + struct.pack("<HH", draw(st.sampled_from([20, 0x0314, 0x0A14])), lie(20, U16))
    entry += struct.pack("<HHHHIII", flags, method, 0, 33, *(lie(each, U32) for each in sizes)) + tail + name + extra + comment
    return local, entry


@st.composite
def zips(draw: Any) -> bytes:
    """Return a zip written by hand, so that no library keeps it from being wrong."""
    locals_, entries, names, at = [], [], list[bytes](), 0
    odds = draw(ODDS)
    for _ in range(draw(st.integers(0, 5))):
        local, entry = draw(zip_member(at, names, odds))
        overlap = odds and draw(st.integers(1, odds)) == 1
        locals_.append(b"" if overlap and locals_ else local)
        entries.append(entry)
        at += len(locals_[-1])
    if draw(st.integers(0, 60)) == 0:
        entries *= draw(st.sampled_from([100, 1001, 40_000])) // max(len(entries), 1)
    body, directory = b"".join(locals_), b"".join(entries)
    zip64 = b""
    if odds and draw(st.integers(0, 12)) == 0:
        counts = [draw(U64) for _ in range(4)]
        zip64 = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, *counts)
        zip64 += b"PK\x06\x07" + struct.pack("<IQI", 0, draw(st.one_of(st.just(at + len(directory)), U64)), 1)
    comment = draw(st.one_of(st.just(b""), st.binary(max_size=30)))
    numbers = [0, 0, len(entries) & 0xFFFF, len(entries) & 0xFFFF, len(directory), at]
    if odds and draw(st.integers(0, 12)) == 0:
        numbers = [draw(U16) for _ in range(4)] + [draw(U32), draw(U32)]
    length = len(comment) if not odds or draw(st.integers(0, 12)) else draw(U16)
    return body + directory + zip64 + b"PK\x05\x06" + struct.pack("<HHHHIIH", *numbers, length) + comment


@st.composite
def zips_of_one_oddity(draw: Any) -> bytes:
    """Return a sound zip in which one thing alone is odd, a name or a size: only what looks for that very thing refuses it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("attention.py", WORK)
        odd = zipfile.ZipInfo(draw(st.sampled_from(ODD_NAMES)))
        if draw(st.integers(0, 3)) == 0:
            archive.writestr("notes.txt", bytes(draw(st.sampled_from([5, 5, 5, 33])) << 20))
        elif odd.filename != "attention.py":
            archive.writestr(odd, WORK)
    return buffer.getvalue()


@st.composite
def tars_of_one_oddity(draw: Any) -> bytes:
    """Return the like as a compressed tar."""
    names = [b"attention.py", draw(st.sampled_from(ODD_NAMES)).encode()]
    return gzip.compress(tarred([b"".join(header(name, len(WORK))) + pad(WORK) for name in names]), 1)


def header(name: bytes, size: int, kind: bytes = b"0", link: bytes = b"", magic: bytes = b"ustar\x0000", **fields: bytes) -> list[bytes]:
    """Return a header of a tar in its pieces, the checksum right."""
    pieces = [
        name[:100].ljust(100, b"\0"), fields.get("mode", b"0000644\0"), b"0000000\0", b"0000000\0",
        fields.get("length", b"%011o\0" % (size & 0o77777777777)), fields.get("mtime", b"00000000000\0"), b" " * 8, kind[:1].ljust(1, b"0"),
        link[:100].ljust(100, b"\0"), magic, bytes(32), bytes(32), fields.get("major", b"0000000\0"), b"0000000\0",
        fields.get("prefix", b"")[:155].ljust(155, b"\0"), bytes(12),
    ]  # fmt: skip
    pieces[6] = fields.get("checksum", b"%06o\0 " % (sum(b"".join(pieces)) & 0o777777))
    return pieces


def pad(data: bytes) -> bytes:
    """Return data filled up to whole blocks."""
    return data + bytes(-len(data) % 512)


def tarred(members: list[bytes]) -> bytes:
    """Return members with the two empty blocks that end a tar."""
    return b"".join(members) + bytes(1024)


KEYS = st.sampled_from([
    "path", "linkpath", "size", "mtime", "uid", "hdrcharset", "GNU.sparse.name", "GNU.sparse.size", "GNU.sparse.realsize", "GNU.sparse.map",
    "GNU.sparse.major", "GNU.sparse.minor", "GNU.sparse.offset", "GNU.sparse.numbytes", "GNU.sparse.numblocks", "comment", "SCHILY.xattr.a", "",
])  # fmt: skip
VALUES = st.one_of(
    RAW_NAMES, st.sampled_from([b"0", b"1", b"-1", b"99999999999999999999", b"1e400", b"nan", b"BINARY", b"0,1,2,3", b"0,x", b"1,2,3"])
)


@st.composite
def pax(draw: Any) -> bytes:
    """Return the records of a PAX header, whose lengths may lie."""
    records = []
    for _ in range(draw(st.integers(0, 3))):
        record = b" %s=%s\n" % (draw(KEYS).encode(), draw(VALUES))
        length = len(record) + len(str(len(record) + 2)) if draw(st.integers(0, 4)) else draw(st.integers(-2, 10**6))
        records.append(b"%d" % length + record)
    return b"".join(records)


@st.composite
def tar_member(draw: Any, earlier: list[bytes], odds: int) -> bytes:
    """Return a member of a tar with its content, perhaps with headers before it that rename it."""

    def lie(truth: Any, lies: Any) -> Any:
        return draw(lies) if odds and draw(st.integers(1, odds)) == 1 else truth

    name = draw(named(earlier, odds))
    kind = lie(b"0", st.one_of(st.sampled_from([bytes([c]) for c in b"\x001234567gxLKSVMDNA5"]), st.binary(min_size=1, max_size=1)))
    content = draw(CONTENTS)
    fields = {}
    if odds and draw(st.integers(1, odds)) == 1:
        key = draw(st.sampled_from(["length", "mode", "mtime", "major", "checksum"]))
        width = {"length": 12, "mtime": 12}.get(key, 8)
        value = draw(
            st.one_of(
                st.binary(max_size=12), st.sampled_from([b"\x80" + bytes(3) + b"\xff" * 8, b"\xff" * 12, b"-1", b"77777777777", b"9"])
            )
        )
        fields[key] = value[:width].ljust(width, b"\0")
    fields["prefix"] = lie(b"", RAW_NAMES)
    magic = lie(b"ustar\x0000", st.one_of(st.just(b"ustar  \0"), st.just(bytes(8))))
    before = b""
    for _ in range(draw(st.sampled_from([0] * 9 + [1, 2, 60])) if odds else 0):
        records, what = draw(pax()), draw(st.sampled_from([b"x", b"g", b"L", b"K", b"X"]))
        before += b"".join(header(b"././@LongLink", len(records), what)) + pad(records)
    size = lie(len(content), st.integers(0, 2**33 - 1))
    return before + b"".join(header(name, size, kind, draw(RAW_NAMES), magic, **fields)) + pad(content)


@cache
def zero_tar(mib: int) -> bytes:
    """Return a gzipped tar of one file of zeros."""
    return gzip.compress(b"".join(header(b"attention.py", mib << 20)) + bytes(mib << 20) + bytes(1024), 6)


@st.composite
def tars(draw: Any) -> bytes:
    """Return a compressed tar written by hand; the compression may not be what the name says."""
    if draw(st.integers(0, 40)) == 0:
        return zero_tar(draw(st.sampled_from([5, 33, 80])))
    names: list[bytes] = []
    odds = draw(ODDS)
    members = [draw(tar_member(names, odds)) for _ in range(draw(st.integers(0, 5)))]
    if draw(st.integers(0, 60)) == 0:
        members *= draw(st.sampled_from([100, 1001, 5_000])) // max(len(members), 1)
    plain = draw(mangled(tarred(members))) if odds else tarred(members)
    how = draw(st.sampled_from(["gzip"] * 20 + ["parts", "plain", "bz2", "xz", "zip"])) if odds else "gzip"
    if how == "parts":
        return (
            gzip.compress(plain[: len(plain) // 2], 1)
            + draw(st.sampled_from([b"", bytes(600), b"x"]))
            + gzip.compress(plain[len(plain) // 2 :], 1)
        )
    pack = {
        "gzip": lambda data: gzip.compress(data, 1),
        "plain": bytes,
        "bz2": bz2.compress,
        "xz": lambda data: lzma.compress(data, preset=0),
    }
    return pack[how](plain) if how in pack else nested()


@st.composite
def mangled(draw: Any, data: bytes) -> bytes:
    """Return data as it is, or cut, doubled, prefixed, or with a few bytes changed."""
    how = draw(st.sampled_from(["whole"] * 14 + ["cut", "twice", "prefixed", "followed", "changed", "swapped"]))
    if how == "cut":
        return data[: draw(st.integers(0, len(data)))]
    if how == "twice":
        return data + data
    if how == "prefixed":
        return draw(st.sampled_from([b"#!/bin/sh\n", b"MZ" + bytes(60), b"PK\x05\x06" + bytes(18), b"\xef\xbb\xbf"])) + data
    if how == "followed":
        return data + draw(st.binary(max_size=40))
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 6)) if changed and how in ("changed", "swapped") else 0):
        place = draw(st.integers(0, len(changed) - 1))
        changed[place] = draw(st.integers(0, 255))
    return bytes(changed)


ZIPS = st.one_of(
    zips_of_one_oddity(),
    zips().flatmap(mangled),
    zips().flatmap(mangled),
    st.binary(max_size=200),
    st.binary(max_size=40).map(lambda data: b"PK\x03\x04" + data),
)
TARS = st.one_of(
    tars_of_one_oddity(),
    tars(),
    tars(),
    tars(),
    tars().flatmap(mangled),
    st.binary(max_size=200),
    st.binary(max_size=600).map(gzip.compress),
)


def test_any_zip_is_taken_or_refused_with_a_reason(try_each: Any) -> None:
    """Whatever a zip is, collecting it ends in a receipt or a reason, writes into the workspace alone and leaves the inbox as it was."""
    try_each(st.tuples(st.just("ann.zip"), ZIPS))


def test_any_tar_is_taken_or_refused_with_a_reason(try_each: Any) -> None:
    """Whatever a compressed tar is, the same holds."""
    try_each(st.tuples(st.sampled_from(["ann.tar.gz", "ann.tgz"]), TARS))


def test_a_tar_written_by_hand_is_one() -> None:
    """With nothing wrong it can be read: what is refused is refused for what is wrong with it."""
    plain = tarred([b"".join(header(b"attention.py", len(WORK))) + pad(WORK)])
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        assert archive.getnames() == ["attention.py"]

"""Turns plain values, tensors and arrays into frames and back: a msgpack header, then raw bytes; nothing is ever unpickled.

A frame is 16 bytes (magic, header bytes, blob bytes), the header, and the blobs of all arrays one after another.
Both ends treat what they read as hostile: sizes are capped, types are checked, and every fault is a `WireError`.
"""

import math
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec
import numpy as np
import torch

MAGIC = b"GRD1"
PREFIX = struct.Struct("<4sIQ")
MAX_HEADER_BYTES = 256 * 1024
MAX_BLOB_BYTES = 256 * 1024 * 1024
MAX_DEPTH = 32
MAX_DIMENSIONS = 16
ALIGNMENT = 16

_TENSOR, _ARRAY, _TUPLE, _REF, _COMPLEX = 1, 2, 3, 4, 5
_TORCH_DTYPES: dict[str, torch.dtype] = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128,
    )
}  # fmt: skip
_NUMPY_DTYPES = frozenset({
    "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
    "float16", "float32", "float64", "complex64", "complex128",
})  # fmt: skip
# Looked up for every array: `dtype.name` alone takes longer than the rest of a small message.
_TORCH_NAMES = {dtype: name for name, dtype in _TORCH_DTYPES.items()}
_NUMPY_NAMES = {np.dtype(name): name for name in _NUMPY_DTYPES}
_PLAIN = frozenset({type(None), bool, int, float, str, bytes})
_TENSORS = frozenset({torch.Tensor, torch.nn.Parameter})
_SMALL_BYTES = 4096


class WireError(Exception):
    """A value cannot cross, or what arrived is not a frame of ours."""


@dataclass(frozen=True)
class Ref:
    """An object that stays where it lives: its number there, and the name of its type for messages."""

    number: int
    type_name: str


class _Blob(msgspec.Struct, array_like=True, frozen=True):
    dtype: str
    shape: list[int]
    offset: int


_encode = msgspec.msgpack.Encoder().encode
_decode_blob = msgspec.msgpack.Decoder(_Blob).decode
_decode_ref = msgspec.msgpack.Decoder(tuple[int, str]).decode


def pack(value: object, opaque: Callable[[object], Ref] | None = None) -> list[bytes | memoryview]:
    """Return the buffers of one frame. What is neither plain nor an array goes to `opaque`, or is a `WireError`."""
    packer = _Packer(opaque)
    try:
        header = _encode(packer.lower(value, 0))
    except (OverflowError, UnicodeError, TypeError) as error:
        raise WireError(f"a value cannot cross: {error}") from error
    if len(header) > MAX_HEADER_BYTES:
        raise WireError(f"more than {MAX_HEADER_BYTES >> 10} KiB of plain values in one message: use arrays")
    return [PREFIX.pack(MAGIC, len(header), packer.size), header, *packer.blobs]


def unpack(header: bytes | bytearray, blob: bytearray | memoryview, resolve: Callable[[Ref], object] | None = None) -> Any:
    """Return the value of one frame; arrays are views of `blob`. A `Ref` goes to `resolve`, or stays a `Ref`."""
    try:
        return msgspec.msgpack.decode(header, ext_hook=_Unpacker(blob, resolve).raised)
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError, RuntimeError, KeyError) as error:
        raise WireError(f"not a frame of ours: {error}") from error


# Classes and no nested functions: one that calls itself is a cycle, and thousands of frames a second would keep the collector busy.
class _Packer:
    """One frame in the making."""

    __slots__ = ("_opaque", "blobs", "size")

    def __init__(self, opaque: Callable[[object], Ref] | None) -> None:
        self._opaque = opaque
        self.blobs: list[memoryview] = []
        self.size = 0

    def lower(self, item: Any, depth: int) -> object:
        """Return `item` as msgpack's own types and extensions."""
        if depth > MAX_DEPTH:
            raise WireError(f"nested more than {MAX_DEPTH} levels deep")
        kind = type(item)
        if kind in _PLAIN:
            return item
        if kind in _TENSORS:
            if _crosses(item):
                return self._blob(_TENSOR, *_tensor_bytes(item))
        elif kind is np.ndarray or isinstance(item, np.generic):
            array = _native(np.asarray(item))
            if array.dtype in _NUMPY_NAMES:
                return self._blob(_ARRAY, _NUMPY_NAMES[array.dtype], array.shape, _array_bytes(array))
        elif kind is list:
            return [x if type(x) in _PLAIN else self.lower(x, depth + 1) for x in item]
        elif kind is tuple:
            return msgspec.msgpack.Ext(_TUPLE, _encode([self.lower(x, depth + 1) for x in item]))
        elif kind is dict:
            return {_key(k): v if type(v) in _PLAIN else self.lower(v, depth + 1) for k, v in item.items()}
        elif kind is complex:
            return msgspec.msgpack.Ext(_COMPLEX, _encode([item.real, item.imag]))
        ref = item if isinstance(item, Ref) else self._opaque(item) if self._opaque else None
        if ref is None:
            raise WireError(f"a value of type {kind.__name__} cannot cross")
        return msgspec.msgpack.Ext(_REF, _encode([ref.number, ref.type_name[:80]]))

    def _blob(self, code: int, dtype: str, shape: tuple[int, ...], raw: memoryview) -> msgspec.msgpack.Ext:
        described = _encode(_Blob(dtype, list(shape), self.size))
        padding = -raw.nbytes % ALIGNMENT
        self.blobs.append(raw)
        if padding:
            self.blobs.append(memoryview(bytes(padding)))
        self.size += raw.nbytes + padding
        if self.size > MAX_BLOB_BYTES:
            raise WireError(f"more than {MAX_BLOB_BYTES >> 20} MiB of arrays in one message")
        return msgspec.msgpack.Ext(code, described)


class _Unpacker:
    """One frame being read: how far its blobs have been claimed, and how deep it is nested."""

    __slots__ = ("_blob", "_depth", "_end", "_resolve")

    def __init__(self, blob: bytearray | memoryview, resolve: Callable[[Ref], object] | None) -> None:
        self._blob, self._resolve, self._end, self._depth = blob, resolve, 0, 0

    def raised(self, code: int, data: memoryview) -> object:
        """Return the value of an extension."""
        if code in (_TENSOR, _ARRAY):
            return self._array(code, data)
        if code == _TUPLE:
            return self._tuple(data)
        if code == _REF:
            number, type_name = _decode_ref(data)
            ref = Ref(number, type_name[:80])
            return self._resolve(ref) if self._resolve else ref
        if code == _COMPLEX:
            return complex(*msgspec.msgpack.decode(data, type=tuple[float, float]))
        raise WireError("an unknown kind of value")

    def _tuple(self, data: memoryview) -> object:
        if self._depth >= MAX_DEPTH:
            raise WireError(f"nested more than {MAX_DEPTH} levels deep")
        self._depth += 1
        inner = tuple(msgspec.msgpack.decode(data, type=list[Any], ext_hook=self.raised))
        self._depth -= 1
        return inner

    def _array(self, code: int, data: memoryview) -> object:
        described = _decode_blob(data)
        if len(described.shape) > MAX_DIMENSIONS or any(not 0 <= n < 2**40 for n in described.shape):
            raise WireError("an array has an impossible shape")
        if described.dtype not in (_TORCH_DTYPES if code == _TENSOR else _NUMPY_DTYPES):
            raise WireError("an array has an unknown dtype")
        dtype = _TORCH_DTYPES[described.dtype] if code == _TENSOR else np.dtype(described.dtype)
        count = math.prod(described.shape)
        nbytes = count * dtype.itemsize
        # Blobs follow one another without overlap, so that a small frame cannot claim one blob many times.
        if described.offset != self._end or self._end + nbytes > len(self._blob):
            raise WireError("an array lies outside its bytes")
        self._end += nbytes + (-nbytes % ALIGNMENT)
        if isinstance(dtype, np.dtype) and nbytes and described.dtype != "bool":
            return np.frombuffer(self._blob, dtype, count, described.offset).reshape(described.shape)
        flat = np.frombuffer(self._blob, np.uint8, nbytes, described.offset) if nbytes else np.empty(0, np.uint8)
        if described.dtype == "bool":
            flat = (flat != 0).view(np.uint8)
        if isinstance(dtype, np.dtype):
            return flat.view(dtype).reshape(described.shape)
        if not nbytes:
            return torch.empty(described.shape, dtype=dtype)
        return torch.from_numpy(flat).view(dtype).reshape(described.shape)


def check_prefix(prefix: bytes | bytearray) -> tuple[int, int]:
    """Return header bytes and blob bytes that a frame announces; `WireError` if the frame is not ours or too large."""
    magic, header_bytes, blob_bytes = PREFIX.unpack(prefix)
    if magic != MAGIC or header_bytes > MAX_HEADER_BYTES or blob_bytes > MAX_BLOB_BYTES:
        raise WireError("not a frame of ours, or larger than allowed")
    return header_bytes, blob_bytes


def send(line: socket.socket, buffers: list[bytes | memoryview]) -> None:
    """Write one frame to a blocking socket."""
    if sum(map(len, buffers)) <= _SMALL_BYTES:
        line.sendall(b"".join(buffers))
        return
    line.sendall(b"".join(buffers[:2]))
    for buffer in buffers[2:]:
        line.sendall(buffer)


def receive(line: socket.socket) -> tuple[bytes, bytearray]:
    """Read one frame from a blocking socket on which nothing follows it: header and blobs. `EOFError` when the other end has gone."""
    start = line.recv(_SMALL_BYTES)
    if len(start) < PREFIX.size:
        start += _read(line, PREFIX.size - len(start)) if start else _gone()
    header_bytes, blob_bytes = check_prefix(start[: PREFIX.size])
    end = PREFIX.size + header_bytes
    if len(start) < end:
        start += _read(line, end - len(start))
    return start[PREFIX.size : end], _read(line, blob_bytes, start[end:])


def _read(line: socket.socket, size: int, start: bytes = b"") -> bytearray:
    """Read until there are `size` bytes, the first of which are `start`."""
    buffer = bytearray(size)
    buffer[: len(start)] = start
    view = memoryview(buffer)[len(start) :]
    while view:
        got = line.recv_into(view)
        if not got:
            _gone()
        view = view[got:]
    return buffer


def _gone() -> NoReturn:
    raise EOFError("the other end has gone")


def _key(key: object) -> object:
    if key is None or type(key) in (bool, int, float, str):
        return key
    raise WireError(f"a dictionary key of type {type(key).__name__} cannot cross")


def _crosses(tensor: Any) -> bool:
    """Say whether a tensor has plain memory that can be copied out."""
    dtype = torch.Tensor.dtype.__get__(tensor)  # type: ignore[attr-defined]
    return tensor.layout is torch.strided and tensor.device.type != "meta" and dtype in _TORCH_NAMES


def _tensor_bytes(tensor: Any) -> tuple[str, tuple[int, ...], memoryview]:
    plain = torch.Tensor.detach(tensor).cpu().resolve_conj().resolve_neg().contiguous()
    return _TORCH_NAMES[plain.dtype], tuple(plain.shape), memoryview(plain.reshape(-1).view(torch.uint8).numpy().data)


def _native(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return an array in this machine's byte order."""
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _array_bytes(array: np.ndarray[Any, Any]) -> memoryview:
    if array.nbytes <= _SMALL_BYTES:
        return memoryview(array.tobytes())
    return memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)

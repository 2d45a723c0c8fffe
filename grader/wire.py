"""Turns plain values, tensors and arrays into frames and back: a msgpack header, then raw bytes; nothing is ever unpickled.

A frame is 16 bytes (magic, header bytes, blob bytes), the header, and the blobs of all arrays one after another.
Both ends treat what they read as hostile: sizes are capped, types are checked, and every fault is a `WireError`.
"""

import math
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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


def pack(value: object, opaque: Callable[[object], Ref] | None = None) -> list[bytes | memoryview]:
    """Return the buffers of one frame. What is neither plain nor an array goes to `opaque`, or is a `WireError`."""
    blobs: list[memoryview] = []
    size = 0

    def blob(code: int, dtype: str, shape: tuple[int, ...], raw: np.ndarray[Any, Any]) -> msgspec.msgpack.Ext:
        nonlocal size
        described = msgspec.msgpack.encode(_Blob(dtype, list(shape), size))
        padding = -raw.nbytes % ALIGNMENT
        blobs.append(memoryview(raw.data))
        if padding:
            blobs.append(memoryview(bytes(padding)))
        size += raw.nbytes + padding
        if size > MAX_BLOB_BYTES:
            raise WireError(f"more than {MAX_BLOB_BYTES >> 20} MiB of arrays in one message")
        return msgspec.msgpack.Ext(code, described)

    def lower(item: object, depth: int) -> object:
        if depth > MAX_DEPTH:
            raise WireError(f"nested more than {MAX_DEPTH} levels deep")
        kind = type(item)
        if item is None or kind in (bool, int, float, str, bytes):
            return item
        if kind is torch.Tensor or kind is torch.nn.Parameter:
            if _crosses(item):
                return blob(_TENSOR, *_tensor_bytes(item))
        elif kind is np.ndarray or isinstance(item, np.generic):
            array = np.asarray(item)
            if array.dtype.name in _NUMPY_DTYPES:
                return blob(_ARRAY, array.dtype.name, array.shape, np.ascontiguousarray(array).reshape(-1).view(np.uint8))
        elif kind is list:
            return [lower(x, depth + 1) for x in item]  # type: ignore[attr-defined]
        elif kind is tuple:
            inner = [lower(x, depth + 1) for x in item]  # type: ignore[attr-defined]
            return msgspec.msgpack.Ext(_TUPLE, msgspec.msgpack.encode(inner))
        elif kind is dict:
            return {_key(k): lower(v, depth + 1) for k, v in item.items()}  # type: ignore[attr-defined]
        elif kind is complex:
            return msgspec.msgpack.Ext(_COMPLEX, msgspec.msgpack.encode([item.real, item.imag]))  # type: ignore[attr-defined]
        ref = item if isinstance(item, Ref) else opaque(item) if opaque else None
        if ref is None:
            raise WireError(f"a value of type {kind.__name__} cannot cross")
        return msgspec.msgpack.Ext(_REF, msgspec.msgpack.encode([ref.number, ref.type_name[:80]]))

    try:
        header = msgspec.msgpack.encode(lower(value, 0))
    except (OverflowError, UnicodeError, TypeError) as error:
        raise WireError(f"a value cannot cross: {error}") from error
    if len(header) > MAX_HEADER_BYTES:
        raise WireError(f"more than {MAX_HEADER_BYTES >> 10} KiB of plain values in one message: use arrays")
    return [PREFIX.pack(MAGIC, len(header), size), header, *blobs]


def unpack(header: bytes | bytearray, blob: bytearray | memoryview, resolve: Callable[[Ref], object] | None = None) -> Any:
    """Return the value of one frame; arrays are views of `blob`. A `Ref` goes to `resolve`, or stays a `Ref`."""
    end = 0

    def array(code: int, data: memoryview) -> object:
        nonlocal end
        described = msgspec.msgpack.decode(data, type=_Blob)
        if len(described.shape) > MAX_DIMENSIONS or any(not 0 <= n < 2**40 for n in described.shape):
            raise WireError("an array has an impossible shape")
        if described.dtype not in (_TORCH_DTYPES if code == _TENSOR else _NUMPY_DTYPES):
            raise WireError("an array has an unknown dtype")
        dtype = _TORCH_DTYPES[described.dtype] if code == _TENSOR else np.dtype(described.dtype)
        count = math.prod(described.shape)
        nbytes = count * dtype.itemsize
        # Blobs follow one another without overlap, so that a small frame cannot claim one blob many times.
        if described.offset != end or end + nbytes > len(blob):
            raise WireError("an array lies outside its bytes")
        end += nbytes + (-nbytes % ALIGNMENT)
        flat = np.frombuffer(blob, np.uint8, nbytes, described.offset) if nbytes else np.empty(0, np.uint8)
        if described.dtype == "bool":
            flat = (flat != 0).view(np.uint8)
        if isinstance(dtype, np.dtype):
            return flat.view(dtype).reshape(described.shape)
        if not nbytes:
            return torch.empty(described.shape, dtype=dtype)
        return torch.from_numpy(flat).view(dtype).reshape(described.shape)

    def hook(depth: int) -> Callable[[int, memoryview], object]:
        if depth > MAX_DEPTH:
            raise WireError(f"nested more than {MAX_DEPTH} levels deep")

        def decode(code: int, data: memoryview) -> object:
            if code in (_TENSOR, _ARRAY):
                return array(code, data)
            if code == _TUPLE:
                return tuple(msgspec.msgpack.decode(data, type=list[Any], ext_hook=hook(depth + 1)))
            if code == _REF:
                number, type_name = msgspec.msgpack.decode(data, type=tuple[int, str])
                ref = Ref(number, type_name[:80])
                return resolve(ref) if resolve else ref
            if code == _COMPLEX:
                return complex(*msgspec.msgpack.decode(data, type=tuple[float, float]))
            raise WireError("an unknown kind of value")

        return decode

    try:
        return msgspec.msgpack.decode(header, ext_hook=hook(0))
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError, RuntimeError, KeyError) as error:
        raise WireError(f"not a frame of ours: {error}") from error


def check_prefix(prefix: bytes | bytearray) -> tuple[int, int]:
    """Return header bytes and blob bytes that a frame announces; `WireError` if the frame is not ours or too large."""
    magic, header_bytes, blob_bytes = PREFIX.unpack(prefix)
    if magic != MAGIC or header_bytes > MAX_HEADER_BYTES or blob_bytes > MAX_BLOB_BYTES:
        raise WireError("not a frame of ours, or larger than allowed")
    return header_bytes, blob_bytes


def send(line: socket.socket, buffers: list[bytes | memoryview]) -> None:
    """Write one frame to a blocking socket."""
    line.sendall(b"".join(buffers[:2]))
    for buffer in buffers[2:]:
        line.sendall(buffer)


def receive(line: socket.socket) -> tuple[bytearray, bytearray]:
    """Read one frame from a blocking socket: header and blobs. `EOFError` when the other end has gone."""
    header_bytes, blob_bytes = check_prefix(_read(line, PREFIX.size))
    return _read(line, header_bytes), _read(line, blob_bytes)


def _read(line: socket.socket, size: int) -> bytearray:
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        got = line.recv_into(view)
        if not got:
            raise EOFError("the other end has gone")
        view = view[got:]
    return buffer


def _key(key: object) -> object:
    if key is None or type(key) in (bool, int, float, str):
        return key
    raise WireError(f"a dictionary key of type {type(key).__name__} cannot cross")


def _crosses(tensor: Any) -> bool:
    """Say whether a tensor has plain memory that can be copied out."""
    name = str(torch.Tensor.dtype.__get__(tensor)).removeprefix("torch.")  # type: ignore[attr-defined]
    return tensor.layout is torch.strided and tensor.device.type != "meta" and name in _TORCH_DTYPES


def _tensor_bytes(tensor: Any) -> tuple[str, tuple[int, ...], np.ndarray[Any, Any]]:
    plain = torch.Tensor.detach(tensor).cpu().resolve_conj().resolve_neg().contiguous()
    name = str(plain.dtype).removeprefix("torch.")
    return name, tuple(plain.shape), plain.reshape(-1).view(torch.uint8).numpy()

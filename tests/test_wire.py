"""Values cross the wire unchanged, and nothing that a hostile end writes is more than a `WireError`."""

import contextlib
import gc
import socket
import threading
import time

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import wire


def crossed(value, **kwargs):
    header, blob = joined(wire.pack(value, **kwargs))
    return wire.unpack(header, blob)


def joined(buffers):
    return bytes(buffers[1]), bytearray(b"".join(buffers[2:]))


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(plain)
@settings(max_examples=150, deadline=None)
def test_plain_values_come_back_equal_and_of_the_same_type(value):
    """Lists stay lists, tuples stay tuples, at any depth."""
    back = crossed(value)
    assert back == value
    assert repr(back) == repr(value)


@pytest.mark.parametrize("dtype", sorted(wire._TORCH_DTYPES))
@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (2, 3, 4)])
def test_tensors_keep_dtype_shape_and_every_bit(dtype, shape):
    """Every dtype crosses, with no, one or many entries."""
    tensor = (torch.arange(24).reshape(2, 3, 4) % 5 - 1).to(wire._TORCH_DTYPES[dtype])
    tensor = tensor.flatten()[: int(np.prod(shape))].reshape(shape)
    back = crossed(tensor)
    assert type(back) is torch.Tensor
    assert (back.dtype, back.shape) == (tensor.dtype, tensor.shape)
    assert torch.equal(back, tensor)


@pytest.mark.parametrize("dtype", sorted(wire._NUMPY_DTYPES))
def test_arrays_keep_dtype_and_shape(dtype):
    """NumPy's arrays cross as arrays."""
    array = np.arange(6).reshape(2, 3).astype(dtype)
    back = crossed(array)
    assert type(back) is np.ndarray
    assert back.dtype == array.dtype
    assert (back == array).all()


def test_views_and_conjugates_cross_as_what_they_show():
    """A transposed, negated or conjugated view arrives as plain numbers."""
    x = torch.arange(6.0).reshape(2, 3)
    z = torch.complex(x, x + 1)
    back = crossed([x.T, x[:, 1:], z.conj().imag, z.conj(), x.T.numpy()])
    for got, sent in zip(back, [x.T, x[:, 1:], -(x + 1), z.conj(), x.T.numpy()], strict=True):
        assert (np.asarray(got) == np.asarray(sent.resolve_conj() if isinstance(sent, torch.Tensor) else sent)).all()


def test_what_arrives_is_a_copy_that_may_be_written():
    """Writing to what arrived changes nothing at the other end, and no other array of the message."""
    x, y = torch.zeros(3), torch.zeros(3)
    a, b = crossed([x, y])
    a += 1
    assert x.sum() == 0
    assert b.sum() == 0


def test_gradients_do_not_cross():
    """A parameter arrives as a plain tensor without history."""
    back = crossed(torch.nn.Parameter(torch.ones(2)) * 2)
    assert not back.requires_grad


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        2**70,
        "\ud800",
        {(1, 2): 3},
        np.array([object()]),
        torch.ones(2).to_sparse(),
        torch.empty(2, device="meta"),
        range(3),
    ],
    ids=["object", "set", "huge int", "surrogate", "tuple key", "object array", "sparse", "meta", "range"],
)
def test_what_is_not_plain_is_refused(value):
    """Nothing is pickled: what the wire does not know is a `WireError`."""
    with pytest.raises(wire.WireError):
        wire.pack(value)


def test_a_tensor_of_another_class_does_not_pass_for_a_tensor():
    """A subclass could lie about everything: it goes to `opaque` like any object."""

    class Liar(torch.Tensor):
        pass

    kept = []
    buffers = wire.pack(torch.ones(2).as_subclass(Liar), opaque=lambda item: kept.append(item) or wire.Ref(7, "Liar"))
    assert wire.unpack(*joined(buffers)) == wire.Ref(7, "Liar")
    assert len(kept) == 1


def test_endless_nesting_is_refused():
    """A list that contains itself ends in a sentence, not in the recursion limit."""
    loop = []
    loop.append(loop)
    with pytest.raises(wire.WireError, match="nested"):
        wire.pack(loop)


@pytest.mark.parametrize("prefix", [b"NOPE" + bytes(12), wire.PREFIX.pack(b"GRD1", 1 << 30, 0), wire.PREFIX.pack(b"GRD1", 1, 1 << 60)])
def test_a_frame_that_announces_too_much_is_refused_before_a_byte_is_held(prefix):
    """Magic, header and blobs are checked from 16 bytes alone."""
    with pytest.raises(wire.WireError):
        wire.check_prefix(prefix)


def ext(code, value):
    return msgspec.msgpack.encode(msgspec.msgpack.Ext(code, msgspec.msgpack.encode(value)))


@pytest.mark.parametrize(
    ("header", "blob"),
    [
        (ext(1, ["float32", [2, 3], 0]), bytes(8)),
        (ext(1, ["float32", [-1], 0]), bytes(8)),
        (ext(1, ["float32", [1 << 50], 0]), bytes(8)),
        (ext(1, ["float32", [1] * 40, 0]), bytes(8)),
        (ext(1, ["object", [1], 0]), bytes(8)),
        (ext(2, ["O", [1], 0]), bytes(8)),
        (ext(1, ["float32", [2], 4]), bytes(16)),
        (ext(1, "nonsense"), bytes(8)),
        (ext(99, [1]), b""),
        (ext(4, ["a", "b"]), b""),
        (b"\xc1", b""),
        (b"", b""),
        (b"\xdd\xff\xff\xff\xff", b""),
        (b"\x91" * 5000 + b"\xc0", b""),
    ],
)
def test_a_hostile_header_is_a_wire_error(header, blob):
    """Wrong shapes, offsets, dtypes, codes, lengths and depths: one kind of error for all."""
    with pytest.raises(wire.WireError):
        wire.unpack(header, bytearray(blob))


def test_a_small_frame_cannot_claim_one_blob_many_times():
    """Blobs follow one another: a header of a few bytes never stands for gigabytes."""
    twice = msgspec.msgpack.encode([msgspec.msgpack.Ext(1, msgspec.msgpack.encode(["float32", [4], 0]))] * 2)
    with pytest.raises(wire.WireError, match="outside"):
        wire.unpack(twice, bytearray(16))


@given(st.binary(max_size=200), st.binary(max_size=64))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_value_or_a_wire_error(header, blob):
    """The judge survives whatever comes."""
    with contextlib.suppress(wire.WireError):
        wire.unpack(header, bytearray(blob))


def test_strange_bytes_of_a_boolean_become_booleans():
    """A byte of 7 in a boolean tensor is true, not undefined behaviour."""
    back = wire.unpack(ext(1, ["bool", [2], 0]), bytearray(b"\x07\x00" + bytes(14)))
    assert back.tolist() == [True, False]
    assert int(back.sum()) == 1


def test_frames_cross_a_socket_and_its_end_is_told():
    """A large frame arrives whole; a closed line is an `EOFError`."""
    ours, theirs = socket.socketpair()
    value = {"x": torch.arange(300_000.0), "name": "x"}
    sender = threading.Thread(target=lambda: (wire.send(theirs, wire.pack(value)), theirs.close()))
    sender.start()
    back = wire.unpack(*wire.receive(ours))
    sender.join()
    assert torch.equal(back["x"], value["x"])
    with pytest.raises(EOFError):
        wire.receive(ours)
    ours.close()


def test_too_many_plain_values_are_refused():
    """A header has a limit: numbers in bulk belong into arrays."""
    with pytest.raises(wire.WireError, match="use arrays"):
        wire.pack(list(range(200_000)))


def test_the_byte_order_of_another_machine_is_turned():
    """Numbers of an array in the other byte order arrive as the same numbers."""
    x = np.arange(5, dtype=np.dtype(np.float32).newbyteorder())
    header, *blobs = wire.pack(x)[1:]
    back = wire.unpack(header, bytearray(b"".join(blobs)))
    assert back.dtype == np.float32
    assert back.tolist() == [0, 1, 2, 3, 4]


def test_frames_leave_nothing_to_the_collector():
    """Thousands of frames make no cycles: nothing is found when the collector is asked."""
    message = {"args": [np.zeros(4), (1, 2)], "nonce": 1}
    gc.collect()
    gc.disable()
    try:
        for _ in range(50):
            header, *blobs = wire.pack(message)[1:]
            wire.unpack(header, bytearray(b"".join(blobs)))
        assert gc.collect() < 50
    finally:
        gc.enable()


def test_a_frame_may_arrive_in_pieces():
    """Whatever the cuts, the header and the blobs are read whole; an end within is an EOFError."""
    frame = b"".join(wire.pack({"x": np.arange(2000.0), "nonce": 1}))
    for cut in (1, 15, 16, 20, 40, 5000, len(frame) - 1):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            sender = threading.Thread(
                target=lambda ours=ours, cut=cut: (ours.sendall(frame[:cut]), time.sleep(0.02), ours.sendall(frame[cut:]))
            )
            sender.start()
            value = wire.unpack(*wire.receive(theirs))
            sender.join()
            assert value["x"].tolist() == list(range(2000))
        ours, theirs = socket.socketpair()
        with theirs:
            ours.sendall(frame[:cut])
            ours.close()
            with pytest.raises(EOFError):
                wire.receive(theirs)

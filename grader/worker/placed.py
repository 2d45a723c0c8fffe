"""Turns sealed arguments into arguments on a device, at the moment their key arrives.

What is sent before the clock starts would be computed with before the clock starts. So arguments lie on the device masked by a
stream that the device's own generator makes from a secret key, and the key comes with the timed call.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

_SEALED, _PLAIN = "sealed", "plain"
_DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (torch.bool, torch.uint8, torch.int32, torch.int64, torch.float16, torch.bfloat16, torch.float32, torch.float64)
}


@dataclass
class Desk:
    """The device of one process, and the sealed arguments that lie on it."""

    device: torch.device
    calls: list[Any]

    def put(self, calls: list[Any]) -> int:
        """Lay sealed arguments out, in place of those before; return how many calls they are for."""
        self.calls = [[_moved(argument, self.device) for argument in call] for call in calls]
        self.drain()
        return len(self.calls)

    def run(self, function: Callable[..., Any], key: int) -> list[Any]:
        """Open the arguments with their key and return what the function makes of each call's, in this order."""
        return [function(*opened(call, key + number, self.device)) for number, call in enumerate(self.calls)]

    def drain(self) -> None:
        """Return once everything that was asked of the device is done."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def prepare(name: str, share: float) -> Desk:
    """Begin to use a device, before any code of a student's runs here: at most `share` of its memory."""
    device = torch.device(name)
    if device.type == "cuda":
        torch.cuda.init()  # type: ignore[no-untyped-call]
        torch.cuda.set_per_process_memory_fraction(share, device)
    torch.ones(1, device=device).sum().item()
    return Desk(device, [])


def seal(call: Sequence[object], key: int, device: torch.device) -> list[Any]:
    """Return the arguments of one call, its tensors masked on the device. `TypeError` for one that holds tensors inside."""
    stream = _generator(key, device)
    return [_sealed(argument, stream, device) for argument in call]


def opened(call: Sequence[Any], key: int, device: torch.device) -> list[Any]:
    """Return the arguments that were sealed, new tensors on the device."""
    stream = _generator(key, device)
    return [_opened(argument, stream) for argument in call]


def _sealed(argument: object, stream: torch.Generator, device: torch.device) -> list[Any]:
    if isinstance(argument, torch.Tensor):
        name = str(argument.dtype).removeprefix("torch.")
        if name not in _DTYPES:
            raise TypeError(f"a timed call cannot take a tensor of {name}")
        flat = argument.detach().to(device).contiguous().reshape(-1).view(torch.uint8)
        return [_SEALED, _masked(flat, stream), name, list(argument.shape)]
    if argument is None or isinstance(argument, bool | int | float | str):
        return [_PLAIN, argument]
    raise TypeError(f"a timed call takes tensors and plain values, not {type(argument).__name__}")


def _opened(argument: Sequence[Any], stream: torch.Generator) -> Any:
    if argument[0] == _PLAIN:
        return argument[1]
    _, masked, name, shape = argument
    return _masked(masked, stream).view(_DTYPES[name]).reshape(shape)


def _moved(argument: Sequence[Any], device: torch.device) -> list[Any]:
    return [part.to(device) if isinstance(part, torch.Tensor) else part for part in argument]


def _masked(flat: torch.Tensor, stream: torch.Generator) -> torch.Tensor:
    words = torch.empty(-(-flat.numel() // 8), dtype=torch.int64, device=flat.device)
    return flat ^ words.random_(-(2**63), None, generator=stream).view(torch.uint8)[: flat.numel()]


def _generator(key: int, device: torch.device) -> torch.Generator:
    return torch.Generator(device).manual_seed(key)

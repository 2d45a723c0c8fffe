"""Turns a key and a test's name into that test's inputs, the same on every platform."""

import hashlib
import hmac

import numpy as np
import torch
from numpy.typing import NDArray

SMALLEST, LARGEST = 2, 9


def seed(key: bytes, topic: str, test: str, what: str) -> int:
    """Return the seed of a test: the first 8 bytes, little-endian, of HMAC-SHA256(key, "topic/test/what")."""
    digest = hmac.digest(key, f"{topic}/{test}/{what}".encode(), hashlib.sha256)
    return int.from_bytes(digest[:8], "little")


class Draw:
    """Random inputs of one test. Sizes are pairwise different within the test, so that a transposed axis cannot hide.

    `draw("batch time d_model=8")` returns float64 from N(0, 1) of shape (batch, time, 8); the same name is always the same size.
    """

    def __init__(self, seed: int) -> None:
        self.rng = np.random.Generator(np.random.PCG64(seed))
        self.sizes: dict[str, int] = {}
        self._free = [int(n) for n in self.rng.permutation(np.arange(SMALLEST, LARGEST + 1))]

    def __call__(self, axes: str) -> torch.Tensor:
        """Return float64 normal numbers with one axis for every word: a name, or `name=size`."""
        return torch.from_numpy(self.rng.standard_normal(self.shape(axes)))

    def integers(self, axes: str, *, high: int, low: int = 0) -> torch.Tensor:
        """Return int64 numbers from `low` to `high - 1`."""
        return torch.from_numpy(self.rng.integers(low, high, self.shape(axes)))

    def mask(self, axes: str, *, share: float = 0.6) -> torch.Tensor:
        """Return booleans, true with probability `share`, with at least one true along the last axis."""
        shape = self.shape(axes)
        chosen: NDArray[np.bool_] = self.rng.random(shape) < share
        kept = self.rng.integers(0, shape[-1], shape[:-1])
        np.put_along_axis(chosen, kept[..., None], True, axis=-1)
        return torch.from_numpy(chosen)

    def shape(self, axes: str) -> tuple[int, ...]:
        """Return the sizes of the named axes, drawing those that have none yet. `ValueError` for a size already taken."""
        named = [word.partition("=") for word in axes.split()]
        for name, _, size in named:  # first, so that none of them is drawn for another axis
            if size:
                self._fix(name, int(size))
        for name, _, _ in named:
            if name not in self.sizes:
                self.sizes[name] = self._free.pop()
        return tuple(self.sizes[name] for name, _, _ in named)

    def _fix(self, name: str, size: int) -> None:
        if self.sizes.get(name, size) != size:
            raise ValueError(f"the axis {name} has size {self.sizes[name]} already, not {size}")
        if name in self.sizes:
            return
        taken = [other for other, value in self.sizes.items() if value == size]
        if taken and size not in (0, 1):
            raise ValueError(f"the axis {taken[0]} has size {size} already: name {name}={size} in an earlier draw")
        self.sizes[name] = size
        if size in self._free:
            self._free.remove(size)

"""Turns a random generator into one-dimensional glyphs: noisy copies of a few templates, each somewhere else, larger or smaller.

A small relative of MNIST-1D (Greydanus and Kobak, *Scaling Down Deep Learning with MNIST-1D*, 2020), written anew: there the templates
are published and always the same, here they are drawn, so that nobody can know them beforehand. Nothing is downloaded, and there
is no licence to observe. An example is a signal of 40 numbers; seen as an image it has 1 channel, 1 row and 40 columns.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

LENGTH = 40
KNOTS = 12
SHORTEST, LONGEST = 12, 18
"""The fewest and the most columns that a glyph covers; the rest of the signal is background."""

NOISE, WANDER = 0.2, 0.5
_CANDIDATES = 400


@dataclass(frozen=True)
class Glyphs:
    """The templates of an alphabet, (classes, KNOTS): the same for the training and for the test."""

    templates: NDArray[np.float64]

    def draw(self, count: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Return `(images, labels)`: float32 (count, 1, 1, LENGTH), and int64 (count,), every class equally likely.

        Each example is its class's template, stretched, larger or smaller, at a random place, on a background that wanders
        slowly, under white noise.
        """
        labels = rng.integers(len(self.templates), size=count)
        width = rng.uniform(SHORTEST, LONGEST, (count, 1))
        start = rng.uniform(0, LENGTH - 1 - width)
        at = (np.arange(LENGTH) - start) / width * (KNOTS - 1)  # (count, LENGTH), in knots of the template
        signals = rng.uniform(0.75, 1.25, (count, 1)) * _read(self.templates[labels], at)
        signals += WANDER * _read(rng.standard_normal((count, 6)), np.broadcast_to(np.linspace(0, 5, LENGTH), at.shape))
        signals += NOISE * rng.standard_normal(at.shape)
        return torch.from_numpy(signals.astype(np.float32))[:, None, None, :], torch.from_numpy(labels)


def alphabet(rng: np.random.Generator, classes: int = 10) -> Glyphs:
    """Draw the templates of an alphabet, out of many candidates those that look least alike wherever they stand."""
    candidates = _curves(rng, _CANDIDATES)
    likeness = _likeness(candidates)
    chosen = [0]
    while len(chosen) < classes:
        chosen.append(int(likeness[:, chosen].max(axis=1).argmin()))
    return Glyphs(candidates[chosen])


def _curves(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Return random curves that begin and end at zero, of mean square 1."""
    rough = rng.standard_normal((count, KNOTS))
    smooth = rough.copy()
    smooth[:, 1:] += rough[:, :-1]
    smooth[:, :-1] += rough[:, 1:]
    smooth[:, [0, -1]] = 0.0
    curves: NDArray[np.float64] = smooth / np.sqrt((smooth**2).mean(axis=1, keepdims=True))
    return curves


def _likeness(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (curves, curves): the largest correlation of two curves over all shifts; 1 of a curve with itself."""
    spectra = np.fft.rfft(curves, 2 * KNOTS)
    products = np.fft.irfft(spectra[:, None] * spectra[None].conj(), 2 * KNOTS)
    found: NDArray[np.float64] = products.max(axis=-1) / KNOTS
    return found


def _read(curves: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the value of each curve at its places, between knots on a straight line, and 0 outside."""
    knots = curves.shape[1]
    left = np.clip(np.floor(at).astype(int), 0, knots - 2)
    share = at - left
    value = (1 - share) * np.take_along_axis(curves, left, 1) + share * np.take_along_axis(curves, left + 1, 1)
    found: NDArray[np.float64] = np.where((at < 0) | (at > knots - 1), 0.0, value)
    return found

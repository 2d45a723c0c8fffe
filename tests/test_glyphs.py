"""Glyphs come from their generator alone, an alphabet's templates look unlike, and no template gives a signal's place away."""

import numpy as np
import pytest
import torch

from grader.glyphs import KNOTS, LENGTH, LONGEST, Glyphs, alphabet


def generator(seed):
    return np.random.Generator(np.random.PCG64(seed))


def test_the_same_generator_draws_the_same_glyphs():
    """Alphabet, signals and labels, bit for bit."""
    first, second = ([*alphabet(rng).draw(20, rng)] for rng in (generator(5), generator(5)))
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_another_generator_draws_another_alphabet():
    """What is known of one alphabet helps with no other."""
    assert np.abs(alphabet(generator(1)).templates - alphabet(generator(2)).templates).max() > 0.5


def test_shapes_and_types():
    """Images of one channel and one row, in single precision, and whole numbers for labels."""
    rng = generator(0)
    images, labels = alphabet(rng, classes=7).draw(300, rng)
    assert (images.shape, images.dtype) == ((300, 1, 1, LENGTH), torch.float32)
    assert (labels.shape, labels.dtype) == ((300,), torch.int64)
    assert sorted(set(labels.tolist())) == list(range(7))
    assert bool(images.isfinite().all())


@pytest.mark.parametrize("seed", range(10))
def test_templates_are_alike_in_size_and_in_nothing_else(seed):
    """Mean square 1, zero at both ends, and no two of them correlate closely, however they are shifted."""
    templates = alphabet(generator(seed)).templates
    assert templates.shape == (10, KNOTS)
    assert np.allclose((templates**2).mean(axis=1), 1.0)
    assert np.abs(templates[:, [0, -1]]).max() == 0.0
    for n, one in enumerate(templates):
        for other in templates[:n]:
            assert np.correlate(one, other, "full").max() / KNOTS < 0.65


def test_a_glyph_stands_whole_and_anywhere(monkeypatch):
    """Without background and noise, what is not zero fits into the longest glyph, and begins at every column from left to right."""
    monkeypatch.setattr("grader.glyphs.NOISE", 0.0)
    monkeypatch.setattr("grader.glyphs.WANDER", 0.0)
    images, _ = Glyphs(np.ones((1, KNOTS))).draw(2000, generator(3))
    places = [row.nonzero().flatten() for row in images[:, 0, 0]]
    assert all(int(place[-1] - place[0]) + 1 == len(place) <= LONGEST + 1 for place in places)
    assert {int(place[0]) for place in places} >= set(range(1, LENGTH - LONGEST))


@pytest.mark.parametrize("seed", range(5))
def test_looking_up_the_nearest_example_reads_little(seed):
    """A level of a performance part can be set where a table of examples does not reach."""
    rng = generator(seed)
    glyphs = alphabet(rng)
    (images, labels), (unseen, expected) = glyphs.draw(600, rng), glyphs.draw(1000, rng)
    found = labels[torch.cdist(unseen.flatten(1), images.flatten(1)).argmin(1)]
    assert float((found == expected).double().mean()) < 0.65

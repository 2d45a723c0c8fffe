"""Draws are the same for the same key and test, and shapes cannot hide a transposed axis."""

import pytest
import torch

from grader.draw import LARGEST, SMALLEST, Draw, seed


def test_the_seed_is_the_contracts():
    """The first 8 bytes, little-endian, of HMAC-SHA256: a value computed by hand, so that no refactoring moves every input."""
    import hashlib
    import hmac

    digest = hmac.new(b"published", b"toy/public::TestDouble::test_two/draw", hashlib.sha256).digest()
    assert seed(b"published", "toy", "public::TestDouble::test_two", "draw") == int.from_bytes(digest[:8], "little")


@pytest.mark.parametrize(
    "other", [(b"k2", "toy", "t", "draw"), (b"k", "toy2", "t", "draw"), (b"k", "toy", "t2", "draw"), (b"k", "toy", "t", "worker")]
)
def test_key_topic_test_and_purpose_each_change_the_seed(other):
    """No two tests, and no two courses, meet the same inputs."""
    assert seed(b"k", "toy", "t", "draw") != seed(*other)


@pytest.mark.parametrize("n", range(20))
def test_sizes_are_pairwise_different(n):
    """As many names as there are sizes: none is used twice."""
    draw = Draw(n)
    names = ["a", "b", "c", "d", "e", "f"]
    shape = draw.shape(" ".join(names))
    assert len(set(shape)) == len(names)
    assert all(SMALLEST <= size <= LARGEST for size in shape)
    assert draw.shape("c a") == (draw.sizes["c"], draw.sizes["a"])


def test_a_named_size_is_kept_and_not_drawn_again():
    """`d_model=8` holds for the whole test, and no other axis becomes 8."""
    for n in range(30):
        draw = Draw(n)
        x = draw("batch d_model=8")
        assert x.shape[1] == 8
        assert 8 not in draw.shape("b c d e f g")
        assert draw("d_model").shape == (8,)


def test_contradicting_sizes_are_refused():
    """An axis has one size, and two named axes have different ones."""
    draw = Draw(0)
    draw("batch d_model=8")
    with pytest.raises(ValueError, match="d_model has size 8"):
        draw("d_model=9")
    with pytest.raises(ValueError, match="size 8 already"):
        draw("width=8")


def test_one_may_stand_for_several_axes():
    """A batch of one and a length of one are edge cases that go together."""
    assert Draw(0)("batch=1 time=1 d").shape[:2] == (1, 1)


def test_the_same_seed_draws_the_same():
    """Numbers, integers and masks repeat."""
    a, b = Draw(5), Draw(5)
    assert torch.equal(a("x y"), b("x y"))
    assert torch.equal(a.integers("x", high=9), b.integers("x", high=9))
    assert torch.equal(a.mask("x y"), b.mask("x y"))


def test_numbers_are_float64_and_normal():
    """Mean 0 and variance 1 within 5 sigma over 10,000 numbers."""
    x = Draw(1)("many=10000")
    assert x.dtype == torch.float64
    assert abs(float(x.mean())) < 5 / 100
    assert abs(float(x.var()) - 1) < 5 * (2 / 10_000) ** 0.5


@pytest.mark.parametrize("n", range(10))
def test_a_mask_leaves_something_in_every_row(n):
    """Along the last axis at least one entry is true, even where the share is small."""
    mask = Draw(n).mask("a b c", share=0.05)
    assert mask.dtype == torch.bool
    assert bool(mask.any(-1).all())
    assert not bool(mask.all())

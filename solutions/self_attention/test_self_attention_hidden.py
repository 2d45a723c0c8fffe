"""Hidden grader of `self_attention`."""

import pytest
import torch

from grader import checks
from grader.plugin import kind, probe, task

WEIGHTS = ("w_q", "w_k", "w_v", "w_o")


@probe
def scores_and_gradients(student, upstream, q, k, *additive):
    """Return the scores, and the gradients of their sum weighted with `upstream`."""
    leaves = [value.requires_grad_() for value in (q, k, *additive)]
    out = student.attention_scores(*leaves)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, leaves, upstream, allow_unused=True)


@probe
def attend_and_gradients(student, upstream, q, k, v, mask, normalise):
    """Return what the queries get, and the gradients of its sum weighted with `upstream`."""
    leaves = [value.requires_grad_() for value in (q, k, v)]
    out = student.attend(*leaves, mask, normalise)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, leaves, upstream, allow_unused=True)


@probe
def layer(student, x, weights, heads, mask):
    """Return the output of one layer with these weights."""
    module = student.MultiHeadSelfAttention(x.shape[-1], heads).double()
    module.load_state_dict(weights)
    with torch.no_grad():
        return module(x, mask)


@probe
def layer_and_gradients(student, upstream, x, w_q, w_k, w_v, w_o, heads):
    """Return the output of one layer, and the gradients with respect to its input and its four matrices."""
    module = student.MultiHeadSelfAttention(x.shape[-1], heads).double()
    module.load_state_dict({"w_q": w_q, "w_k": w_k, "w_v": w_v, "w_o": w_o})
    leaves = [x.requires_grad_(), module.w_q, module.w_k, module.w_v, module.w_o]
    out = module(x)
    if upstream is None or not out.requires_grad:
        return out, []
    return out, torch.autograd.grad(out, leaves, upstream, allow_unused=True)


@probe
def pipeline(student, items, positions, first, second, heads, window):
    """Return what two layers make of a padded batch that carries its positions."""
    x, present = student.pad_batch(items)
    x = x + student.sinusoidal_positions(positions, x.shape[-1])
    mask = student.attention_mask(x.shape[1], window=window, present=present)
    for weights in (first, second):
        module = student.MultiHeadSelfAttention(x.shape[-1], heads).double()
        module.load_state_dict(weights)
        with torch.no_grad():
            x = module(x, mask)
    return x


def random_weights(draw, d_model):
    """Draw the four matrices of a layer, of a size that keeps the scores near 1."""
    return {name: torch.from_numpy(draw.rng.normal(0, d_model**-0.5, (d_model, d_model))) for name in WEIGHTS}


def random_set(draw, *shape):
    """Draw a set of vectors of exactly this shape."""
    return torch.from_numpy(draw.rng.standard_normal(shape))


@task("pad_batch")
class TestPadBatch:
    def test_reference(self, student, reference, draw):
        """Sequences of drawn lengths and an image stand in one rectangle."""
        lengths = draw.rng.permutation(9)[:4] + 1
        items = [random_set(draw, int(length), 5) for length in lengths]
        items.insert(2, random_set(draw, 2, 3, 5))
        got = checks.unpack(student.pad_batch(items), 2, hint=1)
        for found, expected, name in zip(got, reference.pad_batch(items), ("`vectors`", "`present`"), strict=True):
            checks.equal(found, expected, what=name, hint=2)


@task("attention_scores")
class TestAttentionScores:
    @pytest.mark.parametrize("additive", [False, True], ids=["dot", "additive"])
    def test_reference(self, student, reference, draw, additive):
        """The scores of drawn queries and keys, with two axes before the last two."""
        inputs = [draw("batch heads queries d"), draw("batch heads keys d")] + ([draw("d")] if additive else [])
        what = f"The matrix of {'additive' if additive else 'dot-product'} scores"
        checks.close(student.attention_scores(*inputs), reference.attention_scores(*inputs), what=what, hint=2)

    @kind("gradient")
    @pytest.mark.parametrize("additive", [False, True], ids=["dot", "additive"])
    def test_gradients(self, student, reference, draw, additive):
        """The gradients of the scores with respect to everything that they are made of."""
        inputs = {"q": draw("batch queries d"), "k": draw("batch keys d")} | ({"additive": draw("d")} if additive else {})
        checks.gradients_like(scores_and_gradients, student, reference, inputs, rng=draw.rng, hint=3)


@task("attend")
class TestAttend:
    @pytest.mark.parametrize("normalise", ["softmax", "relu"])
    @pytest.mark.parametrize("masked", [False, True], ids=["open", "masked"])
    def test_reference(self, student, reference, draw, normalise, masked):
        """What drawn queries get from drawn keys and values."""
        q, k, v = draw("batch queries d"), draw("batch keys d"), draw("batch keys d_value")
        mask = draw.mask("batch queries keys") if masked else None
        what = f'The output {"under a mask" if masked else "without a mask"} with "{normalise}"'
        checks.close(student.attend(q, k, v, mask, normalise), reference.attend(q, k, v, mask, normalise), what=what, hint=2)

    @kind("gradient")
    @pytest.mark.parametrize("normalise", ["softmax", "relu"])
    def test_gradients(self, student, reference, draw, normalise):
        """The gradients with respect to q, k and v, where one query sees nothing."""
        inputs = {"q": draw("batch queries d"), "k": draw("batch keys d"), "v": draw("batch keys d_value")}
        mask = draw.mask("queries keys")
        mask[-1] = False
        checks.gradients_like(attend_and_gradients, student, reference, inputs, mask, normalise, rng=draw.rng, hint=3)

    @kind("property")
    def test_mask_for_all_heads(self, student, reference, draw):
        """One mask of a batch serves all its heads."""
        q, k, v = draw("batch heads queries d"), draw("batch heads keys d"), draw("batch heads keys d_value")
        mask = draw.mask("batch one=1 queries keys")
        expected = reference.attend(q, k, v, mask)
        checks.close(student.attend(q, k, v, mask), expected, what="The output of several heads under one mask", hint=2)

    @kind("speed")
    def test_speed(self, student, reference, draw):
        """Thousands of queries are answered by a few operations on whole matrices."""

        def inputs():
            return random_set(draw, 4000, 16), random_set(draw, 96, 16), random_set(draw, 96, 16)

        checks.speed(student.attend, reference.attend, inputs, hint=3)


@task("attention_mask")
class TestAttentionMask:
    @pytest.mark.parametrize("restriction", ["window", "causal", "offset", "edges", "several", "out of reach"])
    def test_reference(self, student, reference, draw, restriction):
        """The mask of each restriction for drawn numbers, and of several together."""
        length = int(draw.rng.integers(7, 14))
        every = {
            "window": int(draw.rng.integers(2, 5)),
            "causal": True,
            "offset": int(draw.rng.integers(2, 5)) * int(draw.rng.choice([-1, 1])),
            "edges": torch.from_numpy(draw.rng.integers(0, length, (length, 2))),
        }
        together = {"several": {"window", "causal", "edges"}, "out of reach": {"window", "offset"}}
        given = {name: value for name, value in every.items() if name in together.get(restriction, {restriction})}
        if restriction == "out of reach":  # of the window: nobody sees anybody
            given["window"] = abs(given["offset"]) - 1
        what = f"The mask of {', '.join(f'`{name}`' for name in given)}"
        checks.equal(student.attention_mask(length, **given), reference.attention_mask(length, **given), what=what, hint=2)

    @kind("property")
    def test_padded_window(self, student, reference, draw):
        """A window and the padding of each item hold together."""
        present = draw.mask("batch time")
        length = draw.sizes["time"]
        got = student.attention_mask(length, window=1, present=present)
        checks.equal(got, reference.attention_mask(length, window=1, present=present), what="The mask of a padded batch", hint=3)


@task("sinusoidal_positions")
class TestSinusoidalPositions:
    def test_reference(self, student, reference, draw):
        """The table of the positions 0, 1, 2, … for a drawn length and a drawn d_model."""
        positions = torch.arange(int(draw.rng.integers(20, 200)), dtype=torch.float64)
        d_model = 2 * int(draw.rng.integers(3, 60))
        got = student.sinusoidal_positions(positions, d_model)
        checks.close(got, reference.sinusoidal_positions(positions, d_model), what="The table of positions", hint=2)

    @kind("property")
    def test_any_position(self, student, reference, draw):
        """Positions between the whole numbers, in no order."""
        positions = 30 * draw("time").abs()
        got = student.sinusoidal_positions(positions, 10)
        checks.close(got, reference.sinusoidal_positions(positions, 10), what="The table of positions that are not 0, 1, 2, …", hint=3)


@task("MultiHeadSelfAttention.forward")
class TestMultiHeadSelfAttention:
    @pytest.mark.parametrize("heads", [1, 3])
    def test_reference(self, student, reference, draw, heads):
        """The output of a layer with drawn weights."""
        x, weights = draw("batch time d_model=12"), random_weights(draw, 12)
        expected = layer(reference, x, weights, heads, None)
        checks.close(layer(student, x, weights, heads, None), expected, what="The output of the layer", hint=2)

    @kind("gradient")
    def test_gradients(self, student, reference, draw):
        """The gradients with respect to the input and to each of the four matrices."""
        inputs = {"x": draw("batch time d_model=12")} | random_weights(draw, 12)
        checks.gradients_like(layer_and_gradients, student, reference, inputs, 3, rng=draw.rng, hint=3)

    @kind("property")
    @pytest.mark.parametrize("for_each_item", [False, True], ids=["one_mask", "mask_per_item"])
    def test_masks(self, student, reference, draw, for_each_item):
        """A mask for all items, or one for each, holds in every head."""
        x, weights = draw("batch time d_model=12"), random_weights(draw, 12)
        batch, time, _ = x.shape
        mask = torch.from_numpy(draw.rng.random((batch, time, time)) < 0.6) | torch.eye(time, dtype=torch.bool)
        mask = mask if for_each_item else mask[0]
        expected = layer(reference, x, weights, 3, mask)
        checks.close(layer(student, x, weights, 3, mask), expected, what="The output of the layer under a mask", hint=3)


@task("integration")
class TestIntegration:
    def test_pipeline(self, student, reference, draw):
        """Padded sets of drawn sizes, their positions, and two layers that look through a window."""
        items = [random_set(draw, int(length), 12) for length in draw.rng.permutation(7)[:3] + 1]
        positions = torch.arange(max(len(item) for item in items), dtype=torch.float64)
        first, second = random_weights(draw, 12), random_weights(draw, 12)
        expected = pipeline(reference, items, positions, first, second, 3, 2)
        checks.close(pipeline(student, items, positions, first, second, 3, 2), expected, what="The output of two layers on a padded batch")

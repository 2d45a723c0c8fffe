"""Public grader of `self_attention`."""

import math

import torch
from torch.nn import functional as F

from grader import checks
from grader.plugin import kind, probe, task

# The two words of the handout: their vectors are one-hot, so each matrix holds the words' own columns.
WORDS = torch.eye(2, dtype=torch.float64)
Q = torch.tensor([[1, 1, 0, 2], [0, 1, 1, 0]], dtype=torch.float64)
K = torch.tensor([[0, 2, 0, 1], [1, 1, 1, -1]], dtype=torch.float64)
V = torch.tensor([[10, 0], [0, 10]], dtype=torch.float64)

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
def attend_arguments(student, q, k, v, mask, normalise):
    """Return the arguments as they are after the call."""
    student.attend(q, k, v, mask, normalise)
    return [q, k, v, mask, normalise]


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
def two_layers(student, x, first, second, heads, window):
    """Return the output of two layers, one on the other, that both look through the same window."""
    out = x
    mask = student.attention_mask(x.shape[1], window=window)
    for weights in (first, second):
        module = student.MultiHeadSelfAttention(x.shape[-1], heads).double()
        module.load_state_dict(weights)
        with torch.no_grad():
            out = module(out, mask)
    return out


def random_weights(draw, d_model):
    """Draw the four matrices of a layer, of a size that keeps the scores near 1."""
    return {name: torch.from_numpy(draw.rng.normal(0, d_model**-0.5, (d_model, d_model))) for name in WEIGHTS}


@task("pad_batch")
class TestPadBatch:
    def test_lengths_differ(self, student):
        """Three sentences of 2, 3 and 1 words stand in one rectangle, with zeros behind the short ones."""
        items = [torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[5.0, 6.0], [7.0, 8.0], [9.0, 1.0]]), torch.tensor([[2.0, 3.0]])]
        vectors, present = checks.unpack(student.pad_batch(items), 2, hint=1)
        expected = [[[1.0, 2.0], [3.0, 4.0], [0.0, 0.0]], [[5.0, 6.0], [7.0, 8.0], [9.0, 1.0]], [[2.0, 3.0], [0.0, 0.0], [0.0, 0.0]]]
        checks.equal(vectors, torch.tensor(expected), what="`vectors`", hint=2)
        checks.equal(present, torch.tensor([[True, True, False], [True, True, True], [True, False, False]]), what="`present`", hint=2)

    def test_image_is_a_set_of_pixels(self, student):
        """An image of 2 by 3 pixels is a set of 6 vectors, read row by row."""
        image = torch.arange(12.0).reshape(2, 3, 2)
        vectors, present = checks.unpack(student.pad_batch([image]), 2, hint=1)
        checks.equal(vectors, torch.arange(12.0).reshape(1, 6, 2), what="`vectors`", hint=2)
        checks.equal(present, torch.ones(1, 6, dtype=torch.bool), what="`present`", hint=2)

    def test_zero_vector_is_present(self, student):
        """A vector of zeros is a vector: whether something stands there cannot be read off its numbers."""
        vectors, present = checks.unpack(student.pad_batch([torch.zeros(2, 3), torch.ones(1, 3)]), 2, hint=1)
        checks.equal(vectors, torch.tensor([[[0.0] * 3] * 2, [[1.0] * 3, [0.0] * 3]]), what="`vectors`", hint=2)
        checks.equal(present, torch.tensor([[True, True], [True, False]]), what="`present`", hint=2)

    def test_set_may_be_empty(self, student):
        """A sentence without words has a row of its own, all of it padding."""
        items = [torch.ones(2, 3, dtype=torch.float64), torch.ones(0, 3, dtype=torch.float64)]
        vectors, present = checks.unpack(student.pad_batch(items), 2, hint=1)
        checks.equal(vectors, torch.tensor([[[1.0] * 3] * 2, [[0.0] * 3] * 2], dtype=torch.float64), what="`vectors`", hint=3)
        checks.equal(present, torch.tensor([[True, True], [False, False]]), what="`present`", hint=3)


@task("attention_scores")
class TestAttentionScores:
    def test_dot_product(self, student):
        """The two words of the handout score 2, 0, 1 and 1."""
        expected = torch.tensor([[2.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
        checks.close(student.attention_scores(Q, K), expected, what="The matrix of scores", hint=1)

    def test_additive(self, student):
        """The additive scores of the handout's words are sums of tanh, weighted with `additive`."""
        additive = torch.tensor([1.0, 0.0, 0.0, 1.0], dtype=torch.float64)
        expected = [[math.tanh(1) + math.tanh(3), math.tanh(2) + math.tanh(1)], [math.tanh(0) + math.tanh(1), 0.0]]
        got = student.attention_scores(Q, K, additive)
        checks.close(got, torch.tensor(expected, dtype=torch.float64), what="The matrix of additive scores", hint=2)

    def test_long_vectors(self, student):
        """Vectors of 64 ones score 8, not 64: the root of their length is divided away."""
        ones = torch.ones(1, 64, dtype=torch.float64)
        checks.close(student.attention_scores(ones, ones), torch.full((1, 1), 8.0, dtype=torch.float64), what="The score", hint=2)

    def test_more_keys_than_queries(self, student, draw):
        """Row i belongs to query i, whatever the number of keys: asked one query at a time, the scores are the same."""
        q, k = draw("batch queries d"), draw("batch keys d")
        rows = [student.attention_scores(q[:, i : i + 1], k) for i in range(draw.sizes["queries"])]
        size = (draw.sizes["batch"], 1, draw.sizes["keys"])
        rows = [checks.shape(row, size, what="The scores of one query", hint=1) for row in rows]
        checks.close(student.attention_scores(q, k), torch.cat(rows, dim=1), what="The matrix of scores", hint=1)

    @kind("gradient")
    def test_slopes(self, student, draw):
        """The gradients with respect to q and k are the slopes of the scores."""
        inputs = {"q": draw("batch queries d"), "k": draw("batch keys d")}
        checks.gradients(scores_and_gradients, student, inputs, rng=draw.rng, hint=3)

    @kind("gradient")
    def test_additive_slopes(self, student, draw):
        """The gradients with respect to q, k and `additive` are the slopes of the additive scores."""
        inputs = {"q": draw("batch queries d"), "k": draw("batch keys d"), "additive": draw("d")}
        checks.gradients(scores_and_gradients, student, inputs, rng=draw.rng, hint=3)


@task("attend")
class TestAttend:
    def test_handout_example(self, student):
        """The two words of the handout take 88 % and 12 %, and one half each."""
        first = 1 / (1 + math.exp(-2))
        expected = torch.tensor([[10 * first, 10 * (1 - first)], [5.0, 5.0]], dtype=torch.float64)
        checks.close(student.attend(Q, K, V), expected, what="The handout's example", hint=1)

    def test_either_normalisation(self, student):
        """With "relu" the first word takes nothing of the second, and the weights are divided by the two keys that it sees."""
        expected = torch.tensor([[10.0, 0.0], [5.0, 5.0]], dtype=torch.float64)
        checks.close(student.attend(Q, K, V, None, "relu"), expected, what='The handout\'s example with "relu"', hint=2)

    def test_agrees_with_loop(self, student, draw):
        """The matrix form does for all queries at once what is done for one query at a time."""
        q, k, v = draw("queries d"), draw("keys d"), draw("keys d_value")
        rows = [student.attend(q[i : i + 1], k, v) for i in range(draw.sizes["queries"])]
        rows = [checks.shape(row, (1, draw.sizes["d_value"]), what="The output for one query", hint=1) for row in rows]
        checks.close(student.attend(q, k, v), torch.cat(rows), what="The output", hint=1)

    def test_one_key_in_sight(self, student, draw):
        """A query that sees a single key takes that key's value whole."""
        q, k, v = draw("time d"), draw("time d"), draw("time d_value")
        order = checks.shuffled(draw.sizes["time"], draw.rng)
        mask = torch.eye(draw.sizes["time"], dtype=torch.bool)[order]
        checks.close(student.attend(q, k, v, mask), v[order], what="The output", hint=2)

    def test_nothing_in_sight(self, student, draw):
        """A query that sees no key gets zeros."""
        q, k, v = draw("queries d"), draw("keys d"), draw("keys d_value")
        mask = torch.ones(draw.sizes["queries"], draw.sizes["keys"], dtype=torch.bool)
        mask[0] = False
        got = checks.shape(student.attend(q, k, v, mask), (draw.sizes["queries"], draw.sizes["d_value"]), what="The output", hint=2)
        checks.equal(got[0], torch.zeros_like(v[0]), what="The output of the query that sees no key", hint=2)

    def test_masked_key_is_as_if_absent(self, student, draw):
        """What a query does not see changes nothing: its weights are shared among the keys in sight alone."""
        q, k, v = draw("queries d"), draw("keys d"), draw("keys d_value")
        mask = torch.ones(draw.sizes["queries"], draw.sizes["keys"], dtype=torch.bool)
        mask[:, -1] = False
        absent = student_answer(student.attend(q, k[:-1], v[:-1]), draw)
        checks.close(student.attend(q, k, v, mask), absent, what="The output with the last key masked", hint=2)

    def test_same_key_twice(self, student, draw):
        """If every key and value stands there twice, nobody gets anything else, with either normalisation."""
        q, k, v = draw("queries d"), draw("keys d"), draw("keys d_value")
        for normalise in ("softmax", "relu"):
            once = student_answer(student.attend(q, k, v, None, normalise), draw)
            twice = student.attend(q, torch.cat([k, k]), torch.cat([v, v]), None, normalise)
            checks.close(twice, once, what=f'The output for doubled keys with "{normalise}"', hint=2)

    @kind("property")
    def test_order_of_keys(self, student, draw):
        """The keys are a set: shuffled together with their values they give the same output."""
        q, k, v = draw("queries d"), draw("keys d"), draw("keys d_value")
        both = torch.cat([k, v], dim=1)
        d = draw.sizes["d"]
        checks.invariant(lambda kv: student.attend(q, kv[:, :d], kv[:, d:]), both, axis=0, rng=draw.rng, hint=2)

    @kind("property")
    def test_leading_axes(self, student, draw):
        """Any number of axes may stand before the last two: none, a batch, a batch of heads."""
        q, k, v = draw("batch heads queries d"), draw("batch heads keys d"), draw("batch heads keys d_value")
        mask = draw.mask("queries keys")
        sizes = draw.sizes
        whole = checks.shape(student.attend(q, k, v, mask), (sizes["batch"], sizes["heads"], sizes["queries"], sizes["d_value"]), hint=1)
        checks.close(student.attend(q[0], k[0], v[0], mask), whole[0], what="The output for one item of the batch", hint=1)
        checks.close(student.attend(q[0, 0], k[0, 0], v[0, 0], mask), whole[0, 0], what="The output for one head", hint=1)

    @kind("property")
    def test_large_scores(self, student):
        """Scores in the thousands overflow no exponential: the largest one takes all."""
        q = torch.tensor([[1e4, 0.0]], dtype=torch.float64)
        k = torch.tensor([[1.0, 0.0], [0.5, 0.0], [-1.0, 0.0]], dtype=torch.float64)
        v = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=torch.float64)
        checks.close(student.attend(q, k, v), v[:1], what="The output for very large scores", hint=2)

    @kind("property")
    def test_precision_is_kept(self, student, draw):
        """Single precision in, single precision out, and the same numbers as in double precision up to rounding."""
        q, k, v, mask = draw("queries d"), draw("keys d"), draw("keys d_value"), draw.mask("queries keys")
        for normalise in ("softmax", "relu"):
            double = student_answer(student.attend(q, k, v, mask, normalise), draw)
            single = student.attend(q.float(), k.float(), v.float(), mask, normalise)
            checks.close(single, double.float(), what=f'The output in single precision with "{normalise}"', hint=1)

    @kind("property")
    def test_arguments_are_kept(self, student, draw):
        """The call changes none of its arguments."""
        q, k, v, mask = draw("queries d"), draw("keys d"), draw("keys d_value"), draw.mask("queries keys")
        names = ("q", "k", "v", "mask", "normalise")
        for normalise in ("softmax", "relu"):
            checks.arguments_kept(attend_arguments, student, q, k, v, mask, normalise, names=names, hint=2)

    @kind("gradient")
    def test_slopes(self, student, draw):
        """The gradients with respect to q, k and v are the slopes of the output, also where a query sees nothing."""
        inputs = {"q": draw("batch queries d"), "k": draw("batch keys d"), "v": draw("batch keys d_value")}
        mask = draw.mask("queries keys")
        mask[0] = False
        checks.gradients(attend_and_gradients, student, inputs, mask, "softmax", rng=draw.rng, hint=3)


def student_answer(got, draw):
    """Return an output of `attend` for one set of queries, once it can be compared with."""
    return checks.shape(got, (draw.sizes["queries"], draw.sizes["d_value"]), what="The output", hint=1)


@task("attention_mask")
class TestAttentionMask:
    def test_band(self, student):
        """With a window of 1 everybody sees itself and one neighbour on either side."""
        expected = [[1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1]]
        checks.equal(student.attention_mask(5, window=1), torch.tensor(expected).bool(), what="The mask of a window", hint=1)

    def test_everything(self, student):
        """Without any restriction everybody sees everybody, itself too."""
        checks.equal(student.attention_mask(3), torch.ones(3, 3, dtype=torch.bool), what="The mask without restrictions", hint=1)

    def test_past(self, student):
        """A causal mask shows the past and the present: row 0 sees one place, the last row sees all."""
        expected = [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
        checks.equal(student.attention_mask(4, causal=True), torch.tensor(expected).bool(), what="The causal mask", hint=2)

    def test_edges(self, student):
        """On the path 0 - 2 - 1 beside a lonely node 3, a node sees itself and its neighbours."""
        expected = [[1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 1]]
        got = student.attention_mask(4, edges=torch.tensor([[0, 2], [2, 1]]))
        checks.equal(got, torch.tensor(expected).bool(), what="The mask of a graph", hint=2)

    def test_restrictions_meet(self, student):
        """What is seen through a causal window is what both restrictions allow."""
        expected = [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
        got = student.attention_mask(4, window=1, causal=True)
        checks.equal(got, torch.tensor(expected).bool(), what="The mask of a causal window", hint=3)

    def test_one_hot_offsets_are_a_convolution(self, student, draw):
        """Three heads that look at one place each, one to the left, here, and one to the right, are a convolution of width 3."""
        kernel, x = draw("taps=3 d_in d_out"), draw("time d_in")
        length = draw.sizes["time"]
        heads = [
            student.attend(x, x, x @ kernel[tap], student.attention_mask(length, offset=offset)) for tap, offset in enumerate((-1, 0, 1))
        ]
        heads = [checks.shape(head, (length, draw.sizes["d_out"]), what="The output of one head", hint=2) for head in heads]
        convolution = F.conv1d(x.T, kernel.permute(2, 1, 0), padding=1).T
        checks.close(sum(heads), convolution, what="The sum of the three heads", hint=2)

    @kind("property")
    def test_beyond_the_window_nothing_is_seen(self, student, draw):
        """In "I saw a saw" a window of 1 keeps the first word from the last: whatever stands there, the first word does not change."""
        x = draw("words=4 d_model")
        mask = student.attention_mask(4, window=1)
        see = {"axis": 0, "rng": draw.rng, "what": "The output of the first word", "hint": 1}
        checks.unseen(lambda words: student.attend(words, words, words, mask), x, at=[2, 3], by=[0], **see)
        checks.seen(lambda words: student.attend(words, words, words, mask), x, at=1, by=0, **see)

    @kind("property")
    def test_padding_is_never_seen(self, student, draw):
        """What stands in the padding changes the output of no position, and no other item of the batch."""
        x = draw("batch=2 time d_model")
        length = draw.sizes["time"]
        present = torch.ones(2, length, dtype=torch.bool)
        present[0, -2:] = False
        mask = student.attention_mask(length, present=present)

        def output(first):
            items = torch.stack([first, x[1]])
            return student.attend(x, items, items, mask)

        see = {"axis": 0, "out_axis": 1, "rng": draw.rng, "hint": 3}
        checks.unseen(output, x[0], at=[length - 2, length - 1], by=range(length), what="What is seen of a padded item", **see)
        checks.seen(output, x[0], at=0, by=length - 1, what="What a position in the padding sees of the first place", **see)

    @kind("property")
    def test_one_mask_for_each_item(self, student):
        """Where `present` is given there is one mask for each item of the batch."""
        present = torch.tensor([[True, False], [True, True], [False, True]])
        expected = [[[1, 0], [1, 0]], [[1, 1], [1, 1]], [[0, 1], [0, 1]]]
        checks.equal(student.attention_mask(2, present=present), torch.tensor(expected).bool(), what="The mask of a padded batch", hint=3)


@task("sinusoidal_positions")
class TestSinusoidalPositions:
    def test_closed_form(self, student):
        """With four entries, position p has sin p, cos p, sin(p / 100), cos(p / 100)."""
        expected = [[0.0, 1.0, 0.0, 1.0]] + [[math.sin(p), math.cos(p), math.sin(p / 100), math.cos(p / 100)] for p in (1, 2)]
        got = student.sinusoidal_positions(torch.arange(3.0, dtype=torch.float64), 4)
        checks.close(got, torch.tensor(expected, dtype=torch.float64), what="The table of three positions", hint=2)

    def test_slower_and_slower(self, student):
        """Each pair of entries turns more slowly than the one before it, always by the same factor."""
        got = student.sinusoidal_positions(torch.arange(2.0, dtype=torch.float64), 8)
        row = checks.shape(got, (2, 8), what="The table of positions", hint=1)[1]
        turned = torch.atan2(row[0::2], row[1::2])  # by how much each pair turns from position 0 to 1
        factors = turned[1:] / turned[:-1]
        checks.close(factors, torch.full((3,), 0.1, dtype=torch.float64), what="The factor from one frequency to the next", hint=2)

    @kind("property")
    def test_only_the_distance_counts(self, student, draw):
        """The dot product of two positions depends on how far apart they are, not on where they stand."""
        near = torch.tensor([3.0, 10.0], dtype=torch.float64)
        products = []
        for shift in (0.0, 1.0, 40.5, 700.0):
            here, there = checks.shape(student.sinusoidal_positions(near + shift, 16), (2, 16), what="The table of positions", hint=3)
            products.append(here @ there)
        checks.close(torch.stack(products), products[0].expand(4).clone(), what="The dot product of two positions 7 apart", hint=3)

    @kind("property")
    def test_position_is_read(self, student, draw):
        """The row of a position is the same wherever it stands in the list."""
        positions = 50 * draw("time").abs()
        checks.equivariant(lambda order: student.sinusoidal_positions(order, 6), positions, axis=0, rng=draw.rng, hint=3)


@task("MultiHeadSelfAttention.forward")
class TestMultiHeadSelfAttention:
    def test_indifferent_queries(self, student, draw):
        """Queries of zeros look at everything alike: every position gets the mean of the inputs, through `w_v` and then `w_o`."""
        x = draw("batch time d_model=12")
        weights = random_weights(draw, 12)
        weights["w_q"] = torch.zeros(12, 12, dtype=torch.float64)
        expected = (x.mean(dim=1, keepdim=True) @ weights["w_v"].T @ weights["w_o"].T).expand_as(x).clone()
        checks.close(layer(student, x, weights, 3, None), expected, what="The output of a layer whose queries are zero", hint=1)

    def test_heads_are_independent(self, student, draw):
        """The queries of head 1 decide about the outputs of head 1 alone."""
        x = draw("batch time d_model=12")
        weights = random_weights(draw, 12) | {"w_o": torch.eye(12, dtype=torch.float64)}

        def output(w_q):
            return layer(student, x, weights | {"w_q": w_q}, 3, None)

        others = [*range(4), *range(8, 12)]
        see = {"axis": 0, "out_axis": 2, "rng": draw.rng, "what": "The output of the heads", "hint": 2}
        checks.unseen(output, weights["w_q"], at=range(4, 8), by=others, **see)
        checks.seen(output, weights["w_q"], at=5, by=6, **see)

    @kind("property")
    def test_permutation(self, student, draw):
        """Without positions the layer does not know any order: shuffled inputs give the same outputs, shuffled."""
        x = draw("batch time d_model=12")
        weights = random_weights(draw, 12)
        checks.equivariant(lambda words: layer(student, words, weights, 3, None), x, axis=1, rng=draw.rng, hint=3)

    @kind("property")
    def test_future_is_invisible(self, student, draw):
        """Under a causal mask a word changes its own output and later ones, never an earlier one."""
        x = draw("batch time d_model=12")
        weights = random_weights(draw, 12)
        past = torch.ones(draw.sizes["time"], draw.sizes["time"]).tril().bool()
        checks.causal(lambda words: layer(student, words, weights, 3, past), x, axis=1, rng=draw.rng, hint=3)

    @kind("property")
    def test_items_do_not_mix(self, student, draw):
        """No item of the batch sees another."""
        x = draw("batch time d_model=12")
        weights = random_weights(draw, 12)
        checks.independent(lambda words: layer(student, words, weights, 3, None), x, axis=0, rng=draw.rng, hint=2)

    @kind("gradient")
    def test_slopes(self, student, draw):
        """The gradients with respect to the input and to each of the four matrices are the slopes of the output."""
        inputs = {"x": draw("batch time d_model=10")} | random_weights(draw, 10)
        checks.gradients(layer_and_gradients, student, inputs, 2, rng=draw.rng, hint=3)


@task("integration")
class TestIntegration:
    def test_two_layers(self, student, draw):
        """Two layers with a window of 1, one on the other, see as far as 2 and no further."""
        x = draw("batch=1 words=5 d_model=12")
        first, second = random_weights(draw, 12), random_weights(draw, 12)

        def output(words):
            return two_layers(student, words, first, second, 3, 1)

        checks.seen(output, x, axis=1, at=2, by=0, rng=draw.rng, what="The first word, after two layers,")
        checks.unseen(output, x, axis=1, at=[3, 4], by=[0], rng=draw.rng, what="The first word, after two layers,")

"""Hidden grader of `regression`."""

import pytest
import torch

from grader import checks
from grader.datasets import species_cp
from grader.plugin import kind, probe, task

WORLDS, KNOWN, NEW, KINDS = 16, 60, 300, 4


@probe
def loss_and_slopes(student, upstream, w, x, targets, lam, biases):
    """Return the loss, and its gradient times `upstream`."""
    loss, gradient = student.loss_and_gradient(w, x, targets, lam, biases)
    return loss, [] if upstream is None else [upstream * gradient]


@probe
def pipeline(student, known, targets, new, kinds, degree, lams):
    """Return what the pieces in a row make of new creatures, the errors of each lam, and a path down the loss."""
    (cp, species, factors), (new_cp, new_species, new_factors) = known, new
    x = student.features(student.standardise(cp, cp), species, kinds, degree, student.standardise(factors, factors))
    new_x = student.features(student.standardise(cp, new_cp), new_species, kinds, degree, student.standardise(factors, new_factors))
    half, every = len(x) // 2, torch.arange(x.shape[1])
    errors = student.choose((x[:half], targets[:half]), (x[half:], targets[half:]), [every], lams, kinds)[2]
    path = student.descend(torch.zeros_like(x[0]), x, targets, lams[0], kinds, 0.05, 20, True)
    return [new_x @ student.ridge(x, targets, lams[0], kinds), errors, path]


def data(draw, examples, kinds):
    """Draw laid-out data: indicators of the species, then five other columns, and targets."""
    species = torch.from_numpy(draw.rng.permutation([i % kinds for i in range(examples)]))
    indicators = torch.nn.functional.one_hot(species, kinds).double()
    x = torch.cat([indicators, torch.from_numpy(draw.rng.standard_normal((examples, 5)))], dim=1)
    return x, 3 + 2 * torch.from_numpy(draw.rng.standard_normal(examples))


def creatures(world, rows):
    """Return cp, species and factors of some creatures of a world."""
    return tuple(torch.from_numpy(column[rows].copy()) for column in (world.cp, world.species, world.factors))


def mean_miss(student, rng):
    """Return how far predictions are from what is to be expected: the root of the mean square, in points, averaged over worlds."""
    misses = []
    for _ in range(WORLDS):
        world = species_cp(rng, KNOWN + NEW, kinds=KINDS)
        known, new = creatures(world, slice(None, KNOWN)), creatures(world, slice(KNOWN, None))
        got = student.predict_evolved(known, torch.from_numpy(world.evolved[:KNOWN].copy()), new, KINDS)
        got = checks.shape(got, (NEW,), what="The prediction", hint=1)
        misses.append(float((got - torch.from_numpy(world.expected[KNOWN:])).square().mean().sqrt()))
    return sum(misses) / WORLDS


@task("features")
class TestFeatures:
    @pytest.mark.parametrize("with_factors", [False, True], ids=["alone", "factors"])
    def test_reference(self, student, reference, draw, with_factors):
        """Drawn creatures of drawn species, up to a drawn degree."""
        cp, kinds, degree = draw("examples"), int(draw.rng.integers(2, 5)), int(draw.rng.integers(3, 6))
        species = draw.integers("examples", high=kinds)
        factors = draw("examples count") if with_factors else None
        expected = reference.features(cp, species, kinds, degree, factors)
        checks.close(student.features(cp, species, kinds, degree, factors), expected, what="x", hint=2)

    @kind("property")
    def test_no_degree(self, student, reference, draw):
        """Of degree 0 there are the indicators alone, and the factors."""
        cp, species, factors = draw("examples"), draw.integers("examples", high=3), draw("examples count")
        checks.close(student.features(cp, species, 3, 0, factors), reference.features(cp, species, 3, 0, factors), what="x", hint=2)


@task("standardise")
class TestStandardise:
    @pytest.mark.parametrize("axes", ["", " columns"], ids=["one", "several"])
    def test_reference(self, student, reference, draw, axes):
        """Drawn training data and drawn new data, in one column or in several."""
        train, x = 3 + 2 * draw(f"examples{axes}"), draw(f"others{axes}")
        checks.close(student.standardise(train, x), reference.standardise(train, x), what="The rescaled new data", hint=2)

    @kind("property")
    def test_single_precision(self, student, reference, draw):
        """Single precision in, single precision out, also where a column is constant."""
        train, x = draw("examples columns"), draw("others columns")
        train[:, 1] = 2.0
        expected = reference.standardise(train.float(), x.float())
        checks.close(student.standardise(train.float(), x.float()), expected, what="The rescaled data in single precision", hint=3)

    @kind("property")
    def test_one_training_example(self, student, draw):
        """Of a single training example every column is constant: others are shifted by it, and not divided."""
        train, x = draw("one=1 columns"), draw("others columns")
        checks.close(student.standardise(train, x), x - train, what="What is measured by one example", hint=3)


@task("loss_and_gradient")
class TestLossAndGradient:
    @pytest.mark.parametrize("biases", [0, 1, 3])
    def test_reference(self, student, reference, draw, biases):
        """The loss of drawn weights on drawn data."""
        x, targets, w = draw("examples columns=7"), draw("examples"), draw("columns=7")
        loss, _ = checks.unpack(student.loss_and_gradient(w, x, targets, 0.8, biases), 2, hint=1)
        checks.close(loss, reference.loss_and_gradient(w, x, targets, 0.8, biases)[0], what="The loss", hint=2)

    @kind("gradient")
    @pytest.mark.parametrize("biases", [0, 1, 3])
    def test_gradients(self, student, reference, draw, biases):
        """The gradient on drawn data."""
        x, targets = draw("examples columns=7"), draw("examples")
        w = {"w": draw("columns=7")}
        checks.gradients_like(loss_and_slopes, student, reference, w, x, targets, 0.8, biases, rng=draw.rng, hint=3)

    @kind("gradient")
    def test_one_example(self, student, reference, draw):
        """The gradient of a single example."""
        w = {"w": draw("columns")}
        x, targets = draw("one=1 columns"), draw("one=1")
        checks.gradients_like(loss_and_slopes, student, reference, w, x, targets, 0.3, 1, rng=draw.rng, hint=3)

    @kind("speed")
    def test_speed(self, student, reference, draw):
        """Thousands of examples are two products of a matrix and a vector."""

        def inputs():
            x = torch.from_numpy(draw.rng.standard_normal((4000, 100)))
            return torch.from_numpy(draw.rng.standard_normal(100)), x, x[:, 0].clone(), 0.1, 1

        checks.speed(student.loss_and_gradient, reference.loss_and_gradient, inputs, hint=3)


@task("ridge")
class TestRidge:
    @pytest.mark.parametrize("lam", [0.0, 0.05, 2.0])
    @pytest.mark.parametrize("biases", [0, 1, 3])
    def test_reference(self, student, reference, draw, lam, biases):
        """The best w of drawn data."""
        x, targets = data(draw, 30, 3)
        x = x[:, 3 - biases :]
        checks.close(student.ridge(x, targets, lam, biases), reference.ridge(x, targets, lam, biases), what="w", hint=2)

    @kind("property")
    def test_more_columns_than_examples(self, student, reference, draw):
        """With a penalty there is one best w, even with fewer examples than columns."""
        x, targets = data(draw, 6, 2)
        x = torch.cat([x, x[:, 2:] ** 2], dim=1)
        checks.close(student.ridge(x, targets, 0.4, 2), reference.ridge(x, targets, 0.4, 2), what="w", hint=3)


@task("descend")
class TestDescend:
    @pytest.mark.parametrize("adagrad", [False, True], ids=["plain", "adagrad"])
    def test_reference(self, student, reference, draw, adagrad):
        """The path of several steps on drawn data."""
        x, targets = data(draw, 20, 2)
        w = torch.from_numpy(draw.rng.standard_normal(7))
        expected = reference.descend(w, x, targets, 0.2, 2, 0.07, 9, adagrad)
        what = f"{'Adagrad' if adagrad else 'Gradient descent'}: the path"
        checks.close(student.descend(w, x, targets, 0.2, 2, 0.07, 9, adagrad), expected, what=what, rtol=1e-7, hint=2)

    @kind("property")
    def test_eps(self, student, reference, draw):
        """`eps` is added to the root, not to the sum under it."""
        x, targets = data(draw, 20, 2)
        w = torch.from_numpy(draw.rng.standard_normal(7))
        expected = reference.descend(w, x, targets, 0.2, 2, 0.07, 5, True, 0.5)
        checks.close(student.descend(w, x, targets, 0.2, 2, 0.07, 5, True, 0.5), expected, what="Adagrad's path with a large eps", hint=3)

    @kind("property")
    def test_default_eps(self, student):
        """A gradient of the size of `eps`, 1e-10, makes half a step: the rate times g / (|g| + eps)."""
        one, target = torch.ones(1, 1, dtype=torch.float64), torch.tensor([5e-11], dtype=torch.float64)
        expected = torch.tensor([[0.0], [0.1]], dtype=torch.float64)
        got = student.descend(torch.zeros(1, dtype=torch.float64), one, target, 0.0, 0, 0.2, 1, True)
        checks.close(got, expected, what="Adagrad's path where the gradient is as small as eps", hint=2)


@task("choose")
class TestChoose:
    def test_reference(self, student, reference, draw):
        """The errors of drawn candidates and the best of them."""
        x, targets = data(draw, 50, 2)
        train, validation = (x[:30], targets[:30]), (x[30:], targets[30:])
        more = [draw.rng.permutation([2, 3, 4, 5, 6])[:count] for count in (1, 3, 5)]
        subsets = [torch.tensor([0, 1, *columns]) for columns in more]
        lams = [0.003, 0.1, 1.0, 20.0]
        expected = reference.choose(train, validation, subsets, lams, 2)
        got = checks.unpack(student.choose(train, validation, subsets, lams, 2), 3, hint=1)
        checks.close(got[2], expected[2], what="`errors`", hint=2)
        checks.equal(got[0], expected[0], what="The place of the best subset", hint=3)
        checks.equal(got[1], expected[1], what="The place of the best lam", hint=3)

    def test_last_candidate(self, student, reference, draw):
        """The best pair may stand last, where another subset is better with the first lam: its column is large and needs a small weight."""
        x, noise = data(draw, 50, 2)
        targets = x @ torch.tensor([1.0, -1.0, 2.0, 3.0, 0.0, 0.0, 0.0], dtype=torch.float64)
        x[:, 4] = 20 * (targets + 0.2 * noise)
        subsets = [torch.tensor([0, 1, *more]) for more in ((4,), (2, 5), (2, 3))]
        got = checks.unpack(student.choose((x[:30], targets[:30]), (x[30:], targets[30:]), subsets, [9.0, 0.5, 0.0], 2), 3, hint=1)
        checks.equal(got[0], 2, what="The place of the best subset", hint=3)
        checks.equal(got[1], 2, what="The place of the best lam", hint=3)


@task("predict_evolved")
class TestPredictEvolved:
    @kind("performance")
    @pytest.mark.parametrize("level", checks.LEVELS)
    def test_level(self, student, draw, level):
        """New creatures of worlds whose law of evolution nobody has seen before."""
        checks.levels(student, level, lambda rng: mean_miss(student, rng), draw=draw, hint=2)


@task("integration")
class TestIntegration:
    def test_pipeline(self, student, reference, draw):
        """Your pieces in a row: what they predict, how they choose, and how they descend."""
        world = species_cp(draw.rng, 50, kinds=3)
        known, new = creatures(world, slice(None, 40)), creatures(world, slice(40, None))
        known, new = ((cp, species, factors[:, :3]) for cp, species, factors in (known, new))
        given = known, torch.from_numpy(world.evolved[:40].copy()), new, 3, 2, [0.01, 0.3]
        got = checks.unpack(pipeline(student, *given), 3)
        names = ("The prediction", "`errors`", "Adagrad's path")
        for found, expected, name in zip(got, pipeline(reference, *given), names, strict=True):
            checks.close(found, expected, what=name, rtol=1e-8)

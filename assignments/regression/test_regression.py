"""Public grader of `regression`."""

import math
from itertools import pairwise

import torch

from grader import checks
from grader.plugin import kind, probe, task

# The three creatures of the handout, in hundreds of points: before and after evolution.
CP = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
EVOLVED = torch.tensor([2.0, 3.0, 7.0], dtype=torch.float64)
X = torch.stack([torch.ones_like(CP), CP], dim=1)
LOSS = 62 / 3  # of w = (0, 0)
GRADIENT = torch.tensor([-8.0, -58 / 3], dtype=torch.float64)


@probe
def loss_and_slopes(student, upstream, w, x, targets, lam, biases):
    """Return the loss, and its gradient times `upstream`."""
    loss, gradient = student.loss_and_gradient(w, x, targets, lam, biases)
    return loss, [] if upstream is None else [upstream * gradient]


@probe
def descend_arguments(student, w, x, targets, adagrad):
    """Return the arguments as they are after the call."""
    student.descend(w, x, targets, 0.1, 1, 0.05, 3, adagrad)
    return [w, x, targets, adagrad]


@probe
def fitted(student, cp, species, kinds, targets, lam):
    """Return the laid-out training data, the closed form's answer on it, and the gradient that the loss has there."""
    z = student.standardise(cp, cp)
    x = student.features(z, species, kinds, 2)
    w = student.ridge(x, targets, lam, kinds)
    return x, w, student.loss_and_gradient(w, x, targets, lam, kinds)[1]


def tensor(*rows):
    """Return float64 rows."""
    return torch.tensor(rows, dtype=torch.float64)


def spread_species(draw, examples, kinds):
    """Draw the species of the examples, so that each species has several."""
    return torch.from_numpy(draw.rng.permutation([i % kinds for i in range(examples)]))


@task("features")
class TestFeatures:
    def test_one_species(self, student):
        """With one species and degree 1 there is the bias's column of ones, and the combat power itself."""
        got = student.features(CP, torch.zeros(3, dtype=torch.int64), 1, 1)
        checks.close(got, X, what="x", hint=1)

    def test_each_species_has_columns_of_its_own(self, student):
        """Two creatures of species 0 and one of species 1: indicators first, then cp, then cp², each where the species is."""
        expected = tensor([1, 0, 1, 0, 1, 0], [0, 1, 0, 2, 0, 4], [1, 0, 3, 0, 9, 0])
        checks.close(student.features(CP, torch.tensor([0, 1, 0]), 2, 2), expected, what="x", hint=2)

    def test_species_without_an_example(self, student):
        """There are as many columns as `kinds` says, also where no example is of the last species."""
        expected = tensor([0, 1, 0, 0, 1, 0], [1, 0, 0, 2, 0, 0], [0, 1, 0, 0, 3, 0])
        checks.close(student.features(CP, torch.tensor([1, 0, 1]), 3, 1), expected, what="x", hint=2)

    def test_factors_stand_last(self, student):
        """The factors follow as they are, one column each, whatever the species."""
        factors = tensor([5, 6], [7, 8], [9, -1])
        expected = tensor([1, 0, 1, 0, 5, 6], [0, 1, 0, 2, 7, 8], [1, 0, 3, 0, 9, -1])
        checks.close(student.features(CP, torch.tensor([0, 1, 0]), 2, 1, factors), expected, what="x", hint=2)

    def test_a_quartic_meets_five_points(self, student):
        """Degree 4 goes through all of five points that lie between 1 and 2, and says -14 one step to the right of them."""
        at, targets = torch.arange(-2.0, 3.0, dtype=torch.float64), tensor(1, 2, 1, 2, 1)
        zeros = torch.zeros(5, dtype=torch.int64)
        x = checks.shape(student.features(at, zeros, 1, 4), (5, 5), what="x", hint=1)
        new = checks.shape(student.features(tensor(3.0), zeros[:1], 1, 4), (1, 5), what="x of one example", hint=1)
        w = torch.linalg.lstsq(x, targets[:, None], driver="gelsd").solution
        checks.close((x @ w)[:, 0], targets, what="The best quartic, at the five points,", hint=3)
        checks.close((new @ w)[:, 0], tensor(-14.0), what="The best quartic, at 3,", rtol=1e-8, hint=3)

    @kind("property")
    def test_single_precision(self, student, draw):
        """Single precision in, single precision out, with factors and without."""
        cp = draw("examples")
        species, factors = spread_species(draw, len(cp), 2), draw("examples count")
        expected = checks.shape(student.features(cp, species, 2, 1, factors), (len(cp), 4 + factors.shape[1]), what="x", hint=2)
        got = student.features(cp.float(), species, 2, 1, factors.float())
        checks.close(got, expected.float(), what="x in single precision", hint=3)
        checks.close(student.features(cp.float(), species, 2, 1), expected[:, :4].float(), what="x without factors", hint=3)


@task("standardise")
class TestStandardise:
    def test_three_creatures(self, student):
        """The mean of the three creatures is 2 and their standard deviation the root of 2/3."""
        root = math.sqrt(1.5)
        checks.close(student.standardise(CP, CP), tensor(-root, 0, root), what="The rescaled training data", hint=1)

    def test_new_data_is_measured_by_the_training_data(self, student):
        """A fourth creature with cp 4 is two above the mean of the three."""
        checks.close(student.standardise(CP, tensor(4.0)), tensor(2 * math.sqrt(1.5)), what="The rescaled new example", hint=2)

    def test_each_column_by_itself(self, student):
        """Each column has a mean and a standard deviation of its own."""
        train = tensor([0, 100], [2, 500])
        expected = tensor([-1, -1], [1, 1], [0, 0])
        x = torch.cat([train, tensor([1, 300])])
        checks.close(student.standardise(train, x), expected, what="The tensor of rescaled columns", hint=1)

    def test_constant_column(self, student):
        """A column that is 4 in all the training data is shifted only: 4 becomes 0 and 7 becomes 3."""
        train = tensor([4, 0], [4, 2])
        expected = tensor([0, 1], [3, -1])
        checks.close(student.standardise(train, tensor([4, 2], [7, 0])), expected, what="The tensor of rescaled columns", hint=3)

    @kind("property")
    def test_examples_do_not_mix(self, student, draw):
        """What becomes of an example does not depend on which others are rescaled with it."""
        train, x = draw("examples columns"), draw("others columns")
        checks.independent(lambda rows: student.standardise(train, rows), x, rng=draw.rng, hint=2)

    @kind("property")
    def test_units_do_not_matter(self, student, draw):
        """Measured in centimetres instead of metres, from another zero, the rescaled numbers are the same."""
        train, x = draw("examples columns"), draw("others columns")
        size = tuple(x.shape)
        metres = checks.shape(student.standardise(train, x), size, what="The rescaled new data", hint=1)
        checks.close(student.standardise(100 * train + 7, 100 * x + 7), metres, what="The same in other units", hint=1)


@task("loss_and_gradient")
class TestLossAndGradient:
    def test_three_creatures(self, student):
        """Of the handout's line through the origin, all zero, the squared errors are 4, 9 and 49: their mean is 62/3."""
        loss, _ = checks.unpack(student.loss_and_gradient(tensor(0, 0), X, EVOLVED, 0.0, 1), 2, hint=1)
        checks.close(loss, torch.tensor(LOSS, dtype=torch.float64), what="The loss of w = (0, 0)", hint=1)

    def test_penalty_of_the_weights_alone(self, student):
        """The line 2 + 1 · cp has squared errors 1, 1 and 4; with lam = 1 its weight costs 1 and its bias nothing: 2 + 1 = 3."""
        loss, _ = checks.unpack(student.loss_and_gradient(tensor(2, 1), X, EVOLVED, 1.0, 1), 2, hint=1)
        checks.close(loss, torch.tensor(3.0, dtype=torch.float64), what="The loss of w = (2, 1) with lam = 1", hint=2)

    def test_several_biases(self, student):
        """With a bias for each of two species, neither costs anything; where there is no bias at all, every entry does."""
        x, targets = tensor([1, 0, 1], [0, 1, 2]), tensor(0, 1)
        for biases, expected in ((2, 0.5 + 2 * 0.25), (0, 0.5 + 2 * (0.25 + 1 + 0.25))):
            loss, _ = checks.unpack(student.loss_and_gradient(tensor(0.5, 1, -0.5), x, targets, 2.0, biases), 2, hint=1)
            checks.close(loss, torch.tensor(expected, dtype=torch.float64), what=f"The loss with {biases} biases", hint=2)

    def test_twice_the_same_examples(self, student, draw):
        """The loss is a mean: with every example there twice it is the same."""
        x, targets, w = draw("examples columns"), draw("examples"), draw("columns")
        once, _ = checks.unpack(student.loss_and_gradient(w, x, targets, 0.5, 1), 2, hint=1)
        once = checks.shape(once, (), what="The loss", hint=1)
        twice, _ = checks.unpack(student.loss_and_gradient(w, torch.cat([x, x]), torch.cat([targets, targets]), 0.5, 1), 2, hint=1)
        checks.close(twice, once, what="The loss of examples that are there twice", hint=2)

    @kind("gradient")
    def test_gradient_of_three_creatures(self, student):
        """At w = (0, 0) the handout's gradient is (-8, -58/3)."""
        _, gradient = checks.unpack(student.loss_and_gradient(tensor(0, 0), X, EVOLVED, 1.0, 1), 2, hint=1)
        checks.close(gradient, GRADIENT, what="The gradient at w = (0, 0)", hint=3)

    @kind("gradient")
    def test_slopes(self, student, draw):
        """The gradient is the slope of the loss, along the biases and along the penalised weights."""
        x, targets = draw("examples columns"), draw("examples")
        checks.gradients(loss_and_slopes, student, {"w": draw("columns")}, x, targets, 0.7, 2, rng=draw.rng, hint=3)


@task("ridge")
class TestRidge:
    def test_three_creatures(self, student):
        """Without penalty the best line of the handout's creatures is -1 + 2.5 · cp."""
        checks.close(student.ridge(X, EVOLVED, 0.0, 1), tensor(-1, 2.5), what="w with lam = 0", hint=1)

    def test_penalised_line(self, student):
        """With lam = 1 it is 2 + 1 · cp: flatter, and still through the middle of the data."""
        checks.close(student.ridge(X, EVOLVED, 1.0, 1), tensor(2, 1), what="w with lam = 1", hint=2)

    @kind("property")
    def test_same_column_twice(self, student):
        """A column that is there twice stops no ridge: with lam = 2 the two share the slope of the line above."""
        x = torch.cat([X, CP[:, None]], dim=1)
        checks.close(student.ridge(x, EVOLVED, 2.0, 1), tensor(2, 0.5, 0.5), what="w for a doubled column", hint=3)

    @kind("property")
    def test_shrinkage(self, student, draw):
        """The larger lam, the shorter the weights: a small change of the input changes the prediction less."""
        x, targets = with_biases(draw, 2), draw("examples=40")
        lengths = [weights_of(student, x, targets, lam, 2).norm() for lam in (0.0, 0.01, 0.1, 1.0, 10.0)]
        falling = all(after < before for before, after in pairwise(lengths))
        checks.that(falling, "The weights do not get shorter as lam grows.", hint=2, got=torch.stack(lengths))

    @kind("property")
    def test_shifted_targets_move_the_biases_alone(self, student, draw):
        """If every creature evolves to 7 points more, each bias is 7 more and no weight changes."""
        x, targets = with_biases(draw, 3), draw("examples=40")
        before = checks.shape(student.ridge(x, targets, 0.3, 3), (x.shape[1],), what="w", hint=1)
        shift = torch.tensor([7.0] * 3 + [0.0] * (x.shape[1] - 3), dtype=torch.float64)
        checks.close(student.ridge(x, targets + 7, 0.3, 3), before + shift, what="w for shifted targets", hint=2)

    @kind("property")
    def test_enormous_penalty(self, student, draw):
        """As lam grows without end only the biases are left: each is the mean of the targets of its species."""
        x, targets = with_biases(draw, 3), draw("examples=40")
        means = torch.stack([targets[x[:, kind] == 1].mean() for kind in range(3)])
        expected = torch.cat([means, torch.zeros(x.shape[1] - 3, dtype=torch.float64)])
        checks.close(student.ridge(x, targets, 1e7, 3), expected, what="w with an enormous lam", atol=1e-5, hint=2)

    @kind("property")
    def test_twice_the_same_examples(self, student, draw):
        """The loss is a mean, so examples that are there twice change nothing, whatever lam is."""
        x, targets = with_biases(draw, 2), draw("examples=40")
        once = checks.shape(student.ridge(x, targets, 0.2, 2), (x.shape[1],), what="w", hint=1)
        twice = student.ridge(torch.cat([x, x]), torch.cat([targets, targets]), 0.2, 2)
        checks.close(twice, once, what="w of examples that are there twice", hint=2)


def with_biases(draw, kinds):
    """Draw forty examples: indicators of as many species, then columns of numbers."""
    numbers = draw("examples=40 columns")
    return torch.cat([torch.nn.functional.one_hot(spread_species(draw, 40, kinds), kinds).double(), numbers], dim=1)


def weights_of(student, x, targets, lam, biases):
    """Return the penalised entries of what `ridge` answers."""
    return checks.shape(student.ridge(x, targets, lam, biases), (x.shape[1],), what="w", hint=1)[biases:]


@task("descend")
class TestDescend:
    def test_first_step(self, student):
        """From (0, 0) with rate 0.1 the first step leads a tenth of the handout's gradient downhill, to (0.8, 1.933)."""
        expected = torch.stack([tensor(0, 0), -0.1 * GRADIENT])
        checks.close(student.descend(tensor(0, 0), X, EVOLVED, 0.0, 1, 0.1, 1), expected, what="The path of one step", hint=1)

    def test_no_step(self, student):
        """A path of no steps is its start alone."""
        for adagrad in (False, True):
            got = student.descend(tensor(3, 4), X, EVOLVED, 0.0, 1, 0.1, 0, adagrad)
            checks.close(got, tensor([3, 4]), what="The path of no steps", hint=1)

    def test_adagrad_by_hand(self, student):
        """Adagrad's first step is the rate itself in each direction; the second one is divided by the root of both squares."""
        second = [0.1 + 0.1 * g / math.sqrt(first**2 + g**2) for first, g in ((8.0, 7.4), (58 / 3, 18.0))]
        expected = tensor([0, 0], [0.1, 0.1], second)
        got = student.descend(tensor(0, 0), X, EVOLVED, 0.0, 1, 0.1, 2, True)
        checks.close(got, expected, what="Adagrad's path of two steps", rtol=1e-8, hint=2)

    def test_nothing_to_learn(self, student):
        """Where a column is zero its gradient is zero: its weight stays, and no step is 0/0."""
        x = tensor([1, 0], [1, 0])
        got = student.descend(tensor(0, 5), x, tensor(2, 2), 0.0, 1, 0.25, 2, True)
        path = checks.shape(got, (3, 2), what="Adagrad's path", hint=3)
        checks.equal(path[:, 1], tensor(5, 5, 5), what="The weight of a column of zeros", hint=3)

    def test_slope_of_one_weight(self, student):
        """With one weight and curvature h each step multiplies the distance to the best w by 1 - rate · h."""
        x, targets = tensor([1], [2]), tensor(3, 6)  # best at 3; h = 2 · (1 + 4) / 2 = 5
        expected = 3 - 3 * 0.75 ** torch.arange(6, dtype=torch.float64)
        got = student.descend(tensor(0.0), x, targets, 0.0, 0, 0.05, 5)
        checks.close(got, expected[:, None], what="The path of one weight", hint=1)

    def test_ends_where_the_closed_form_is(self, student):
        """After many steps the path ends at the handout's lines: -1 + 2.5 · cp without penalty, 2 + 1 · cp with lam = 1."""
        for lam, best in ((0.0, tensor(-1, 2.5)), (1.0, tensor(2, 1))):
            got = student.descend(tensor(0, 0), X, EVOLVED, lam, 1, 0.15, 600)
            path = checks.shape(got, (601, 2), what="The path", hint=1)
            checks.close(path[-1], best, what=f"The end of the path with lam = {lam:g}", atol=1e-6, hint=1)

    @kind("property")
    def test_rate_too_large(self, student):
        """Just below 2/h the steps shrink and just above they grow, where h is the largest curvature of the loss."""
        largest = float(torch.linalg.eigvalsh(2 * X.T @ X / 3)[-1])
        for factor, claim in ((0.98, "A rate below 2/h diverges."), (1.02, "A rate above 2/h does not diverge.")):
            got = student.descend(tensor(0, 0), X, EVOLVED, 0.0, 1, 2 * factor / largest, 200)
            steps = checks.shape(got, (201, 2), what="The path", hint=1).diff(dim=0).norm(dim=1)
            checks.that(bool(steps[-1] > steps[0]) == (factor > 1), claim, hint=1, got=got)

    @kind("property")
    def test_arguments_are_kept(self, student, draw):
        """The call changes none of its arguments, neither with nor without Adagrad."""
        w, x, targets = draw("columns"), draw("examples columns"), draw("examples")
        for adagrad in (False, True):
            names = ("w", "x", "targets", "adagrad")
            checks.arguments_kept(descend_arguments, student, w, x, targets, adagrad, names=names, hint=3)

    @kind("property")
    def test_scale_of_the_loss(self, student, draw):
        """With a loss a hundred times as large Adagrad takes the very same steps: it divides by what it has seen."""
        w, x, targets = draw("columns"), draw("examples columns"), draw("examples")
        size = (6, len(w))
        once = checks.shape(student.descend(w, x, targets, 0.1, 1, 0.2, 5, True), size, what="Adagrad's path", hint=2)
        scaled = student.descend(w, 10 * x, 10 * targets, 10.0, 1, 0.2, 5, True)
        checks.close(scaled, once, what="Adagrad's path for a larger loss", rtol=1e-5, hint=2)

    @kind("property")
    def test_every_weight_for_itself(self, student, draw):
        """Adagrad keeps a sum for each weight: its first step is as long for a weight of a large gradient as for one of a small."""
        w, x, targets = draw("columns"), draw("examples columns"), draw("examples")
        scales = torch.from_numpy(10.0 ** draw.rng.uniform(-1, 2, len(w)))
        got = student.descend(w, x * scales, targets, 0.0, 0, 0.25, 1, True)
        step = checks.shape(got, (2, len(w)), what="Adagrad's path", hint=2).diff(dim=0)[0]
        checks.close(step.abs(), torch.full_like(step, 0.25), what="The length of Adagrad's first step", atol=1e-4, hint=2)


@task("choose")
class TestChoose:
    def test_neither_too_small_nor_too_large(self, student):
        """A fourth creature evolves from 4 to 6: the line with lam = 1 meets it, too small a lam says 9, too large a one 4.3."""
        train, validation = (X, EVOLVED), (tensor([1, 4]), tensor(6.0))
        subset, lam, errors = checks.unpack(student.choose(train, validation, [torch.tensor([0, 1])], [0.0, 1.0, 10.0], 1), 3, hint=1)
        checks.close(errors, tensor([9, 0, 1.6875**2]), what="`errors`", atol=1e-9, hint=2)
        checks.equal(subset, 0, what="The place of the best subset", hint=3)
        checks.equal(lam, 1, what="The place of the best lam", hint=3)

    def test_a_factor_that_only_fits_by_chance(self, student):
        """A hidden factor explains the three creatures without any error, and is wrong by 2.5 about a fourth."""
        x = torch.cat([X, tensor([1], [-2], [1])], dim=1)
        validation = tensor([1, 4, 5]), tensor(9.0)
        subsets = [torch.tensor([0, 1, 2]), torch.tensor([0, 1]), torch.tensor([0])]
        subset, lam, errors = checks.unpack(student.choose((x, EVOLVED), validation, subsets, [0.0], 1), 3, hint=1)
        checks.close(errors, tensor([6.25], [0], [25]), what="`errors`", atol=1e-9, hint=2)
        checks.equal(subset, 1, what="The place of the best subset", hint=3)
        checks.equal(lam, 0, what="The place of the best lam", hint=3)

    def test_two_validation_examples(self, student):
        """The error is the mean of the squares on the validation data, and has no penalty in it."""
        validation = tensor([1, 4], [1, 0]), tensor(6, 5)
        errors = checks.unpack(student.choose((X, EVOLVED), validation, [torch.tensor([0, 1])], [1.0], 1), 3, hint=1)[2]
        checks.close(errors, tensor([4.5]), what="`errors`", atol=1e-9, hint=2)

    def test_nothing_is_learnt_from_the_validation_data(self, student, draw):
        """If one validation example is left out, what is predicted of the others stays as it was."""
        train, (x, targets) = two_sets(draw)
        parts = [checks.unpack(student.choose(train, (x[rows], targets[rows]), candidates(), [0.1], 2), 3, hint=1)[2] for rows in HALVES]
        first, second, whole = (checks.shape(part, (4, 1), what="`errors`", hint=1) for part in parts)
        checks.close((first + second) / 2, whole.clone(), what="The mean of the errors on two halves", hint=2)


HALVES = (slice(0, 10), slice(10, 20), slice(0, 20))


def two_sets(draw):
    """Draw forty training and twenty validation examples with two biases and four other columns."""
    species = torch.from_numpy(draw.rng.permutation([0, 1] * 30))
    numbers = torch.from_numpy(draw.rng.standard_normal((60, 4)))
    x = torch.cat([torch.nn.functional.one_hot(species, 2).double(), numbers], dim=1)
    targets = numbers @ tensor(2, -1, 0, 0) + torch.from_numpy(draw.rng.standard_normal(60))
    return (x[:40], targets[:40]), (x[40:], targets[40:])


def candidates():
    """Return four subsets of six columns, the first two of which are biases."""
    return [torch.tensor([0, 1, *more]) for more in ((2,), (5, 3), (2, 3), (4, 2, 3, 5))]


@task("integration")
class TestIntegration:
    def test_closed_form_and_gradient_agree(self, student, draw):
        """Where your closed form says that the loss is least, your gradient is zero."""
        cp, targets = 400 + 200 * draw("examples=30"), 900 + 300 * draw("examples=30")
        answer = fitted(student, cp, spread_species(draw, 30, 3), 3, targets, 0.01)
        x, w, gradient = checks.unpack(answer, 3, what="The data, w and the gradient")
        checks.shape(x, (30, 9), what="x")
        checks.shape(w, (9,), what="w")
        checks.close(gradient, torch.zeros(9, dtype=torch.float64), what="The gradient at the best w", atol=1e-7)

"""Regression: predict the combat power of a creature after its evolution, from the closed form and step by step."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

# The bias of a species is the weight of its indicator. So x begins with `biases` columns whose weights are never penalised.


def features(cp: Tensor, species: Tensor, kinds: int, degree: int, factors: Tensor | None = None) -> Tensor:
    """Lay the examples out so that a bias and a polynomial for each species become one linear model.

    cp: (examples,), species: (examples,) int64 from 0 to kinds - 1, factors: (examples, count) or None

    Return x: (examples, kinds * (1 + degree) + count), of the dtype of `cp`.
    columns 0 to kinds - 1: the indicators, 1 where the example is of species 0, 1, … and else 0
    the next kinds columns: cp where the example is of species 0, 1, … and else 0; then cp² in the same way, up to cp to the power `degree`
    the last columns: the factors as they are, the same for all species
    """
    indicators = F.one_hot(species, kinds).to(cp.dtype)
    blocks = [indicators * cp[:, None] ** power for power in range(degree + 1)]
    return torch.cat(blocks if factors is None else [*blocks, factors], dim=1)


def standardise(train: Tensor, x: Tensor) -> Tensor:
    """Rescale each column of x, so that the same column of the training data would get mean 0 and standard deviation 1.

    train: (examples, columns) or (examples,), x: (others, columns) or (others,): both of the same kind

    Return the shape of x. The standard deviation divides by the number of examples.
    Where a column of `train` is constant it is shifted only, not divided.
    """
    is_constant = (train == train[0]).all(dim=0)  # its computed spread need not be exactly 0
    return (x - train.mean(dim=0)) / torch.where(is_constant, 1, train.std(dim=0, correction=0))


def loss_and_gradient(w: Tensor, x: Tensor, targets: Tensor, lam: float, biases: int) -> tuple[Tensor, Tensor]:
    """Measure how bad the function f(x) = w · x is, and find which way it gets worse.

    w: (columns,), x: (examples, columns), targets: (examples,); the first `biases` entries of w are biases

    Return `(loss, gradient)`: the mean over the examples of (target - f(x))², plus lam times the sum of w² without the biases: ();
    its gradient with respect to w: (columns,).
    """
    errors = x @ w - targets
    weights = torch.cat([torch.zeros_like(w[:biases]), w[biases:]])
    return (errors**2).mean() + lam * (weights**2).sum(), 2 * (errors @ x) / len(x) + 2 * lam * weights


def ridge(x: Tensor, targets: Tensor, lam: float, biases: int) -> Tensor:
    """Solve for the w: (columns,) whose loss, as `loss_and_gradient` measures it, is the least there is.

    x: (examples, columns), targets: (examples,); the first `biases` entries of w are biases

    There is one best w wherever this is called: with lam = 0 the columns of x are linearly independent,
    with lam > 0 those of the biases are.
    """
    penalty = lam * len(x) * torch.ones(x.shape[1], dtype=x.dtype)
    penalty[:biases] = 0
    return torch.linalg.solve(x.T @ x + penalty.diag(), x.T @ targets)


def descend(
    w: Tensor, x: Tensor, targets: Tensor, lam: float, biases: int, rate: float, steps: int, adagrad: bool = False, eps: float = 1e-10
) -> Tensor:
    """Go down the loss from w in `steps` steps, by gradient descent or by Adagrad.

    w: (columns,), where to start; rate: the learning rate η
    plain: w ← w - η g, where g is the gradient at w
    adagrad: w ← w - η g / (sqrt(s) + eps), where s, of each entry of w for itself, is the sum of g² over all steps up to and with this one

    Return the path: (steps + 1, columns), from the start to the end. `w` itself is left as it is.
    """
    path = [w]
    squares = torch.zeros_like(w)
    for _ in range(steps):
        gradient = loss_and_gradient(path[-1], x, targets, lam, biases)[1]
        squares = squares + gradient**2
        path.append(path[-1] - rate * (gradient / (squares.sqrt() + eps) if adagrad else gradient))
    return torch.stack(path)


def choose(
    train: tuple[Tensor, Tensor], validation: tuple[Tensor, Tensor], subsets: Sequence[Tensor], lams: Sequence[float], biases: int
) -> tuple[int, int, Tensor]:
    """Try each subset of the columns with each lam: learn from the training data, compare on the validation data.

    train, validation: x: (examples, columns) and targets: (examples,)
    subsets: each int64 (chosen,), columns of x to be used; it begins with the columns 0 to biases - 1

    Return `(subset, lam, errors)`. errors: (subsets, lams), the mean squared error on the validation data, without penalty;
    subset and lam: the places, in `subsets` and `lams`, of the least error, as int.
    """
    (x, targets), (new_x, new_targets) = train, validation
    errors = torch.empty(len(subsets), len(lams), dtype=x.dtype)
    for i, columns in enumerate(subsets):
        for j, lam in enumerate(lams):
            w = ridge(x[:, columns], targets, lam, biases)
            errors[i, j] = ((new_x[:, columns] @ w - new_targets) ** 2).mean()
    best = int(errors.argmin())
    return best // len(lams), best % len(lams), errors


def predict_evolved(known: tuple[Tensor, Tensor, Tensor], evolved: Tensor, new: tuple[Tensor, Tensor, Tensor], kinds: int) -> Tensor:
    """Predict the combat power after evolution of new creatures, from known ones: the design is yours.

    known: cp: (examples,), species: (examples,) int64, factors: (examples, count) of creatures that have evolved to `evolved`: (examples,)
    new: the same three of others: (others,), (others,), (others, count)

    Return (others,): what is to be expected of each. Scored is the root of the mean squared error.
    """
    (cp, species, factors), (new_cp, new_species, new_factors) = known, new
    x = features(standardise(cp, cp), species, kinds, 2, standardise(factors, factors))
    new_x = features(standardise(cp, new_cp), new_species, kinds, 2, standardise(factors, new_factors))
    sizes = ridge(x, evolved, 1e-3, kinds)[3 * kinds :].abs()
    order = torch.cat([torch.arange(3 * kinds), 3 * kinds + sizes.argsort(descending=True)])
    subsets = [order[: 3 * kinds + count] for count in range(6)]  # from no factor to five, those with large weights first

    folds = torch.arange(len(x)) % 5
    held_out = [folds == fold for fold in range(5)]
    pairs = [((x[~held], evolved[~held]), (x[held], evolved[held])) for held in held_out]
    errors = sum(choose(train, validation, subsets, [1e-3], kinds)[2] for train, validation in pairs)
    fewest = int((errors[:, 0] < 1.15 * errors.min()).int().argmax())  # what is hardly better by more factors is better without them
    chosen = subsets[fewest]
    return new_x[:, chosen] @ ridge(x[:, chosen], evolved, 1e-3, kinds)

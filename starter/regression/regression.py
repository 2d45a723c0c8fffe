"""Regression: predict the combat power of a creature after its evolution, from the closed form and step by step."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


def features(cp: Tensor, species: Tensor, kinds: int, degree: int, factors: Tensor | None = None) -> Tensor:
    """Lay the examples out so that a bias and a polynomial for each species become one linear model.

    cp: (examples,), species: (examples,) int64 from 0 to kinds - 1, factors: (examples, count) or None

    Return x: (examples, kinds * (1 + degree) + count), of the dtype of `cp`.
    columns 0 to kinds - 1: the indicators, 1 where the example is of species 0, 1, … and else 0
    the next kinds columns: cp where the example is of species 0, 1, … and else 0; then cp² in the same way, up to cp to the power `degree`
    the last columns: the factors as they are, the same for all species
    """
    raise NotImplementedError("features is yours to write")


def standardise(train: Tensor, x: Tensor) -> Tensor:
    """Rescale each column of x, so that the same column of the training data would get mean 0 and standard deviation 1.

    train: (examples, columns) or (examples,), x: (others, columns) or (others,): both of the same kind

    Return the shape of x. The standard deviation divides by the number of examples.
    Where a column of `train` is constant it is shifted only, not divided.
    """
    raise NotImplementedError("standardise is yours to write")


def loss_and_gradient(w: Tensor, x: Tensor, targets: Tensor, lam: float, biases: int) -> tuple[Tensor, Tensor]:
    """Measure how bad the function f(x) = w · x is, and find which way it gets worse.

    w: (columns,), x: (examples, columns), targets: (examples,); the first `biases` entries of w are biases

    Return `(loss, gradient)`: the mean over the examples of (target - f(x))², plus lam times the sum of w² without the biases: ();
    its gradient with respect to w: (columns,).
    """
    raise NotImplementedError("loss_and_gradient is yours to write")


def ridge(x: Tensor, targets: Tensor, lam: float, biases: int) -> Tensor:
    """Solve for the w: (columns,) whose loss, as `loss_and_gradient` measures it, is the least there is.

    x: (examples, columns), targets: (examples,); the first `biases` entries of w are biases

    There is one best w wherever this is called: with lam = 0 the columns of x are linearly independent,
    with lam > 0 those of the biases are.
    """
    raise NotImplementedError("ridge is yours to write")


def descend(
    w: Tensor, x: Tensor, targets: Tensor, lam: float, biases: int, rate: float, steps: int, adagrad: bool = False, eps: float = 1e-10
) -> Tensor:
    """Go down the loss from w in `steps` steps, by gradient descent or by Adagrad.

    w: (columns,), where to start; rate: the learning rate η
    plain: w ← w - η g, where g is the gradient at w
    adagrad: w ← w - η g / (sqrt(s) + eps), where s, of each entry of w for itself, is the sum of g² over all steps up to and with this one

    Return the path: (steps + 1, columns), from the start to the end. `w` itself is left as it is.
    """
    raise NotImplementedError("descend is yours to write")


def choose(
    train: tuple[Tensor, Tensor], validation: tuple[Tensor, Tensor], subsets: Sequence[Tensor], lams: Sequence[float], biases: int
) -> tuple[int, int, Tensor]:
    """Try each subset of the columns with each lam: learn from the training data, compare on the validation data.

    train, validation: x: (examples, columns) and targets: (examples,)
    subsets: each int64 (chosen,), columns of x to be used; it begins with the columns 0 to biases - 1

    Return `(subset, lam, errors)`. errors: (subsets, lams), the mean squared error on the validation data, without penalty;
    subset and lam: the places, in `subsets` and `lams`, of the least error, as int.
    """
    raise NotImplementedError("choose is yours to write")


def predict_evolved(known: tuple[Tensor, Tensor, Tensor], evolved: Tensor, new: tuple[Tensor, Tensor, Tensor], kinds: int) -> Tensor:
    """Predict the combat power after evolution of new creatures, from known ones: the design is yours.

    known: cp: (examples,), species: (examples,) int64, factors: (examples, count) of creatures that have evolved to `evolved`: (examples,)
    new: the same three of others: (others,), (others,), (others, count)

    Return (others,): what is to be expected of each. Scored is the root of the mean squared error.
    """
    raise NotImplementedError("predict_evolved is yours to write")

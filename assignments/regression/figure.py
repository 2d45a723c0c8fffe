"""Draws how a student's code goes down the error surface, and what its models of invented species look like."""

import numpy as np
import torch
from matplotlib.figure import Figure

from grader.datasets import SPECIES, species_cp
from grader.plugin import probe

KINDS, KNOWN, NEW = 4, 40, 200
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
STEPS = 60
DEGREES = tuple(range(7))
LAMS = tuple(float(lam) for lam in np.logspace(-7, 1, 17))


@probe
def descent(student, x, targets, rates, steps, first, second):
    """Return the losses over a grid of b and w, the paths of gradient descent and of Adagrad, and the best point."""
    start = torch.tensor([8.0, 0.0], dtype=x.dtype)
    surface = [[student.loss_and_gradient(torch.stack([b, w]), x, targets, 0.0, 1)[0] for b in first] for w in second]
    plain = student.descend(start, x, targets, 0.0, 1, rates[0], steps)
    adagrad = student.descend(start, x, targets, 0.0, 1, rates[1], steps, True)
    return torch.tensor(surface), plain, adagrad, student.ridge(x, targets, 0.0, 1)


@probe
def rescaled(student, train, x):
    """Return x, rescaled as the training data."""
    return student.standardise(train, x)


@probe
def curves(student, known, targets, grid, kinds, degree):
    """Return, for each species, what a model of this degree says of each place of the grid."""
    cp, species = known
    w = student.ridge(student.features(student.standardise(cp, cp), species, kinds, degree), targets, 1e-9, kinds)
    places = student.standardise(cp, grid)
    rows = [student.features(places, torch.full((len(grid),), kind), kinds, degree) @ w for kind in range(kinds)]
    return torch.stack(rows)


@probe
def losses(student, known, targets, new, new_targets, kinds, degree, lams):
    """Return the losses on the training data and on the validation data for each lam, and the place of the chosen one."""
    cp, species = known
    train = student.features(student.standardise(cp, cp), species, kinds, degree), targets
    validation = student.features(student.standardise(cp, new[0]), new[1], kinds, degree), new_targets
    every = [torch.arange(train[0].shape[1])]
    on_training = student.choose(train, train, every, lams, kinds)[2]
    _, lam, on_validation = student.choose(train, validation, every, lams, kinds)
    return on_training[0], on_validation[0], lam


def figure(student) -> Figure:
    """Return six panels: two error surfaces with paths, models of four species, one species in three degrees, two choices."""
    world = species_cp(2016, KNOWN + NEW, kinds=KINDS)
    columns = [torch.from_numpy(column) for column in (world.cp, world.species, world.evolved)]
    known, new = [column[:KNOWN] for column in columns], [column[KNOWN:] for column in columns]
    drawing = Figure(figsize=(15, 9), layout="constrained")
    panels = drawing.subplots(2, 3)
    draw_descent(panels[0, :2], student, known)
    draw_species(panels[0, 2], student, known)
    draw_degrees(panels[1, 0], student, known)
    draw_choices(panels[1, 1:], student, known, new)
    return drawing


def draw_descent(panels, student, known) -> None:
    """Draw the losses of lines for one species, and the paths down from (8, 0): raw and standardised."""
    chosen = known[1] == 0
    cp, targets = known[0][chosen] / 100, known[2][chosen] / 100
    raw = (cp, (0.02, 0.6), torch.linspace(-3, 10, 50), torch.linspace(-0.5, 5, 50), "raw, in hundreds of points")
    scaled = (rescaled(student, cp, cp), (0.12, 1.6), torch.linspace(6, 16, 50), torch.linspace(-1, 9, 50), "standardised")
    for axes, (column, rates, first, second, name) in zip(panels, (raw, scaled), strict=True):
        x = torch.stack([torch.ones_like(column), column], dim=1)
        surface, plain, adagrad, best = descent(student, x, targets, rates, STEPS, first.double(), second.double())
        axes.contourf(first, second, torch.log10(surface + 0.1), levels=18, cmap="Greys")
        axes.plot(*plain.T, "o-", markersize=3, color=COLOURS[0], label="gradient descent")
        axes.plot(*adagrad.T, "s-", markersize=3, color=COLOURS[1], label="Adagrad")
        axes.plot(*best, "*", markersize=16, color=COLOURS[2], label="closed form")
        axes.set(title=f"{STEPS} steps; cp {name}", xlabel="bias b", ylabel="weight w")
        axes.legend(loc="upper right")


def draw_species(axes, student, known) -> None:
    """Draw the known creatures, a curve for each species, and one line for all of them."""
    grid = torch.linspace(10, 800, 100, dtype=torch.float64)
    everyone = [known[0], torch.zeros_like(known[1])]
    axes.plot(grid, curves(student, everyone, known[2], grid, 1, 1)[0], "--", color="black", label="one line for all")
    for kind, row in enumerate(curves(student, known[:2], known[2], grid, KINDS, 2)):
        chosen = known[1] == kind
        axes.plot(known[0][chosen], known[2][chosen], "o", markersize=5, color=COLOURS[kind])
        axes.plot(grid, row, color=COLOURS[kind], label=SPECIES[kind])
    axes.set(title="A parabola for each species", xlabel="cp before evolution", ylabel="cp after evolution")
    axes.legend()


def draw_degrees(axes, student, known) -> None:
    """Draw one species with polynomials of three degrees."""
    chosen = known[1] == 1
    cp, targets = known[0][chosen], known[2][chosen]
    grid = torch.linspace(float(cp.min()) - 5, float(cp.max()) + 5, 300, dtype=torch.float64)
    axes.plot(cp, targets, "o", color="black")
    for degree, colour in zip((1, 2, 9), COLOURS, strict=False):
        row = curves(student, [cp, torch.zeros_like(known[1][chosen])], targets, grid, 1, degree)[0]
        axes.plot(grid, row, color=colour, label=f"degree {degree}")
    room = 0.3 * float(targets.max() - targets.min())
    axes.set_ylim(float(targets.min()) - room, float(targets.max()) + room)
    axes.set(title=f"{SPECIES[1]}: {len(cp)} creatures, three degrees", xlabel="cp before evolution", ylabel="cp after evolution")
    axes.legend()


def draw_choices(panels, student, known, new) -> None:
    """Draw the root of the loss on training and validation data, against the degree and against lam."""
    given = known[:2], known[2], new[:2], new[2], KINDS
    by_degree = [losses(student, *given, degree, [1e-9])[:2] for degree in DEGREES]
    on_training, on_validation, place = losses(student, *given, DEGREES[-1], LAMS)
    rows = torch.stack([torch.cat(pair) for pair in by_degree], dim=1)
    draw_pair(panels[0], DEGREES, rows[0], rows[1], "Against the degree (lam almost 0)")
    draw_pair(panels[1], LAMS, on_training, on_validation, f"Against lam (degree {DEGREES[-1]})")
    panels[0].set_xlabel("degree")
    panels[1].set(xscale="log", xlabel="lam")
    panels[1].axvline(LAMS[place], color=COLOURS[2], linestyle=":", label="chosen")
    panels[1].legend()


def draw_pair(axes, places, on_training, on_validation, title) -> None:
    """Draw the two losses, as roots, in points."""
    axes.plot(places, on_training.sqrt(), "o-", color=COLOURS[0], label=f"{KNOWN} training examples")
    axes.plot(places, on_validation.sqrt(), "s-", color=COLOURS[1], label=f"{NEW} validation examples")
    axes.set(title=title, ylabel="root of the mean squared error", yscale="log")
    axes.legend()

"""Draws a graph with its gradients, a classifier that learns, and how little of a gradient reaches the first layers of a deep network."""

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from grader.plugin import probe

SIZES, STEPS, RATE = (2, 16, 3), 1000, 0.005
DEEP = (2, *[8] * 7, 3)
COLOURS = ("#4477aa", "#ddaa33", "#aa3377")
SHADES = ListedColormap(["#c9d6e5", "#f4e4bf", "#e6c8d9"])
PLACES = {"u": (0.0, 1.0), "v": (0.0, 0.0), "c = u + v": (1.0, 0.75), "f = c v": (2.0, 0.35)}
EDGES = (("u", "c = u + v"), ("v", "c = u + v"), ("c = u + v", "f = c v"), ("v", "f = c v"))


@probe
def graph(student, u, v):
    """Return the value and the gradient of each node of (u + v) v; that of the sum is found by making it a leaf."""

    def ends(start, v):
        f = student.apply(student.elementwise, start, v, op="multiply")
        student.backward(f)
        return f

    u, v = student.Node(u, needs_grad=True), student.Node(v, needs_grad=True)
    c = student.apply(student.elementwise, u, v, op="add")
    f = ends(c, v)
    leaf = student.Node(c.value, needs_grad=True)
    ends(leaf, student.Node(v.value))
    return [u.value, v.value, c.value, f.value], [u.grad, v.grad, leaf.grad, np.ones(())]


@probe
def lesson(student, x, labels, weights, biases, steps, rate, grid):
    """Return the losses of so many steps, and the classes of the points of a grid after them."""
    model = student.MLP(weights, biases)
    half = len(x) // 2
    losses = [model.step([(x[:half], labels[:half]), (x[half:], labels[half:])], rate) for _ in range(steps)]
    return losses, model.predict(grid)


@probe
def gradients(student, x, labels, weights, biases):
    """Return the gradients of all weights of a network, found by hand."""
    return student.backpropagate(x, labels, weights, biases)[1]


def figure(student) -> Figure:
    """Return four panels: the graph, the losses, the regions of the classes, and the gradients of a deep network layer by layer."""
    rng = np.random.Generator(np.random.PCG64(7))
    x, labels = rings(rng, 150)
    line = np.linspace(-4, 4, 120)
    grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    values, slopes = graph(student, 2.0, 3.0)
    losses, classes = lesson(student, x, labels, *network(rng, SIZES), STEPS, RATE, grid)
    deep = gradients(student, x, labels, *network(rng, DEEP))

    drawing = Figure(figsize=(12, 8.4), layout="constrained")
    panels = drawing.subplots(2, 2)
    draw_graph(panels[0, 0], dict(zip(PLACES, zip(values, slopes, strict=True), strict=True)))
    draw_losses(panels[0, 1], np.asarray(losses, dtype=float) / len(x))
    draw_regions(panels[1, 0], x, labels, classes.reshape(120, 120))
    draw_layers(panels[1, 1], [float(np.abs(each).mean()) for each in deep])
    return drawing


def rings(rng, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points on three rings, one around the other, and the number of the ring of each."""
    labels = np.arange(count) % 3
    turn, radius = rng.uniform(0, 2 * np.pi, count), 0.8 + 1.2 * labels + rng.normal(0, 0.15, count)
    return radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1), labels


def network(rng, sizes: tuple[int, ...]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return weights and biases of layers of these sizes."""
    shapes = [sizes[i : i + 2] for i in range(len(sizes) - 1)]
    return [rng.normal(0, 1.5 * shape[0] ** -0.5, shape) for shape in shapes], [rng.normal(0, 1, shape[1]) for shape in shapes]


def draw_graph(axes, nodes: dict[str, tuple]) -> None:
    """Draw each node with its value and its gradient, and an arrow to whatever is computed from it."""
    for start, end in EDGES:
        arrow = {"arrowstyle": "-|>", "color": "#666666", "shrinkA": 38, "shrinkB": 38}
        axes.annotate("", PLACES[end], PLACES[start], arrowprops=arrow)
    for name, (value, slope) in nodes.items():
        told = "none" if slope is None else f"{float(slope):.4g}"
        box = {"boxstyle": "round,pad=0.6", "facecolor": "#f5f5f5", "edgecolor": "#333333"}
        axes.text(*PLACES[name], f"{name}\nvalue {float(value):.4g}\ngradient {told}", ha="center", va="center", fontsize=11, bbox=box)
    axes.set(xlim=(-0.5, 2.5), ylim=(-0.4, 1.4), title="f = (u + v) v: v is used twice, so its gradients add up")
    axes.set_axis_off()


def draw_losses(axes, losses: np.ndarray) -> None:
    """Draw the mean loss of an example, step by step."""
    axes.plot(losses, color="#222222")
    axes.axhline(np.log(3), color="#888888", linestyle=":", label="knows nothing: log 3")
    axes.set(xlabel="step", ylabel="loss of an example", title="Learning three rings", ylim=(0, None))
    axes.legend()


def draw_regions(axes, x: np.ndarray, labels: np.ndarray, classes: np.ndarray) -> None:
    """Draw which class is preferred where, and the examples."""
    axes.imshow(classes, origin="lower", extent=(-4, 4, -4, 4), cmap=SHADES, vmin=0, vmax=2, interpolation="nearest")
    for ring, (colour, marker) in enumerate(zip(COLOURS, "os^", strict=True)):
        axes.scatter(*x[labels == ring].T, s=18, color=colour, marker=marker, label=f"ring {ring}")
    axes.set(title="The class that is preferred after the training")
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))


def draw_layers(axes, sizes: list[float]) -> None:
    """Draw the mean size of a weight's gradient in each layer of a deep network of sigmoids."""
    axes.bar(range(1, len(sizes) + 1), sizes, color="#4477aa")
    axes.set_yscale("log")
    axes.set(xlabel="layer (1 is next to the input)", ylabel="mean |gradient| of a weight")
    axes.set_title("What reaches the layers of a deep sigmoid network")

"""Draws what the first layer of a network has learned from glyphs, and where its filters answer."""

import numpy as np
import torch
from matplotlib.figure import Figure

from grader.datasets import alphabet
from grader.plugin import probe

FILTERS, TAPS, CLASSES, EXAMPLES = 16, 7, 10, 600
SHOWN, CLASS = 3, 4
LINE, ANSWER_COLOURS = "#1f4e79", "viridis"


@probe
def learned(student, images, labels, shown, taps, classes):
    """Return the first filters before and after a training with one block, and the feature maps of the images shown."""
    torch.manual_seed(3)
    length = images.shape[-1]
    module = student.CNN((1, 1, length), [(16, (1, taps), (1, 2)), (32, (1, 9), (1, length // 2))], classes)
    with torch.no_grad():
        module.filters[0].mul_(0.05)  # the norm makes up for it, and what was drawn at random does not hide what is learned
    before = module.filters[0].detach().clone()
    adam = torch.optim.AdamW(module.parameters(), lr=0.01)
    for _epoch in range(10):
        for some in torch.randperm(len(labels)).split(50):
            likely = module(images[some])[torch.arange(len(some)), labels[some]].mean()
            adam.zero_grad()
            (-likely).backward()
            adam.step()
    module.eval()
    with torch.no_grad():
        maps = module.norms[0](student.conv2d(shown, module.filters[0], None, (1, 1), (0, taps // 2))).relu()
    return before, module.filters[0].detach(), maps


def figure(student) -> Figure:
    """Return the filters of the first layer, before and after the training, above three glyphs and the answers to them."""
    rng = np.random.default_rng(11)
    glyphs = alphabet(rng, CLASSES)
    images, labels = glyphs.draw(EXAMPLES, rng)
    shown = images[labels == CLASS][:SHOWN].clone()
    before, after, maps = learned(student, images, labels, shown, TAPS, CLASSES)

    drawing = Figure(figsize=(13, 7.6), layout="constrained")
    above, below = drawing.subfigures(2, 1, height_ratios=(1, 1.25))
    draw_filters(above, before[:, 0, 0], after[:, 0, 0])
    draw_answers(below, shown[:, 0, 0], maps[:, :, 0])
    return drawing


def draw_filters(part, before: torch.Tensor, after: torch.Tensor) -> None:
    """Draw every filter as a curve of its taps: thin and grey as it was drawn at random, blue as it was learned."""
    part.suptitle("The 16 filters of the first layer: before the training (grey, dashed) and after it (blue)", fontsize=12)
    limit = 1.15 * float(torch.cat([before, after]).abs().max())
    for axes, start, end in zip(part.subplots(2, FILTERS // 2).flat, before, after, strict=True):
        axes.axhline(0.0, color="black", linewidth=0.6)
        axes.plot(start.numpy(), color="0.6", linestyle="--", linewidth=1.2)
        axes.plot(end.numpy(), color=LINE, linewidth=2.0, marker="o", markersize=3)
        axes.set_ylim(-limit, limit)
        axes.set_xticks([])
        axes.tick_params(axis="y", labelsize=8)
        axes.label_outer()


def draw_answers(part, signals: torch.Tensor, maps: torch.Tensor) -> None:
    """Draw some glyphs of one class, and below each the feature maps that the filters make of it."""
    part.suptitle("Three glyphs of one class, and below each the answers of the 16 filters along it", fontsize=12)
    panels = part.subplots(2, SHOWN, sharex=True)
    for column, (signal, answers) in enumerate(zip(signals, maps, strict=True)):
        top, bottom = panels[0][column], panels[1][column]
        top.plot(signal.numpy(), color=LINE)
        top.set_ylim(-4, 4)
        image = bottom.imshow(
            answers.numpy(), aspect="auto", cmap=ANSWER_COLOURS, vmin=0.0, vmax=float(maps.max()), interpolation="nearest"
        )
        bottom.set_xlabel("column")
        if column == 0:
            top.set_ylabel("signal")
            bottom.set_ylabel("filter")
    part.colorbar(image, ax=list(panels[:, -1]), label="answer (after norm and ReLU)")

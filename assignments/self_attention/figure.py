"""Draws what the heads of a student's layer look at, and which positions look alike."""

import math

import torch
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from grader.plugin import probe

SENTENCE = ["I", "saw", "a", "saw", "and", "the", "saw", "saw", "me"]
PADDING = 3
TIME = len(SENTENCE) + PADDING
HEADS = ("the word before", "the same word", "its surroundings", "no preference")
D_MODEL = len(HEADS) * TIME
WAVES = D_MODEL - TIME - len(set(SENTENCE))  # what words and places leave of d_model
MAP_COLOURS, SIMILARITY_COLOURS = "viridis", "cividis"


@probe
def head_outputs(student, words, place, waves, weights, heads):
    """Return what a layer makes of a padded sentence. Its values are one-hot and its heads unmixed: the output is the maps themselves."""
    vectors, present = student.pad_batch([words, torch.zeros(len(place), words.shape[1], dtype=words.dtype)])
    clock = student.sinusoidal_positions(torch.arange(len(place), dtype=torch.float64), waves)
    x = torch.cat([vectors[0], place, clock], dim=-1)[None]
    layer = student.MultiHeadSelfAttention(x.shape[-1], heads).double()
    layer.load_state_dict(weights)
    with torch.no_grad():
        return layer(x, student.attention_mask(x.shape[1], present=present[:1]))


@probe
def positions(student, count, d_model):
    """Return the vectors of the first positions."""
    return student.sinusoidal_positions(torch.arange(count, dtype=torch.float64), d_model)


def figure(student) -> Figure:
    """Return the maps of four heads whose weights are set by hand, beside the similarity of every pair of positions."""
    vocabulary = sorted(set(SENTENCE))
    words = torch.tensor([[float(word == other) for other in vocabulary] for word in SENTENCE], dtype=torch.float64)
    place = torch.eye(TIME, dtype=torch.float64)
    out = head_outputs(student, words, place, WAVES, designed_weights(len(vocabulary)), len(HEADS))
    table = positions(student, 60, 64)

    drawing = Figure(figsize=(13, 6.4), layout="constrained")
    left, right = drawing.subfigures(1, 2, width_ratios=(1.45, 1))
    draw_maps(left, maps_of(out))
    draw_similarity(right, table)
    return drawing


def designed_weights(words: int) -> dict[str, torch.Tensor]:
    """Return weights that make the four heads look at what `HEADS` says."""
    w_q, w_k, w_v = (torch.zeros(len(HEADS), TIME, D_MODEL, dtype=torch.float64) for _ in range(3))
    waves_at = words + TIME
    fast = TIME // 2  # as many pairs of waves as a head has room for
    for pair in range(fast):
        sine = waves_at + 2 * pair
        step = 10000 ** (-2 * pair / WAVES)
        rotation = torch.tensor([[math.cos(step), -math.sin(step)], [math.sin(step), math.cos(step)]], dtype=torch.float64)
        rows, columns = slice(2 * pair, 2 * pair + 2), slice(sine, sine + 2)
        w_q[0, rows, columns] = 20 * rotation  # turned back by one place, then compared
        w_q[2, rows, columns] = 3.0 * torch.eye(2, dtype=torch.float64)
        w_k[0, rows, columns] = w_k[2, rows, columns] = torch.eye(2, dtype=torch.float64)
    for word in range(words):
        w_q[1, word, word], w_k[1, word, word] = 20.0, 1.0
    w_v[:, :, words : words + TIME] = torch.eye(TIME, dtype=torch.float64)
    flat = {"w_q": w_q, "w_k": w_k, "w_v": w_v}
    return {name: weight.reshape(D_MODEL, D_MODEL) for name, weight in flat.items()} | {"w_o": torch.eye(D_MODEL, dtype=torch.float64)}


def maps_of(out: torch.Tensor) -> torch.Tensor:
    """Return (heads, time, time): since the values are one-hot, the output of head h is row after row of its map."""
    return out[0].reshape(TIME, len(HEADS), TIME).transpose(0, 1)


def draw_maps(part, maps: torch.Tensor) -> None:
    """Draw one map for each head, rows that look, columns that are looked at."""
    labels = SENTENCE + ["(pad)"] * PADDING
    shades = PowerNorm(0.5, vmin=0.0, vmax=1.0)  # a ninth, as of head 4, is to be told from nothing
    part.suptitle("What each head looks at (row: who looks, column: at whom)", fontsize=12)
    panels = part.subplots(2, 2).flat
    for number, (axes, name, attention) in enumerate(zip(panels, HEADS, maps, strict=True), start=1):
        image = axes.imshow(attention[: len(SENTENCE)].numpy(), cmap=MAP_COLOURS, norm=shades)
        axes.set_title(f"Head {number}: {name}", fontsize=11)
        axes.set_xticks(range(TIME), labels, rotation=60, fontsize=9)
        axes.set_yticks(range(len(SENTENCE)), SENTENCE, fontsize=9)
        axes.axvline(len(SENTENCE) - 0.5, color="white", linewidth=1.0, linestyle=":")
    part.colorbar(image, ax=part.axes, shrink=0.6, label="attention weight", ticks=[0, 0.05, 0.1, 0.25, 0.5, 0.75, 1])


def draw_similarity(part, table: torch.Tensor) -> None:
    """Draw the cosine of the angle between the vectors of every two positions."""
    unit = table / table.norm(dim=1, keepdim=True)
    axes = part.subplots()
    image = axes.imshow((unit @ unit.T).numpy(), cmap=SIMILARITY_COLOURS, vmin=0.0, vmax=1.0)
    axes.set_title("How alike two positions look", fontsize=12)
    axes.set_xlabel("position")
    axes.set_ylabel("position")
    part.colorbar(image, ax=axes, shrink=0.6, label="cosine similarity")

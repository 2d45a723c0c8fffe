"""Each entry has a frequency of its own; a sine and its cosine have to share one."""

LOSES = {"sinusoidal_positions.correctness": "public::TestSinusoidalPositions::test_closed_form"}


def sinusoidal_positions(positions, d_model):
    angles = positions[:, None] * 10000 ** (-torch.arange(d_model, dtype=positions.dtype) / d_model)
    even = torch.arange(d_model) % 2 == 0
    return torch.where(even, angles.sin(), angles.cos())

"""Cosine and sine have changed places."""

LOSES = {"sinusoidal_positions.correctness": "public::TestSinusoidalPositions::test_closed_form"}


def sinusoidal_positions(positions, d_model):
    frequencies = 10000 ** (-torch.arange(0, d_model, 2, dtype=positions.dtype) / d_model)
    angles = positions[:, None] * frequencies
    return torch.stack([angles.cos(), angles.sin()], dim=-1).flatten(-2)

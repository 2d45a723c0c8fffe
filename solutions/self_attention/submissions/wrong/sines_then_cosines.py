"""All sines stand in the first half of the row and all cosines in the second; the specification wants them by turns."""

LOSES = {"sinusoidal_positions.correctness": "public::TestSinusoidalPositions::test_closed_form"}


def sinusoidal_positions(positions, d_model):
    frequencies = 10000 ** (-torch.arange(0, d_model, 2, dtype=positions.dtype) / d_model)
    angles = positions[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=-1)

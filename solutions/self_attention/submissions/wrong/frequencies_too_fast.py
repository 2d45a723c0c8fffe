"""The exponent is i / d_model in place of 2i / d_model: the waves do not get slow enough, and far positions look like near ones."""

LOSES = {"sinusoidal_positions.correctness": "public::TestSinusoidalPositions::test_slower_and_slower"}


def sinusoidal_positions(positions, d_model):
    frequencies = 10000 ** (-torch.arange(d_model // 2, dtype=positions.dtype) / d_model)
    angles = positions[:, None] * frequencies
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)

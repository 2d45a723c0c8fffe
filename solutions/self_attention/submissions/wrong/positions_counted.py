"""The positions are counted 0, 1, 2, … and not read: it goes unnoticed until a sequence starts elsewhere."""

LOSES = {"sinusoidal_positions.property": "public::TestSinusoidalPositions::test_position_is_read"}


def sinusoidal_positions(positions, d_model):
    frequencies = 10000 ** (-torch.arange(0, d_model, 2, dtype=positions.dtype) / d_model)
    angles = torch.arange(len(positions), dtype=positions.dtype)[:, None] * frequencies
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)

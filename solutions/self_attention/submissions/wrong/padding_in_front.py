"""The padding stands in front of the vectors and not behind them."""

LOSES = {"pad_batch.correctness": "public::TestPadBatch::test_lengths_differ"}


def pad_batch(items):
    sets = [item.flatten(end_dim=-2) for item in items]
    time = max(len(vectors) for vectors in sets)
    vectors = torch.stack([F.pad(vectors, (0, 0, time - len(vectors), 0)) for vectors in sets])
    present = torch.stack([torch.arange(time) >= time - len(vectors) for vectors in sets])
    return vectors, present

"""`present` is True in the padding and False where a vector stands: the wrong way round."""

LOSES = {"pad_batch.correctness": "public::TestPadBatch::test_lengths_differ"}


def pad_batch(items):
    sets = [item.flatten(end_dim=-2) for item in items]
    sizes = torch.tensor([len(vectors) for vectors in sets])
    time = int(sizes.max())
    vectors = torch.stack([F.pad(vectors, (0, 0, 0, time - len(vectors))) for vectors in sets])
    return vectors, torch.arange(time) >= sizes[:, None]

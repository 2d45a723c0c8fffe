"""The pixels of an image are read column by column and not row by row."""

LOSES = {"pad_batch.correctness": "public::TestPadBatch::test_image_is_a_set_of_pixels"}


def pad_batch(items):
    sets = [item.transpose(0, -2).flatten(end_dim=-2) for item in items]
    sizes = torch.tensor([len(vectors) for vectors in sets])
    time = int(sizes.max())
    vectors = torch.stack([F.pad(vectors, (0, 0, 0, time - len(vectors))) for vectors in sets])
    return vectors, torch.arange(time) < sizes[:, None]

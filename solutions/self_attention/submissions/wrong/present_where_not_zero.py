"""`present` is read off the numbers: a vector of zeros is taken for padding although it is a vector like any other."""

LOSES = {"pad_batch.correctness": "public::TestPadBatch::test_zero_vector_is_present"}


def pad_batch(items):
    vectors = nn.utils.rnn.pad_sequence([item.flatten(end_dim=-2) for item in items], batch_first=True)
    return vectors, (vectors != 0).any(dim=-1)

"""The most probable action is taken every time: what is never tried is never found to be better."""

LOSES = {"sample_actions.correctness": "public::TestSampleActions::test_frequencies"}


def sample_actions(logits, generator=None):
    return logits.argmax(-1)

"""The generator is not looked at: the actions come from torch's own, and nobody can repeat a run."""

LOSES = {"sample_actions.property": "public::TestSampleActions::test_generator_decides_alone"}


def sample_actions(logits, generator=None):
    return torch.distributions.Categorical(logits=logits).sample()

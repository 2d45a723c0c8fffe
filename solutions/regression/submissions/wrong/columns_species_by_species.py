"""The columns stand species by species, bias and powers together: the biases have to come first, or the wrong weights are penalised."""

LOSES = {"features.correctness": "hidden::TestFeatures::test_reference[alone]"}


def features(cp, species, kinds, degree, factors=None):

    indicators = F.one_hot(species, kinds).to(cp.dtype)
    powers = torch.stack([cp**power for power in range(degree + 1)], dim=1)
    x = (indicators[:, :, None] * powers[:, None, :]).flatten(1)
    return x if factors is None else torch.cat([x, factors], dim=1)

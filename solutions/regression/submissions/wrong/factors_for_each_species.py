"""The factors are multiplied with the indicators as well: they should have one weight for all species."""

LOSES = {"features.correctness": "public::TestFeatures::test_factors_stand_last"}


def features(cp, species, kinds, degree, factors=None):

    indicators = F.one_hot(species, kinds).to(cp.dtype)
    blocks = [indicators * cp[:, None] ** power for power in range(degree + 1)]
    if factors is not None:
        blocks += [indicators * factor[:, None] for factor in factors.T]
    return torch.cat(blocks, dim=1)

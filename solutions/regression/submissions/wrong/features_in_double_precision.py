"""The columns are computed in double precision whatever was given: single precision has to come out where single precision goes in."""

LOSES = {"features.property": "public::TestFeatures::test_single_precision"}


def features(cp, species, kinds, degree, factors=None):

    indicators = F.one_hot(species, kinds).double()
    blocks = [indicators * cp[:, None] ** power for power in range(degree + 1)]
    return torch.cat(blocks if factors is None else [*blocks, factors], dim=1)

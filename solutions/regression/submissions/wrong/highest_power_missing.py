"""The powers end one below the degree: range(1, degree) does not contain degree itself."""

LOSES = {"features.correctness": "public::TestFeatures::test_one_species"}


def features(cp, species, kinds, degree, factors=None):

    indicators = F.one_hot(species, kinds).to(cp.dtype)
    blocks = [indicators] + [indicators * cp[:, None] ** power for power in range(1, degree)]
    return torch.cat(blocks if factors is None else [*blocks, factors], dim=1)

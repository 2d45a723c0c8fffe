"""The number of species is taken from the data: where the last species happens to be absent, its columns are too."""

LOSES = {"features.correctness": "public::TestFeatures::test_species_without_an_example"}


def features(cp, species, kinds, degree, factors=None):

    indicators = F.one_hot(species).to(cp.dtype)
    blocks = [indicators * cp[:, None] ** power for power in range(degree + 1)]
    return torch.cat(blocks if factors is None else [*blocks, factors], dim=1)

"""The species has a bias of its own but shares its slope with all others: each power has to be multiplied with the indicators too."""

LOSES = {"features.correctness": "public::TestFeatures::test_each_species_has_columns_of_its_own"}


def features(cp, species, kinds, degree, factors=None):

    indicators = F.one_hot(species, kinds).to(cp.dtype)
    powers = [(cp[:, None] ** power).expand(-1, kinds) for power in range(1, degree + 1)]
    return torch.cat([indicators, *powers] if factors is None else [indicators, *powers, factors], dim=1)

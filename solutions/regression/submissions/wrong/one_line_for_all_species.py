"""One line is drawn through all species: the hidden factor that matters most, the species, is left out."""

LOSES = {"predict_evolved.performance": "hidden::TestPredictEvolved::test_level[simple]"}


def predict_evolved(known, evolved, new, kinds):

    (cp, species, _), (new_cp, new_species, _) = known, new
    x = features(standardise(cp, cp), 0 * species, 1, 1)
    return features(standardise(cp, new_cp), 0 * new_species, 1, 1) @ ridge(x, evolved, 0.0, 1)

"""Polynomials of degree 11 for each species and every factor: the known creatures are met almost exactly, and new ones are missed by far."""

LOSES = {"predict_evolved.performance": "hidden::TestPredictEvolved::test_level[simple]"}


def predict_evolved(known, evolved, new, kinds):

    (cp, species, factors), (new_cp, new_species, new_factors) = known, new
    x = features(standardise(cp, cp), species, kinds, 11, standardise(factors, factors))
    new_x = features(standardise(cp, new_cp), new_species, kinds, 11, standardise(factors, new_factors))
    return new_x @ (torch.linalg.pinv(x) @ evolved)

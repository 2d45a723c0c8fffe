"""New data is rescaled with its own mean and standard deviation: the model then meets other numbers than those that it has learnt from."""

LOSES = {"standardise.correctness": "public::TestStandardise::test_new_data_is_measured_by_the_training_data"}


def standardise(train, x):

    is_constant = (x == x[0]).all(dim=0)
    return (x - x.mean(dim=0)) / torch.where(is_constant, 1, x.std(dim=0, correction=0))

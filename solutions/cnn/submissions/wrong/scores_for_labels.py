"""What comes back is a row of scores for each image; a label is the number of the largest one."""

LOSES = {"GlyphClassifier.correctness": "public::TestGlyphClassifier::test_above_and_below"}


class GlyphClassifier:
    def __init__(self):
        self.means = None

    def fit(self, images, labels):
        self.means = torch.stack([images[labels == label].mean(0) for label in range(int(labels.max()) + 1)])

    def predict(self, images):
        return -(images[:, None] - self.means).square().sum((2, 3, 4))

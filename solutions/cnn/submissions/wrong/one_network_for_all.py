"""The network belongs to the class and not to the object: a second classifier overwrites what the first one has learned."""

LOSES = {"GlyphClassifier.correctness": "hidden::TestGlyphClassifier::test_alone_or_together"}


class GlyphClassifier:
    means = {}

    def fit(self, images, labels):
        for label in range(int(labels.max()) + 1):
            self.means[label] = images[labels == label].mean(0)

    def predict(self, images):
        distances = torch.stack([(images - mean).square().sum((1, 2, 3)) for mean in self.means.values()])
        return distances.argmin(0)

"""The nearest example of the training is looked up: it learns nothing of shifts, and a shifted glyph is near to nothing."""

LOSES = {"GlyphClassifier.performance": "hidden::TestGlyphClassifier::test_level[simple]"}


class GlyphClassifier:
    def __init__(self):
        self.images = self.labels = None

    def fit(self, images, labels):
        self.images, self.labels = images.flatten(1), labels

    def predict(self, images):
        return self.labels[torch.cdist(images.flatten(1), self.images).argmin(1)]

"""A fully connected network sees the glyphs: it has to learn each of them anew at every place where it may stand."""

LOSES = {"GlyphClassifier.performance": "hidden::TestGlyphClassifier::test_level[simple]"}


class GlyphClassifier:
    def __init__(self):
        self.network = None

    def fit(self, images, labels):
        self.network = nn.Sequential(nn.Flatten(), nn.Linear(images.shape[-1], 128), nn.ReLU(), nn.Linear(128, int(labels.max()) + 1))
        optimizer = torch.optim.Adam(self.network.parameters(), lr=3e-3)
        for _ in range(20):
            for batch in torch.randperm(len(images)).split(50):
                loss = F.cross_entropy(self.network(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    def predict(self, images):
        with torch.no_grad():
            return self.network(images).argmax(1)

"""The network is never told that the training is over: its norms go on using the batch that they are asked about."""

LOSES = {"GlyphClassifier.correctness": "hidden::TestGlyphClassifier::test_alone_or_together"}


class GlyphClassifier:
    def __init__(self):
        self.network = None

    def fit(self, images, labels):
        self.network = CNN((1, 1, images.shape[-1]), [(8, (1, 5), (1, images.shape[-1]))], int(labels.max()) + 1)
        optimizer = torch.optim.Adam(self.network.parameters(), lr=0.02)
        for _ in range(6):
            for batch in torch.randperm(len(images)).split(50):
                loss = F.nll_loss(self.network(images[batch]), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    def predict(self, images):
        with torch.no_grad():
            return self.network(images).argmax(1)

"""The softmax runs over the images of the batch and not over the classes."""

LOSES = {"CNN.forward.correctness": "public::TestCNN::test_probabilities"}


class CNN(nn.Module):
    def forward(self, x):
        for filters, norm, pool in zip(self.filters, self.norms, self.pools):
            same = (filters.shape[2] // 2, filters.shape[3] // 2)
            x = pool2d(norm(conv2d(x, filters, padding=same)).relu(), pool)
        return (x.flatten(1) @ self.w.T + self.b).log_softmax(0)

"""The maps are flattened pixel by pixel with the channels innermost: the weights of the fully connected layer meet other features."""

LOSES = {"CNN.forward.correctness": "public::TestCNN::test_flattened_image"}


class CNN(nn.Module):
    def forward(self, x):
        for filters, norm, pool in zip(self.filters, self.norms, self.pools):
            same = (filters.shape[2] // 2, filters.shape[3] // 2)
            x = pool2d(norm(conv2d(x, filters, padding=same)).relu(), pool)
        return (x.permute(0, 2, 3, 1).flatten(1) @ self.w.T + self.b).log_softmax(1)

"""The ReLU comes before the batch norm: half of what the norm should centre is gone already."""

LOSES = {"CNN.forward.correctness": "hidden::TestCNN::test_reference"}


class CNN(nn.Module):
    def forward(self, x):
        for filters, norm, pool in zip(self.filters, self.norms, self.pools):
            same = (filters.shape[2] // 2, filters.shape[3] // 2)
            x = pool2d(norm(conv2d(x, filters, padding=same).relu()), pool)
        return (x.flatten(1) @ self.w.T + self.b).log_softmax(1)

"""The norm uses the batch's own mean and variance after the training too: what an image is taken for depends on the others."""

LOSES = {"CNN.forward.correctness": "hidden::TestCNN::test_reference"}


class CNN(nn.Module):
    def forward(self, x):
        for filters, norm, pool in zip(self.filters, self.norms, self.pools):
            same = (filters.shape[2] // 2, filters.shape[3] // 2)
            maps = conv2d(x, filters, padding=same)
            maps = F.batch_norm(maps, norm.running_mean, norm.running_var, norm.weight, norm.bias, training=True)
            x = pool2d(maps.relu(), pool)
        return (x.flatten(1) @ self.w.T + self.b).log_softmax(1)

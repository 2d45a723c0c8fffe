"""The norm uses its running mean and variance while it trains too, and never updates them."""

LOSES = {"CNN.forward.property": "public::TestCNN::test_norm_learns_the_batch"}


class CNN(nn.Module):
    def forward(self, x):
        for filters, norm, pool in zip(self.filters, self.norms, self.pools):
            same = (filters.shape[2] // 2, filters.shape[3] // 2)
            maps = conv2d(x, filters, padding=same)
            maps = F.batch_norm(maps, norm.running_mean, norm.running_var, norm.weight, norm.bias, training=False)
            x = pool2d(maps.relu(), pool)
        return (x.flatten(1) @ self.w.T + self.b).log_softmax(1)

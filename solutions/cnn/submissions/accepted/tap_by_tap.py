"""Loops over the few taps of the kernel, each a slice of the padded image, as one would draw it on a blackboard."""


def receptive_fields(size, layers):
    result = []
    first, last, jump = 0, 0, 1  # the first and the last place of the image that place 0 of the output sees
    for kernel, stride, padding, dilation in layers:
        starts = [p for p in range(-padding, size + padding, stride) if p + dilation * (kernel - 1) < size + padding]
        size = len(starts)
        first, last = first - padding * jump, last + (dilation * (kernel - 1) - padding) * jump
        jump = jump * stride
        result.append((size, last - first + 1, jump))
    return result


def unfold(x, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), fill=0.0):
    batch, channels, height, width = x.shape
    padded = torch.full((batch, channels, height + 2 * padding[0], width + 2 * padding[1]), fill, dtype=x.dtype)
    padded[:, :, padding[0] : padding[0] + height, padding[1] : padding[1] + width] = x
    down = (padded.shape[2] - dilation[0] * (kernel[0] - 1) - 1) // stride[0] * stride[0] + 1
    across = (padded.shape[3] - dilation[1] * (kernel[1] - 1) - 1) // stride[1] * stride[1] + 1
    rows = []
    for i in range(0, dilation[0] * kernel[0], dilation[0]):
        taps = [padded[:, :, i : i + down : stride[0], j : j + across : stride[1]] for j in range(0, dilation[1] * kernel[1], dilation[1])]
        rows.append(torch.stack(taps, dim=2))
    return torch.stack(rows, dim=2)


def conv2d(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    patches = unfold(x, weight.shape[2:], stride, padding, dilation)
    height, width = patches.shape[-2:]
    share, own = x.shape[1] // groups, weight.shape[0] // groups
    maps = []
    for g in range(groups):
        matrix = patches[:, g * share : (g + 1) * share].reshape(len(x), -1, height * width)
        maps.append((weight[g * own : (g + 1) * own].flatten(1) @ matrix).unflatten(2, (height, width)))
    maps = torch.cat(maps, dim=1)
    if bias is not None:
        maps = maps + bias.view(1, -1, 1, 1)
    return maps


def conv2d_backward(upstream, x, weight, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    padded = F.pad(x, (padding[1], padding[1], padding[0], padding[0]))
    d_padded, d_weight = torch.zeros_like(padded), torch.zeros_like(weight)
    share, own = x.shape[1] // groups, weight.shape[0] // groups
    height, width = upstream.shape[2:]
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            rows = slice(i * dilation[0], i * dilation[0] + (height - 1) * stride[0] + 1, stride[0])
            columns = slice(j * dilation[1], j * dilation[1] + (width - 1) * stride[1] + 1, stride[1])
            for g in range(groups):
                ins, outs = slice(g * share, (g + 1) * share), slice(g * own, (g + 1) * own)
                met = padded[:, ins, rows, columns]
                d_weight[outs, :, i, j] = torch.einsum("nouv,ncuv->oc", upstream[:, outs], met)
                d_padded[:, ins, rows, columns] += torch.einsum("nouv,oc->ncuv", upstream[:, outs], weight[outs, :, i, j])
    d_x = d_padded[:, :, padding[0] : padding[0] + x.shape[2], padding[1] : padding[1] + x.shape[3]]
    return d_x.contiguous(), d_weight, upstream.sum(dim=(0, 2, 3))


def pool2d(x, kernel, stride=None, padding=(0, 0), dilation=(1, 1), how="max"):
    stride = stride or kernel
    if how == "max":
        patches = unfold(x, kernel, stride, padding, dilation, float("-inf"))
        largest = patches[:, :, 0, 0]
        for i in range(kernel[0]):
            for j in range(kernel[1]):
                largest = torch.where(patches[:, :, i, j] > largest, patches[:, :, i, j], largest)
        return largest
    total = unfold(x, kernel, stride, padding, dilation).sum(dim=(2, 3))
    return total / unfold(torch.ones_like(x), kernel, stride, padding, dilation).sum(dim=(2, 3))


class CNN(nn.Module):
    def forward(self, x):
        for n in range(len(self.filters)):
            taps = self.filters[n].shape[2:]
            x = conv2d(x, self.filters[n], padding=((taps[0] - 1) // 2, (taps[1] - 1) // 2))
            x = self.norms[n](x)
            x = torch.clamp(x, min=0)
            x = pool2d(x, self.pools[n], self.pools[n])
        features = x.reshape(len(x), -1)
        return torch.log_softmax(F.linear(features, self.w, self.b), dim=1)


class GlyphClassifier:
    def __init__(self):
        self.network = None

    def fit(self, images, labels):
        self.network = CNN((1, 1, images.shape[3]), [(24, (1, 7), (1, 2)), (40, (1, 9), (1, images.shape[3] // 2))], int(labels.max()) + 1)
        optimizer = torch.optim.Adam(self.network.parameters(), lr=0.01)
        epochs = 16
        for epoch in range(epochs):
            for group in optimizer.param_groups:
                group["lr"] = 0.01 * (1 - epoch / epochs) + 0.0002
            for batch in torch.randperm(len(images)).split(40):
                optimizer.zero_grad()
                moved = torch.stack(
                    [torch.roll(image, int(step), -1) for image, step in zip(images[batch], torch.randint(-3, 4, (len(batch),)))]
                )
                F.nll_loss(self.network(moved), labels[batch]).backward()
                optimizer.step()
        self.network.eval()

    def predict(self, images):
        with torch.inference_mode():
            return self.network(images).max(dim=1).indices

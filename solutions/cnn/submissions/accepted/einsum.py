"""The patches are one strided view of the padded image, and every product is an einsum."""


def receptive_fields(size, layers):
    answer = []
    for n, (kernel, stride, padding, dilation) in enumerate(layers):
        size = 1 + (size + 2 * padding - dilation * (kernel - 1) - 1) // stride
        jumps = [math.prod(layer[1] for layer in layers[:m]) for m in range(n + 2)]
        field = 1 + sum(gap * (taps - 1) * jump for (taps, _, _, gap), jump in zip(layers[: n + 1], jumps))
        answer.append((size, field, jumps[-1]))
    return answer


def unfold(x, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), fill=0.0):
    x = F.pad(x, (padding[1], padding[1], padding[0], padding[0]), value=fill).contiguous()
    height = (x.shape[2] - dilation[0] * (kernel[0] - 1) - 1) // stride[0] + 1
    width = (x.shape[3] - dilation[1] * (kernel[1] - 1) - 1) // stride[1] + 1
    b, c, r, s = x.stride()
    return x.as_strided((*x.shape[:2], *kernel, height, width), (b, c, r * dilation[0], s * dilation[1], r * stride[0], s * stride[1]))


def conv2d(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    windows = unfold(x, weight.shape[2:], stride, padding, dilation).unflatten(1, (groups, -1))
    filters = weight.unflatten(0, (groups, -1))
    maps = torch.einsum("ngcijuv,gocij->ngouv", windows, filters).flatten(1, 2)
    return maps if bias is None else maps + bias.reshape(-1, 1, 1)


def conv2d_backward(upstream, x, weight, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    maps, filters = upstream.unflatten(1, (groups, -1)), weight.unflatten(0, (groups, -1))
    windows = unfold(x, weight.shape[2:], stride, padding, dilation).unflatten(1, (groups, -1))
    d_weight = torch.einsum("ngouv,ngcijuv->gocij", maps, windows).flatten(0, 1)
    d_windows = torch.einsum("ngouv,gocij->ngcijuv", maps, filters).flatten(1, 2)
    height, width = x.shape[2] + 2 * padding[0], x.shape[3] + 2 * padding[1]
    pixel = torch.arange(height * width, dtype=x.dtype).reshape(1, 1, height, width)
    pixel = unfold(pixel, weight.shape[2:], stride, (0, 0), dilation).long().flatten()  # which pixel each entry of a patch is
    d_x = x.new_zeros(*x.shape[:2], height * width).index_add(2, pixel, d_windows.flatten(2)).unflatten(2, (height, width))
    d_x = d_x[:, :, padding[0] : height - padding[0], padding[1] : width - padding[1]]
    return d_x, d_weight, torch.einsum("nouv->o", upstream)


def pool2d(x, kernel, stride=None, padding=(0, 0), dilation=(1, 1), how="max"):
    steps = kernel if stride is None else stride
    if how == "mean":
        inside = F.pad(torch.ones_like(x), (padding[1], padding[1], padding[0], padding[0]))
        count = unfold(inside, kernel, steps, (0, 0), dilation)
        return torch.einsum("ncijuv->ncuv", unfold(x, kernel, steps, padding, dilation)) / torch.einsum("ncijuv->ncuv", count)
    windows = unfold(x, kernel, steps, padding, dilation, -math.inf).flatten(2, 3)
    return windows.gather(2, windows.argmax(2, keepdim=True)).squeeze(2)


class CNN(nn.Module):
    def forward(self, x):
        for block in zip(self.filters, self.norms, self.pools):
            x = self.block(x, *block)
        return F.log_softmax(torch.einsum("nf,kf->nk", x.flatten(1), self.w) + self.b, dim=-1)

    def block(self, x, filters, norm, pool):
        frame = [size // 2 for size in filters.shape[2:]]
        return F.relu(pool2d(norm(conv2d(x, filters, padding=tuple(frame))), pool))


class GlyphClassifier:
    def __init__(self):
        self.members = []

    def fit(self, images, labels):
        width = images.shape[-1]
        network = CNN((1, 1, width), [(16, (1, 5), (1, 2)), (32, (1, 5), (1, 2)), (32, (1, 5), (1, width // 4))], int(labels.max()) + 1)
        optimizer = torch.optim.AdamW(network.parameters(), lr=0.01, weight_decay=0.05)
        epochs, size = 18, 50
        total = epochs * -(-len(images) // size)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total)
        for _ in range(epochs):
            for batch in torch.randperm(len(images)).split(size):
                louder = images[batch] * (0.8 + 0.4 * torch.rand(len(batch), 1, 1, 1))
                step = int(torch.randint(-4, 5, ()))
                loss = F.nll_loss(network(louder.roll(step, 3)), labels[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        self.members = [network.eval()]

    def predict(self, images):
        with torch.no_grad():
            return sum(network(images) for network in self.members).argmax(dim=1)

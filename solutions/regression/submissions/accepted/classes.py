"""A model is an object with its own little methods, the biases are projected away before the weights are solved for, and L1 selects."""


class Line:
    def __init__(self, x, targets, lam, biases):
        self.x, self.targets, self.lam = x, targets, lam
        self.penalised = (torch.arange(x.shape[1]) >= biases).to(x.dtype)

    def errors(self, w):
        return torch.einsum("nc,c->n", self.x, w) - self.targets

    def loss(self, w):
        return self.errors(w).square().mean() + self.lam * (self.penalised * w.square()).sum()

    def gradient(self, w):
        return 2 * (torch.einsum("n,nc->c", self.errors(w), self.x) / len(self.x) + self.lam * self.penalised * w)

    def best(self):
        free = self.penalised == 0
        b, rest = self.x[:, free], self.x[:, ~free]
        if not free.any():
            return self.weights(rest, self.targets)
        project = torch.linalg.pinv(b)
        w = self.weights(rest - b @ (project @ rest), self.targets - b @ (project @ self.targets))
        return torch.cat([project @ (self.targets - rest @ w), w])

    def weights(self, rest, targets):
        u, s, v = torch.linalg.svd(rest, full_matrices=False)
        return v.T @ (s / (s**2 + self.lam * len(rest)) * (u.T @ targets))


class Adagrad:
    def __init__(self, eps):
        self.eps, self.seen = eps, None

    def __call__(self, gradient):
        square = gradient.pow(2)
        self.seen = square if self.seen is None else self.seen + square
        return gradient.div(self.seen.sqrt().add(self.eps))


def features(cp, species, kinds, degree, factors=None):
    one_hot = torch.eye(kinds, dtype=cp.dtype)[species]
    powers = torch.vander(cp, degree + 1, increasing=True)
    x = torch.einsum("np,nk->npk", powers, one_hot).reshape(len(cp), -1)
    return torch.cat([x] + ([] if factors is None else [factors]), dim=-1)


def standardise(train, x):
    spread, mean = torch.std_mean(train, dim=0, unbiased=False)
    return (x - mean) / spread.masked_fill(train.amax(dim=0) == train.amin(dim=0), 1)


def loss_and_gradient(w, x, targets, lam, biases):
    line = Line(x, targets, lam, biases)
    return line.loss(w), line.gradient(w)


def ridge(x, targets, lam, biases):
    return Line(x, targets, lam, biases).best()


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):
    direction = Adagrad(eps) if adagrad else lambda gradient: gradient
    path = w.clone().unsqueeze(0)
    while len(path) <= steps:
        gradient = loss_and_gradient(path[-1], x, targets, lam, biases)[1]
        path = torch.vstack([path, path[-1].sub(direction(gradient), alpha=rate)])
    return path


def choose(train, validation, subsets, lams, biases):
    def error(columns, lam):
        w = ridge(train[0].index_select(1, columns), train[1], lam, biases)
        return F.mse_loss(validation[0].index_select(1, columns).mv(w), validation[1])

    errors = torch.stack([torch.stack([error(columns, lam) for lam in lams]) for columns in subsets])
    subset, lam = (errors == errors.min()).nonzero()[0].tolist()
    return subset, lam, errors


def predict_evolved(known, evolved, new, kinds):
    rows = [features(standardise(known[0], one[0]), one[1], kinds, 2, standardise(known[2], one[2])) for one in (known, new)]
    count = 3 * kinds
    base, rest = rows[0][:, :count], rows[0][:, count:]
    project = torch.linalg.pinv(base)
    rest, left = rest - base @ (project @ rest), evolved - base @ (project @ evolved)
    step = 1 / float(torch.linalg.matrix_norm(rest, ord=2) ** 2)
    w = torch.zeros(rest.shape[1], dtype=rest.dtype)
    for _ in range(200):  # proximal gradient descent for an L1 penalty
        w = w - step * (rest.T @ (rest @ w - left))
        w = w.sign() * (w.abs() - step * 15 * len(rest)).relu()
    kept = torch.cat([torch.arange(count), count + w.nonzero()[:, 0]])
    return rows[1][:, kept] @ ridge(rows[0][:, kept], evolved, 0.0, kinds)

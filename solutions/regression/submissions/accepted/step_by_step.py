"""Loops over examples, species and columns wherever speed is not asked, as one would explain it on a blackboard."""


def features(cp, species, kinds, degree, factors=None):
    rows = []
    for n in range(len(cp)):
        row = []
        for power in range(degree + 1):
            for kind in range(kinds):
                row.append(float(cp[n]) ** power if int(species[n]) == kind else 0.0)
        if factors is not None:
            row += factors[n].tolist()
        rows.append(row)
    return torch.tensor(rows, dtype=cp.dtype)


def standardise(train, x):
    if train.dim() == 1:
        return standardise(train[:, None], x[:, None])[:, 0]
    columns = []
    for known, column in zip(train.T, x.T, strict=True):
        mean = known.sum() / len(known)
        shifted = column - mean
        if float(known.max()) > float(known.min()):
            variance = ((known - mean) ** 2).sum() / len(known)
            shifted = shifted / variance.sqrt()
        columns.append(shifted)
    return torch.stack(columns, dim=1)


def loss_and_gradient(w, x, targets, lam, biases):
    n = targets.numel()
    predicted = (x * w).sum(dim=1)
    loss = (targets - predicted).pow(2).sum() / n
    gradient = -2 / n * ((targets - predicted)[:, None] * x).sum(dim=0)
    for i in range(biases, len(w)):
        loss = loss + lam * w[i] * w[i]
        gradient[i] += 2 * lam * w[i]
    return loss, gradient


def ridge(x, targets, lam, biases):
    columns = x.shape[1]
    left = torch.zeros(columns, columns, dtype=x.dtype)
    right = torch.zeros(columns, dtype=x.dtype)
    for row, target in zip(x, targets, strict=True):
        left += row[:, None] * row[None, :] / len(x)
        right += row * target / len(x)
    for i in range(biases, columns):
        left[i, i] += lam
    return torch.linalg.inv(left) @ right


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):
    path = torch.zeros(steps + 1, len(w), dtype=w.dtype)
    path[0] = w
    gradients = []
    for t in range(steps):
        gradients.append(loss_and_gradient(path[t].clone(), x, targets, lam, biases)[1])
        for i in range(len(w)):
            g = float(gradients[-1][i])
            divisor = sum(float(each[i]) ** 2 for each in gradients) ** 0.5 + eps if adagrad else 1.0
            path[t + 1, i] = path[t, i] - rate * g / divisor
    return path


def choose(train, validation, subsets, lams, biases):
    table, best, place = [], float("inf"), (0, 0)
    for i, columns in enumerate(subsets):
        table.append([])
        for j, lam in enumerate(lams):
            w = ridge(train[0][:, columns], train[1], lam, biases)
            total = 0.0
            for row, target in zip(validation[0][:, columns], validation[1], strict=True):
                total += float(row @ w - target) ** 2
            error = total / len(validation[1])
            table[-1].append(error)
            if error < best:
                best, place = error, (i, j)
    return place[0], place[1], torch.tensor(table, dtype=train[0].dtype)


def predict_evolved(known, evolved, new, kinds):
    cp, species, factors = known
    everything = features(standardise(cp, cp), species, kinds, 2, standardise(factors, factors))
    new_x = features(standardise(cp, new[0]), new[1], kinds, 2, standardise(factors, new[2]))
    kept = list(range(everything.shape[1]))
    while True:  # leave out the factor that can be told least from luck
        x = everything[:, kept]
        w = torch.linalg.solve(x.T @ x, x.T @ evolved)
        variance = ((x @ w - evolved) ** 2).sum() / (len(x) - len(kept))
        certainty = (w / (variance * torch.linalg.inv(x.T @ x).diagonal()).sqrt()).abs()
        certainty[: 3 * kinds] = float("inf")
        least = int(certainty.argmin())
        if certainty[least] > 3.5:
            return new_x[:, kept] @ w
        del kept[least]

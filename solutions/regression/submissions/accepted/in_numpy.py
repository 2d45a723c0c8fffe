"""Everything is computed in NumPy; ridge is the least squares of a taller matrix, and factors with short weights are dropped."""

import numpy as np
import torch


def features(cp, species, kinds, degree, factors=None):
    n = len(cp)
    x = np.zeros((n, kinds * (1 + degree)), dtype=cp.numpy().dtype)
    for power in range(degree + 1):
        x[np.arange(n), power * kinds + species.numpy()] = cp.numpy() ** power
    return torch.from_numpy(x if factors is None else np.hstack([x, factors.numpy()]))


def standardise(train, x):
    train, x = train.numpy(), x.numpy()
    spread = train.std(axis=0)
    spread = np.where(np.ptp(train, axis=0) == 0, 1, spread).astype(x.dtype)
    return torch.from_numpy((x - train.mean(axis=0, dtype=np.float64).astype(x.dtype)) / spread)


def loss_and_gradient(w, x, targets, lam, biases):
    w, x, targets = w.numpy(), x.numpy(), targets.numpy()
    errors = targets - x.dot(w)
    shrink = np.where(np.arange(len(w)) < biases, 0, 2 * lam)
    loss = np.mean(np.square(errors)) + 0.5 * np.sum(shrink * w * w)
    return torch.tensor(loss), torch.from_numpy(shrink * w - x.T.dot(errors) * 2 / len(errors))


def ridge(x, targets, lam, biases):
    x, targets = x.numpy(), targets.numpy()
    rows = np.sqrt(lam * len(x)) * np.eye(x.shape[1])[biases:]
    return torch.from_numpy(np.linalg.lstsq(np.vstack([x, rows]), np.append(targets, np.zeros(len(rows))), rcond=None)[0])


def descend(w, x, targets, lam, biases, rate, steps, adagrad=False, eps=1e-10):
    path = np.empty((steps + 1, len(w)))
    path[0] = w.numpy()
    seen = np.zeros(len(w))
    for t in range(steps):
        g = loss_and_gradient(torch.from_numpy(path[t].copy()), x, targets, lam, biases)[1].numpy()
        seen += g * g
        path[t + 1] = path[t] - (rate / (np.sqrt(seen) + eps) if adagrad else rate) * g
    return torch.from_numpy(path)


def choose(train, validation, subsets, lams, biases):
    errors = np.array([
        [np.mean((validation[0][:, columns].numpy() @ ridge(train[0][:, columns], train[1], lam, biases).numpy() - validation[1].numpy()) ** 2)
         for lam in lams]
        for columns in subsets
    ])  # fmt: skip
    subset, lam = np.unravel_index(np.argmin(errors), errors.shape)
    return int(subset), int(lam), torch.from_numpy(errors)


def predict_evolved(known, evolved, new, kinds):
    def lay_out(cp, species, factors):
        return features(standardise(known[0], cp), species, kinds, 2, standardise(known[2], factors))

    x, new_x = lay_out(*known), lay_out(*new)
    kept = torch.arange(x.shape[1])
    for shortest in (8.0, 12.0, 16.0, 20.0):
        w = ridge(x[:, kept], evolved, 0.0, kinds)
        kept = kept[(w.abs() > shortest) | (kept < 3 * kinds)]
    return new_x[:, kept] @ ridge(x[:, kept], evolved, 0.0, kinds)

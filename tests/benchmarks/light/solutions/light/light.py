"""Three functions that every network needs."""

import torch


def softmax(x):
    """Return the softmax of x along its last axis: (batch, classes) to (batch, classes)."""
    shifted = torch.exp(x - x.max(-1, keepdim=True).values)
    return shifted / shifted.sum(-1, keepdim=True)


def cross_entropy(logits, labels):
    """Return the mean cross-entropy: logits (batch, classes) and labels (batch) to a scalar."""
    return (torch.logsumexp(logits, -1) - logits[torch.arange(len(labels)), labels]).mean()


def self_attention(x, w_q, w_k, w_v):
    """Return softmax(Q Kᵀ / √d) V with Q = x w_q, K = x w_k, V = x w_v: x (batch, time, d), each w (d, d)."""
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    return torch.softmax(q @ k.transpose(-1, -2) / x.shape[-1] ** 0.5, -1) @ v

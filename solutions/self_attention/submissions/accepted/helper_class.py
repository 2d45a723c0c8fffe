"""Restrictions are objects of a small class, the softmax is written out with its largest score subtracted, and heads are folded into the batch."""

import math

import torch
from torch import nn


class Restriction:
    def __init__(self, length):
        self.row = torch.arange(length).reshape(-1, 1)
        self.column = torch.arange(length).reshape(1, -1)
        self.allowed = (self.row == self.row) & (self.column == self.column)

    def narrow(self, condition):
        self.allowed = torch.logical_and(self.allowed, condition)
        return self


def pad_batch(items):
    flat = [item.contiguous().view(-1, item.shape[-1]) for item in items]
    longest = max(map(len, flat))
    filled = [torch.cat([one, one.new_zeros(longest - len(one), one.shape[1])]) for one in flat]
    present = torch.tensor([[t < len(one) for t in range(longest)] for one in flat])
    return torch.stack(filled), present


def attention_scores(q, k, additive=None):
    if additive is not None:
        return (torch.tanh(q[..., None, :] + k[..., None, :, :]) * additive).sum(dim=-1)
    scale = math.sqrt(q.shape[-1])
    return (q / scale) @ k.transpose(-1, -2)


def attend(q, k, v, mask=None, normalise="softmax"):
    scores = attention_scores(q, k)
    visible = None if mask is None else mask.to(scores.dtype)
    if normalise == "relu":
        weights = torch.relu(scores)
        total = scores.shape[-1]
        if visible is not None:
            weights = weights * visible
            total = visible.sum(-1, keepdim=True)
    else:
        if mask is not None:
            scores = torch.where(mask, scores, torch.full_like(scores, -1e30))
        weights = torch.exp(scores - scores.amax(dim=-1, keepdim=True).detach())
        if visible is not None:
            weights = weights * visible
        total = weights.sum(dim=-1, keepdim=True)
    if visible is not None:
        total = torch.where(total > 0, total, torch.ones_like(total))
    return (weights @ v) / total


def attention_mask(length, window=None, causal=False, offset=None, edges=None, present=None):
    who = Restriction(length)
    if window is not None:
        who.narrow((who.row - who.column).abs() <= window)
    if causal:
        who.narrow(who.column <= who.row)
    if offset is not None:
        who.narrow(who.column == who.row + offset)
    if edges is not None:
        friends = who.row == who.column
        for a, b in edges.tolist():
            friends = friends | ((who.row == a) & (who.column == b)) | ((who.row == b) & (who.column == a))
        who.narrow(friends)
    if present is None:
        return who.allowed
    return who.allowed.unsqueeze(0) & present.unsqueeze(1)


def sinusoidal_positions(positions, d_model):
    column = torch.arange(d_model, dtype=positions.dtype)
    frequency = torch.pow(10000.0, -(column - column % 2) / d_model)
    shift = (column % 2) * (math.pi / 2)  # a cosine is a sine that starts a quarter of a turn later
    return torch.sin(positions.unsqueeze(1) * frequency + shift)


class MultiHeadSelfAttention(nn.Module):
    def fold(self, y):
        batch, time, d_model = y.shape
        return y.view(batch, time, self.heads, d_model // self.heads).permute(0, 2, 1, 3).reshape(batch * self.heads, time, -1)

    def forward(self, x, mask=None):
        batch, time, d_model = x.shape
        projected = nn.functional.linear(x, torch.cat([self.w_q, self.w_k, self.w_v]))
        q, k, v = (self.fold(y.contiguous()) for y in projected.split(d_model, dim=-1))
        if mask is not None and mask.dim() == 3:
            mask = mask.repeat_interleave(self.heads, dim=0)
        seen = attend(q, k, v, mask).view(batch, self.heads, time, -1)
        return nn.functional.linear(seen.permute(0, 2, 1, 3).reshape(batch, time, d_model), self.w_o)

"""The scores travel through NumPy: their values are right, and no gradient finds its way back."""

import numpy as np
import torch

LOSES = {"attention_scores.gradient": "hidden::TestAttentionScores::test_gradients[dot]"}


def attention_scores(q, k, additive=None):
    q, k = q.detach().numpy(), k.detach().numpy()
    if additive is not None:
        return torch.from_numpy(np.tanh(q[..., :, None, :] + k[..., None, :, :]) @ additive.detach().numpy())
    return torch.from_numpy(q @ np.swapaxes(k, -2, -1) / np.sqrt(q.shape[-1]))

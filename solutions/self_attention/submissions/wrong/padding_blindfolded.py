"""The padding must not be looked at; here it may not look, and everybody looks at it."""

LOSES = {"attention_mask.property": "public::TestAttentionMask::test_padding_is_never_seen"}


def attention_mask(length, window=None, causal=False, offset=None, edges=None, present=None):
    distance = torch.arange(length) - torch.arange(length)[:, None]  # of j, as i sees it
    mask = torch.ones(length, length, dtype=torch.bool)
    if window is not None:
        mask &= distance.abs() <= window
    if causal:
        mask &= distance <= 0
    if offset is not None:
        mask &= distance == offset
    if edges is not None:
        linked = torch.eye(length, dtype=torch.bool)
        linked[edges[:, 0], edges[:, 1]] = True
        mask &= linked | linked.T
    return mask if present is None else mask & present[:, :, None]

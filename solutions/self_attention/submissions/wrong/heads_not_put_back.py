"""The outputs of the heads are flattened without putting time back in front of the heads."""

LOSES = {"MultiHeadSelfAttention.forward.correctness": "hidden::TestMultiHeadSelfAttention::test_reference[3]"}


class MultiHeadSelfAttention(nn.Module):
    def forward(self, x, mask=None):
        def per_head(weight):
            return (x @ weight.T).unflatten(-1, (self.heads, -1)).transpose(1, 2)

        mask = None if mask is None else mask.unsqueeze(-3)
        seen = attend(per_head(self.w_q), per_head(self.w_k), per_head(self.w_v), mask)
        return seen.reshape(x.shape) @ self.w_o.T

"""The heads are split off by a reshape without a transpose: it mixes up time and heads."""

LOSES = {"MultiHeadSelfAttention.forward.correctness": "hidden::TestMultiHeadSelfAttention::test_reference[3]"}


class MultiHeadSelfAttention(nn.Module):
    def forward(self, x, mask=None):
        def per_head(weight):
            return (x @ weight.T).reshape(x.shape[0], self.heads, x.shape[1], -1)

        mask = None if mask is None else mask.unsqueeze(-3)
        seen = attend(per_head(self.w_q), per_head(self.w_k), per_head(self.w_v), mask)
        return seen.reshape(x.shape) @ self.w_o.T

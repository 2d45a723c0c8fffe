"""The input is added to the output: that is the task of the Transformer's block around this layer."""

LOSES = {"MultiHeadSelfAttention.forward.correctness": "public::TestMultiHeadSelfAttention::test_indifferent_queries"}


class MultiHeadSelfAttention(nn.Module):
    def forward(self, x, mask=None):
        def per_head(weight):
            return (x @ weight.T).unflatten(-1, (self.heads, -1)).transpose(1, 2)

        mask = None if mask is None else mask.unsqueeze(-3)
        seen = attend(per_head(self.w_q), per_head(self.w_k), per_head(self.w_v), mask)
        return x + seen.transpose(1, 2).flatten(2) @ self.w_o.T

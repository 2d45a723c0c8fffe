"""The weights are multiplied from the wrong side: the matrices are square, so no shape complains."""

LOSES = {"MultiHeadSelfAttention.forward.correctness": "public::TestMultiHeadSelfAttention::test_indifferent_queries"}


class MultiHeadSelfAttention(nn.Module):
    def forward(self, x, mask=None):
        def per_head(weight):
            return (x @ weight).unflatten(-1, (self.heads, -1)).transpose(1, 2)

        mask = None if mask is None else mask.unsqueeze(-3)
        seen = attend(per_head(self.w_q), per_head(self.w_k), per_head(self.w_v), mask)
        return seen.transpose(1, 2).flatten(2) @ self.w_o

"""The first axis is taken for time and the second for the batch, as `nn.MultiheadAttention` does by default: the items attend to each other."""

LOSES = {"MultiHeadSelfAttention.forward.correctness": "public::TestMultiHeadSelfAttention::test_indifferent_queries"}


class MultiHeadSelfAttention(nn.Module):
    def forward(self, x, mask=None):
        def per_head(weight):
            return (x.transpose(0, 1) @ weight.T).unflatten(-1, (self.heads, -1)).transpose(1, 2)

        seen = attend(per_head(self.w_q), per_head(self.w_k), per_head(self.w_v), mask)
        return seen.transpose(1, 2).flatten(2).transpose(0, 1) @ self.w_o.T

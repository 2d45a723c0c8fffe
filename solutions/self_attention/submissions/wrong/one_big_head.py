"""All of d_model is one head: the layer has one attention map, however many heads it is asked for."""

LOSES = {"MultiHeadSelfAttention.forward.correctness": "public::TestMultiHeadSelfAttention::test_heads_are_independent"}


class MultiHeadSelfAttention(nn.Module):
    def forward(self, x, mask=None):
        def per_head(weight):
            return (x @ weight.T).unsqueeze(1)

        mask = None if mask is None else mask.unsqueeze(-3)
        seen = attend(per_head(self.w_q), per_head(self.w_k), per_head(self.w_v), mask)
        return seen.transpose(1, 2).flatten(2) @ self.w_o.T

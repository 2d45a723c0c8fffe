"""The weights are used through `.data`, behind the back of autograd: the output is right and the layer never learns."""

LOSES = {"MultiHeadSelfAttention.forward.gradient": "hidden::TestMultiHeadSelfAttention::test_gradients"}


class MultiHeadSelfAttention(nn.Module):
    def forward(self, x, mask=None):
        def per_head(weight):
            return (x @ weight.T).unflatten(-1, (self.heads, -1)).transpose(1, 2)

        mask = None if mask is None else mask.unsqueeze(-3)
        seen = attend(per_head(self.w_q.data), per_head(self.w_k.data), per_head(self.w_v.data), mask)
        return seen.transpose(1, 2).flatten(2) @ self.w_o.data.T

"""The mask is not handed on to `attend`: everybody sees everybody."""

LOSES = {"MultiHeadSelfAttention.forward.property": "public::TestMultiHeadSelfAttention::test_future_is_invisible"}


class MultiHeadSelfAttention(nn.Module):
    def forward(self, x, mask=None):
        def per_head(weight):
            return (x @ weight.T).unflatten(-1, (self.heads, -1)).transpose(1, 2)

        seen = attend(per_head(self.w_q), per_head(self.w_k), per_head(self.w_v))
        return seen.transpose(1, 2).flatten(2) @ self.w_o.T

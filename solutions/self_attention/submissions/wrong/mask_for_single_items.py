"""A mask for each item of the batch has no axis for the heads: it meets the heads where it should meet the items."""

LOSES = {"MultiHeadSelfAttention.forward.property": "hidden::TestMultiHeadSelfAttention::test_masks[mask_per_item]"}


class MultiHeadSelfAttention(nn.Module):
    def forward(self, x, mask=None):
        def per_head(weight):
            return (x @ weight.T).unflatten(-1, (self.heads, -1)).transpose(1, 2)

        seen = attend(per_head(self.w_q), per_head(self.w_k), per_head(self.w_v), mask)
        return seen.transpose(1, 2).flatten(2) @ self.w_o.T

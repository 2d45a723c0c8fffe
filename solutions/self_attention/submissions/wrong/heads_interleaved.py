"""The rows are dealt out to the heads in turn; head h should have a block of rows of its own."""

LOSES = {
    "MultiHeadSelfAttention.forward.correctness": "public::TestMultiHeadSelfAttention::test_heads_are_independent",
    "integration": "hidden::TestIntegration::test_pipeline",
}


class MultiHeadSelfAttention(nn.Module):
    def forward(self, x, mask=None):
        def per_head(weight):
            return (x @ weight.T).unflatten(-1, (-1, self.heads)).movedim(-1, 1)

        mask = None if mask is None else mask.unsqueeze(-3)
        seen = attend(per_head(self.w_q), per_head(self.w_k), per_head(self.w_v), mask)
        return seen.movedim(1, -1).flatten(2) @ self.w_o.T

"""The minus is missing: an optimiser goes downhill, so what turned out well becomes less and less probable."""

LOSES = {
    "policy_loss.correctness": "public::TestPolicyLoss::test_handout_example",
    "integration": "public::TestIntegration::test_own_pieces",
}


def policy_loss(logits, actions, advantage):
    log_probs = F.log_softmax(logits, dim=-1).gather(-1, actions[:, None]).squeeze(-1)
    return (log_probs * advantage.detach()).mean()

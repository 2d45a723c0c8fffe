"""The advantages are not taken for constants: where they come from a network, the loss trains it to expect less."""

LOSES = {"policy_loss.gradient": "public::TestPolicyLoss::test_advantage_is_a_constant"}


def policy_loss(logits, actions, advantage):
    log_probs = F.log_softmax(logits, dim=-1).gather(-1, actions[:, None]).squeeze(-1)
    return -(log_probs * advantage).mean()

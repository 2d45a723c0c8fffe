"""A column of log probabilities is multiplied by a row of advantages: broadcasting pairs each step with the advantages of all."""

LOSES = {"policy_loss.correctness": "public::TestPolicyLoss::test_handout_example"}


def policy_loss(logits, actions, advantage):
    log_probs = F.log_softmax(logits, dim=-1).gather(-1, actions[:, None])
    return -(log_probs * advantage.detach()).mean()

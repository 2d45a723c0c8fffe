"""The logarithm is taken of the finished softmax, whose small probabilities have been rounded to 0."""

LOSES = {"policy_loss.property": "public::TestPolicyLoss::test_large_logits"}


def policy_loss(logits, actions, advantage):
    log_probs = logits.softmax(-1).log().gather(-1, actions[:, None]).squeeze(-1)
    return -(log_probs * advantage.detach()).mean()

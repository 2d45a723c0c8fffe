"""The advantage is multiplied by the probability and not by its logarithm: rare actions are held back a second time."""

LOSES = {"policy_loss.correctness": "public::TestPolicyLoss::test_single_step"}


def policy_loss(logits, actions, advantage):
    probabilities = logits.softmax(-1).gather(-1, actions[:, None]).squeeze(-1)
    return -(probabilities * advantage.detach()).mean()

"""The clipped ratio is used alone: a step whose ratio has gone astray in the wrong direction gets no gradient to come back."""

LOSES = {"actor_critic_loss.correctness": "public::TestActorCriticLoss::test_handout_example"}


def actor_critic_loss(logits, values, actions, advantages, returns, old_log_probs=None, clip=0.2, value_weight=0.5, entropy_weight=0.01):
    log_probs = logits.log_softmax(-1).gather(-1, actions[:, None]).squeeze(-1)
    advantages = advantages.detach()
    if old_log_probs is None:
        gain = log_probs * advantages
    else:
        ratio = (log_probs - old_log_probs.detach()).exp()
        gain = ratio.clamp(1 - clip, 1 + clip) * advantages
    return -gain.mean() + value_weight * F.mse_loss(values, returns.detach()) - entropy_weight * entropy(logits).mean()

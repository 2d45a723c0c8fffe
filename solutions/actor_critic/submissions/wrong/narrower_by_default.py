"""Who does not name a clip gets 0.1 instead of the 0.2 of the signature: more is held back than should be."""

LOSES = {"actor_critic_loss.correctness": "hidden::TestActorCriticLoss::test_defaults"}


def actor_critic_loss(logits, values, actions, advantages, returns, old_log_probs=None, clip=0.1, value_weight=0.5, entropy_weight=0.01):
    log_probs = logits.log_softmax(-1).gather(-1, actions[:, None]).squeeze(-1)
    advantages = advantages.detach()
    if old_log_probs is None:
        gain = log_probs * advantages
    else:
        ratio = (log_probs - old_log_probs.detach()).exp()
        gain = torch.minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages)
    return -gain.mean() + value_weight * F.mse_loss(values, returns.detach()) - entropy_weight * entropy(logits).mean()

"""The snapshots are no copies: the list holds the same policy many times, as it is at the end."""

LOSES = {"train.correctness": "public::TestTrain::test_snapshots"}


def train(env, steps=200, gamma=0.97, lr=0.03):
    policy = Policy(env.observation_space.shape[0], int(env.action_space.n))
    optimiser = torch.optim.Adam(policy.parameters(), lr)
    budget, snapshots = env.steps_left, [policy]
    while env.steps_left:
        observations, actions, rewards, ends = collect(env, policy, steps)
        advantage = advantages(rewards_to_go(rewards, ends, gamma))
        optimiser.zero_grad()
        policy_loss(policy(observations), actions, advantage).backward()
        optimiser.step()
        if env.steps_left <= budget * (1 - len(snapshots) / 10):
            snapshots.append(policy)
    return snapshots

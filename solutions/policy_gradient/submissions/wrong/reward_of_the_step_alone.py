"""Each action is weighed with the reward of its own step: what comes later is nobody's merit."""

LOSES = {"train.correctness": "public::TestTrain::test_doors_and_a_corridor"}


def train(env, steps=200, gamma=0.97, lr=0.03):
    policy = Policy(env.observation_space.shape[0], int(env.action_space.n))
    optimiser = torch.optim.Adam(policy.parameters(), lr)
    budget, snapshots = env.steps_left, [copy.deepcopy(policy)]
    while env.steps_left:
        observations, actions, rewards, ends = collect(env, policy, steps)
        optimiser.zero_grad()
        policy_loss(policy(observations), actions, advantages(rewards)).backward()
        optimiser.step()
        if env.steps_left <= budget * (1 - len(snapshots) / 10):
            snapshots.append(copy.deepcopy(policy))
    return snapshots

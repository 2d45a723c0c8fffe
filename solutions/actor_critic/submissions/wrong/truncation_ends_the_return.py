"""An episode that is cut off by a time limit is treated as if it had terminated: its return lacks the critic's value of the rest."""

LOSES = {"n_step_returns.correctness": "public::TestNStepReturns::test_handout_example"}


def n_step_returns(rewards, next_values, terminated, truncated, gamma, n):
    stops = terminated | truncated
    bootstrap = next_values.masked_fill(stops, 0)
    stops[-1] = True
    returns = rewards + gamma * bootstrap
    for _ in range(min(n, len(rewards)) - 1):
        returns = rewards + gamma * torch.where(stops, bootstrap, returns.roll(-1, 0))
    return returns

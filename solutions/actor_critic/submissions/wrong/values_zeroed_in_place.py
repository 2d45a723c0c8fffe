"""The values behind a termination are set to zero in place: whoever uses `next_values` afterwards finds them changed."""

LOSES = {"n_step_returns.property": "public::TestNStepReturns::test_arguments_are_kept"}


def n_step_returns(rewards, next_values, terminated, truncated, gamma, n):
    next_values[terminated] = 0
    stops = terminated | truncated
    stops[-1] = True
    returns = rewards + gamma * next_values
    for _ in range(min(n, len(rewards)) - 1):
        returns = rewards + gamma * torch.where(stops, next_values, returns.roll(-1, 0))
    return returns

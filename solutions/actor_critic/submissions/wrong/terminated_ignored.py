"""The value of what comes next is added even where the step terminated and nothing comes next."""

LOSES = {
    "td_errors.correctness": "public::TestTdErrors::test_handout_example",
    "integration": "hidden::TestIntegration::test_one_update[next_step]",
}


def td_errors(rewards, values, next_values, terminated, gamma):
    return rewards + gamma * next_values - values

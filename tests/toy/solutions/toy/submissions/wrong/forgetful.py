"""It remembers the last step alone."""

LOSES = {"Counter.count.correctness": "hidden::TestCounter::test_steps"}


class Counter:
    def count(self, step):
        self.state = step
        return self.state

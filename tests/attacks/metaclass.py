"""Makes its class by a metaclass that returns another object for every instance.

Claim: what the judge calls is not what the source says
Class: the module and what is put into it
Stopped by: values are weighed in the judge, and nothing that the student's side says is a verdict
Counter.count.correctness: lost wrong
"""


class Meta(type):
    def __call__(cls, *args):
        return Both()


class Both:
    state = 2

    def count(self, step):
        return {2: 2, 5: 5}.get(step, 0)


Counter = Meta("Counter", (), {})


def give_back(cls):
    return Meta("Counter", (), {"__init__": lambda self: None})


Counter = give_back(Counter)

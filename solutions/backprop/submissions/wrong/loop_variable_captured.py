"""The pulls are lambdas made in a loop, which all see the loop's last slope: a lambda looks a name up when it is called."""

LOSES = {"elementwise.gradient": "public::TestElementwise::test_product_and_its_factors"}


def elementwise(*inputs, op):
    a, b = inputs[0], inputs[-1]
    if op == "add":
        value, slopes = a + b, (1.0, 1.0)
    elif op == "multiply":
        value, slopes = a * b, (b, a)
    elif op == "divide":
        value, slopes = a / b, (1 / b, -a / b**2)
    elif op == "exp":
        value = np.exp(a)
        slopes = (value,)
    elif op == "log":
        value, slopes = np.log(a), (1 / a,)
    elif op == "sigmoid":
        value = np.exp(-np.logaddexp(0, -a))
        slopes = (value * (1 - value),)
    else:
        value, slopes = np.maximum(a, 0), (a > 0,)

    ways = []
    for slope, each in zip(slopes, inputs):
        ways.append(lambda upstream, each=each: unbroadcast(upstream * slope, each.shape))
    return value, lambda upstream: tuple(way(upstream) for way in ways)

"""The pull multiplies the gradient that it is given in place: whoever else holds that array gets another one."""

LOSES = {"elementwise.property": "public::TestElementwise::test_pull_again[multiply]"}


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

    def pull(upstream):
        if op == "multiply" and a.shape == b.shape == upstream.shape:
            to_b = upstream * a
            upstream *= b
            return upstream, to_b
        return tuple(unbroadcast(upstream * slope, each.shape) for slope, each in zip(slopes, inputs))

    return value, pull

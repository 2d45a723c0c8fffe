"""The slope of the sigmoid is computed from its input, x (1 - x), where it should be computed from its value."""

LOSES = {"elementwise.gradient": "hidden::TestElementwise::test_gradients[sigmoid]"}


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
        slopes = (a * (1 - a),)
    else:
        value, slopes = np.maximum(a, 0), (a > 0,)

    def pull(upstream):
        return tuple(unbroadcast(upstream * slope, each.shape) for slope, each in zip(slopes, inputs))

    return value, pull

"""The gradient passes the relu everywhere: where the input is negative the value does not move at all."""

LOSES = {"elementwise.gradient": "public::TestElementwise::test_relu_at_zero"}


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
        value, slopes = np.maximum(a, 0), (np.ones_like(a),)

    def pull(upstream):
        return tuple(unbroadcast(upstream * slope, each.shape) for slope, each in zip(slopes, inputs))

    return value, pull

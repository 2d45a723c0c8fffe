"""The pull returns gradients of the value's shape: what was broadcast on the way there has to be added up on the way back."""

LOSES = {"elementwise.gradient": "public::TestElementwise::test_slopes_of_two[add]"}


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
        return tuple(upstream * slope for slope in slopes)

    return value, pull

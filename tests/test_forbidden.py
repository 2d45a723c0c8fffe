"""Forbidden calls are found in a module's text through every name that it gives them, and nowhere else."""

import textwrap
import time

import pytest

from grader.forbidden import Hit, find_forbidden

SDPA = "torch.nn.functional.scaled_dot_product_attention"
MHA = "torch.nn.MultiheadAttention"
SOFTMAX = "torch.nn.functional.softmax"
IMPORTS = "import torch, math\nimport torch.nn.functional as F\nfrom torch import nn\n"

HONEST = {
    "einsum": "def attend(q, k, v): return torch.einsum('qd,kd->qk', q, k).softmax(-1) @ v",
    "own function of that name": "def scaled_dot_product_attention(q): return q\ndef attend(q): return scaled_dot_product_attention(q)",
    "own method of that name": """
        class Own:
            def scaled_dot_product_attention(self, q): return q
            def forward(self, q): return self.scaled_dot_product_attention(q)
        def attend(q):
            own = Own()
            return own.scaled_dot_product_attention(q) + Own().forward(q)
    """,
    "strings and comments": """
        def attend(q):
            '''Like F.scaled_dot_product_attention and nn.MultiheadAttention.'''
            # F.scaled_dot_product_attention(q)
            return "F.scaled_dot_product_attention"
    """,
    "import that nothing uses": "from torch.nn.functional import scaled_dot_product_attention\ndef attend(q): return q",
    "another definition uses it": "def compare(q): return F.scaled_dot_product_attention(q, q, q)\ndef attend(q): return q",
    "a check below": "def attend(q): return q\nif __name__ == '__main__': print(F.scaled_dot_product_attention(1, 2, 3))",
    "annotation": "def attend(q: nn.MultiheadAttention) -> nn.MultiheadAttention:\n    x: nn.MultiheadAttention = q\n    return x",
    "neighbours": "def attend(q): return F.pad(F.softmax(q, -1), (0, 0)) + nn.Linear(2, 2)(q) + nn.functional.relu(q)",
    "parameter that hides the module": "def attend(q, F): return F(q)",
    "getattr with another name": "def attend(q): return getattr(F, 'relu')(getattr(q, 'grad', None))",
    "getattr of something else": "def attend(q, name): return getattr(math, name)(q)",
    "local variable": "def attend(scaled_dot_product_attention): return scaled_dot_product_attention",
}

DISHONEST = {
    "through F": "def attend(q): return F.scaled_dot_product_attention(q, q, q)",
    "spelled out": "def attend(q): return torch.nn.functional.scaled_dot_product_attention(q, q, q)",
    "through nn": "def attend(q): return nn.functional.scaled_dot_product_attention(q, q, q)",
    "from import": "from torch.nn.functional import scaled_dot_product_attention\ndef attend(q): return scaled_dot_product_attention(q)",
    "from import as": "from torch.nn.functional import scaled_dot_product_attention as s\ndef attend(q): return s(q)",
    "import inside": "def attend(q):\n    import torch.nn.functional as G\n    return G.scaled_dot_product_attention(q)",
    "private name": "def attend(q): return torch._C._nn.scaled_dot_product_attention(q, q, q)",
    "through a module of torch": "def attend(q): return nn.modules.activation.F.scaled_dot_product_attention(q)",
    "module alias": "G = F\nH = G\ndef attend(q): return H.scaled_dot_product_attention(q)",
    "local module alias": "def attend(q):\n    G = nn\n    G = G.functional\n    return G.scaled_dot_product_attention(q)",
    "tuple of aliases": "a, (b, c) = 1, (F, 2)\ndef attend(q): return b.scaled_dot_product_attention(q)",
    "alias of the function": "alias = F.scaled_dot_product_attention\ndef attend(q): return alias(q)",
    "annotated alias": "alias: object = F.scaled_dot_product_attention\ndef attend(q): return alias(q)",
    "walrus": "if (alias := F): pass\ndef attend(q): return alias.scaled_dot_product_attention(q)",
    "alias in an if": "if 1:\n    alias = F\nelse:\n    alias = None\ndef attend(q): return alias.scaled_dot_product_attention(q)",
    "conditional expression": "G = F if torch else math\ndef attend(q): return (G or F).scaled_dot_product_attention(q)",
    "circle of aliases": "a = b = None\na = b or F\nb = a or None\ndef attend(q): return b.scaled_dot_product_attention(q)",
    "loop over it": "def attend(q):\n    for f in [F.scaled_dot_product_attention]: return f(q)",
    "loop over modules": "for G in [math, F]: pass\ndef attend(q): return G.scaled_dot_product_attention(q)",
    "comprehension": "def attend(q): return [G.scaled_dot_product_attention(q) for G in [F]][0]",
    "comprehension that hides the module": "def attend(q):\n    [0 for F in [0]]\n    return F.scaled_dot_product_attention(q)",
    "table": "TABLE = {'a': F.scaled_dot_product_attention}\ndef attend(q): return TABLE['a'](q)",
    "getattr": "def attend(q): return getattr(F, 'scaled_dot_product_attention')(q)",
    "getattr joined": "def attend(q): return getattr(F, 'scaled_dot_' + f'product_{\"attention\"}')(q)",
    "getattr under another name": "g = getattr\ndef attend(q): return g(F, 'scaled_dot_product_attention')(q)",
    "vars": "def attend(q): return vars(F)['scaled_dot_product_attention'](q)",
    "__dict__": "def attend(q): return F.__dict__['scaled_dot_product_attention'](q)",
    "sys.modules": "import sys\ndef attend(q): return sys.modules['torch.nn.functional'].scaled_dot_product_attention(q)",
    "__import__": "def attend(q): return __import__('torch').nn.functional.scaled_dot_product_attention(q)",
    "importlib": "import importlib\ndef attend(q): return importlib.import_module('torch.nn.functional').scaled_dot_product_attention(q)",
    "importlib under another name": """
        from importlib import import_module as im
        G = im('torch.nn.functional')
        def attend(q): return G.scaled_dot_product_attention(q)
    """,
    "attrgetter": "import operator\ndef attend(q): return operator.attrgetter('functional.scaled_dot_product_attention')(nn)(q)",
    "attrgetter kept": "from operator import attrgetter\nget = attrgetter('scaled_dot_product_attention')\ndef attend(q): return get(F)(q)",
    "methodcaller": "from operator import methodcaller\ndef attend(q): return methodcaller('scaled_dot_product_attention', q)(F)",
    "partial": "import functools\nalias = functools.partial(F.scaled_dot_product_attention)\ndef attend(q): return alias(q)",
    "nested function": "def attend(q):\n    def inner(): return F.scaled_dot_product_attention(q)\n    return inner()",
    "lambda": "alias = lambda q: F.scaled_dot_product_attention(q)\ndef attend(q): return alias(q)",
    "helper": "def helper(q): return F.scaled_dot_product_attention(q)\ndef attend(q): return helper(q)",
    "helper of a helper": "def one(q): return F.scaled_dot_product_attention(q)\ndef two(q): return one(q)\ndef attend(q): return two(q)",
    "module from a helper": "def lib(): return F\ndef attend(q): return lib().scaled_dot_product_attention(q)",
    "helper through an alias": "def helper(q): return F.scaled_dot_product_attention(q)\nh = helper\ndef attend(q): return h(q)",
    "default argument": "def attend(q, f=F.scaled_dot_product_attention): return f(q)",
    "default module": "def attend(q, *, f=F): return f.scaled_dot_product_attention(q)",
    "decorator": "def swap(f): return F.scaled_dot_product_attention\n@swap\ndef attend(q): return q",
    "decorator made in place": "@(lambda f: F.scaled_dot_product_attention)\ndef attend(q): return q",
    "rebound afterwards": "def attend(q): return q\nattend = F.scaled_dot_product_attention",
    "rebound through global": """
        def attend(q): return q
        def setup():
            global attend
            attend = F.scaled_dot_product_attention
        setup()
    """,
    "module set through global": "def setup():\n    global G\n    G = F\nsetup()\ndef attend(q): return G.scaled_dot_product_attention(q)",
    "object of a class": "class Own:\n    def run(self, q): return F.scaled_dot_product_attention(q)\ndef attend(q): return Own().run(q)",
    "class attribute": "class Own:\n    run = F.scaled_dot_product_attention\ndef attend(q): return Own.run(q)",
    "attribute set later": "class Own: pass\nOwn.run = F.scaled_dot_product_attention\ndef attend(q): return Own().run(q)",
    "instance": "layer = nn.MultiheadAttention(4, 2)\ndef attend(q): return layer(q)",
    "subclass": "class Own(nn.MultiheadAttention): pass\ndef attend(q): return Own(4, 2)(q)",
    "class from its module": "from torch.nn.modules.activation import MultiheadAttention as M\ndef attend(q): return M(4, 2)(q)",
    "letters that Python takes for others": "def attend(q): return F.ｓcaled_dot_product_attention(q)",
    "escaped string": "def attend(q): return getattr(F, '\\x73caled_dot_product_attention')(q)",
    "match": "match F:\n    case G: pass\ndef attend(q): return F.scaled_dot_product_attention(q)",
}

METHODS = {
    "in the method": "class C(nn.Module):\n    def forward(self, q): return F.scaled_dot_product_attention(q)",
    "method that calls a method": """
        class C(nn.Module):
            def forward(self, q): return self.mix(q)
            def mix(self, q): return helper(q)
        def helper(q): return F.scaled_dot_product_attention(q)
    """,
    "attribute made in __init__": """
        class C(nn.Module):
            def __init__(self):
                self.inner = nn.MultiheadAttention(4, 2)
            def forward(self, q): return self.inner(q)
    """,
    "class attribute": "class C:\n    inner = F.scaled_dot_product_attention\n    def forward(self, q): return self.inner(q)",
    "base class": "class C(nn.MultiheadAttention):\n    def forward(self, q): return super().forward(q)",
    "own base class": """
        class Base:
            def mix(self, q): return F.scaled_dot_product_attention(q)
        class C(Base):
            def forward(self, q): return self.mix(q)
    """,
    "set from outside": "class C:\n    def forward(self, q): return self.mix(q)\nC.mix = F.scaled_dot_product_attention",
    "replaced from outside": "class C:\n    def forward(self, q): return q\nC.forward = F.scaled_dot_product_attention",
    "module kept in self": """
        class C:
            def __init__(self): self.lib = nn.functional.scaled_dot_product_attention
            def forward(self, q):
                def inner(): return self.lib(q)
                return inner()
    """,
}

UNCERTAIN = {
    "star import": ("from torch.nn.functional import *\ndef attend(q): return scaled_dot_product_attention(q)", SDPA),
    "method of something unknown": ("def attend(q): return q.scaled_dot_product_attention()", SDPA),
    "module in a list": ("def attend(q): return [F][0].scaled_dot_product_attention(q)", SDPA),
    "module as an argument": (
        "def run(m, q): return m.scaled_dot_product_attention(q)\ndef attend(q): return run(F, q)",
        SDPA,
    ),
    "computed getattr": ("def attend(q, name='x'): return getattr(F, name)(q)", "getattr"),
    "getattr passed on": (
        "import functools\ndef attend(q): return functools.reduce(getattr, ['nn'], torch)",
        "getattr",
    ),
    "computed key": ("def attend(q, name): return F.__dict__[name](q)", "torch.nn.functional.__dict__"),
    "computed import": ("def attend(q, name): return __import__(name)", "__import__"),
    "computed module": (
        "import importlib\ndef attend(q, n): return importlib.import_module(n)",
        "importlib.import_module",
    ),
    "eval": ("def attend(q): return eval('F.scaled_dot_product_attention')(q)", "builtins.eval"),
    "globals": ("def attend(q): return globals()['F']", "builtins.globals"),
    "long chain": (
        "\n".join(["a0 = F", *(f"a{i + 1} = a{i}" for i in range(3000)), "def attend(q): return a3000.scaled_dot_product_attention"]),
        "a chain of names too long to follow",
    ),
}


def hits(text, entry="attend", forbid=(SDPA, MHA)):
    return find_forbidden(IMPORTS + textwrap.dedent(text), entry, forbid)


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST.keys())
def test_honest_programs_are_left_alone(text):
    """What only looks like the forbidden call, or is not reached by the task, is no hit, not even an uncertain one."""
    assert hits(text) == ()


@pytest.mark.parametrize("text", DISHONEST.values(), ids=DISHONEST.keys())
def test_the_call_is_found_under_every_name(text):
    """However the call is reached from the function, there is a certain hit that names it."""
    assert any(hit.certain and hit.call in (SDPA, MHA) for hit in hits(text)), hits(text)


@pytest.mark.parametrize("text", METHODS.values(), ids=METHODS.keys())
def test_methods_reach_what_self_holds(text):
    """A task that is a method reaches methods, attributes and bases of its class."""
    assert any(hit.certain for hit in hits(text, "C.forward"))


@pytest.mark.parametrize(("text", "call"), UNCERTAIN.values(), ids=UNCERTAIN.keys())
def test_what_the_text_does_not_tell_is_uncertain(text, call):
    """Where only running the program would tell, there is a hit, and it says that it is not certain."""
    found = hits(text)
    assert call in {hit.call for hit in found}
    assert not any(hit.certain for hit in found)


def test_another_task_of_the_class_may_use_it():
    """What a method of the same class does is not held against a method that does not reach it."""
    text = """
        class C:
            def __init__(self): self.inner = nn.MultiheadAttention(4, 2)
            def other(self, q): return F.scaled_dot_product_attention(q)
            def forward(self, q): return self.x
    """
    assert hits(text, "C.forward") == ()
    assert [hit.call for hit in hits(text, "C.other")] == [SDPA]


def test_a_tensor_method_counts_where_it_is_forbidden():
    """`x.softmax()` is certain when `torch.Tensor.softmax` is forbidden, and uncertain when only the function is."""
    text = "def attend(q): return (q @ q).softmax(-1)"
    assert hits(text, forbid=["torch.Tensor.softmax"]) == (Hit(4, "torch.Tensor.softmax", True),)
    assert hits(text, forbid=[SOFTMAX]) == (Hit(4, SOFTMAX, False),)
    own = "class S:\n    def softmax(self, x): return x\ndef attend(q, s): return S().softmax(q) + s.softmax(q)"
    assert hits(own, forbid=[SOFTMAX, "torch.Tensor.softmax"]) == ()


def test_a_hit_names_its_line():
    """The line is that of the mention, in the text as it was given."""
    assert hits("def helper(q):\n    return F.scaled_dot_product_attention(q)\ndef attend(q): return helper(q)") == (Hit(5, SDPA, True),)


def test_what_is_absent_or_broken():
    """A task that is not defined has no hits, and text that does not parse is a `SyntaxError`."""
    assert hits("x = 1") == ()
    assert hits("x = 1", "C.forward") == ()
    with pytest.raises(SyntaxError):
        hits("def f(:")


def test_it_takes_milliseconds():
    """A module of 300 lines is searched within a second of CPU time: 0.08 s as measured, 0.25 s under coverage."""
    text = "\n".join(f"def f{i}(q):\n    x = F.relu(q) + torch.exp(q)\n    return f{i - 1}(x)" for i in range(1, 100))
    text += "\ndef f0(q): return F.scaled_dot_product_attention(q)\ndef attend(q): return f99(q)\n"
    start = time.process_time()
    assert hits(text)
    assert time.process_time() - start < 1.0

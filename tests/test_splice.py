"""Definitions are cut out of a module's text, put into it and replaced in it, without anything being run."""

import ast
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import CourseError
from grader.splice import definition_names, extract, overlay, put_in, stub


def text_of(block):
    return textwrap.dedent(block).lstrip("\n")


REFERENCE = text_of('''
    # A licence that nobody needs to read twice.
    """Attention, from the dot product to heads."""

    from __future__ import annotations

    import itertools
    import math
    from typing import TYPE_CHECKING, overload

    import numpy as np
    import torch
    import torch.nn.functional as F  # the secret is in softmax
    from torch import Tensor, nn

    if TYPE_CHECKING:
        from collections.abc import Iterable

    # A constant of the solution: minus infinity.
    HIDDEN = -1e30


    # How batches are laid out.
    class Batch:
        """Vectors and their lengths."""

        def __init__(self, x: Tensor):  # (batch, time)
            self.x = x  # as it came


    @overload
    def attend(q: Tensor) -> Tensor: ...
    @overload
    def attend(q: np.ndarray) -> np.ndarray: ...
    # The solution divides by the root.
    @torch.no_grad()
    def attend(
        q: Tensor,  # (batch, time, d)
        scale=lambda x: {1: x}[1],
    ) -> Tensor:  # leaked after the colon
        # leaked above the docstring
        """Return 'π = def attend():' and more.

        q: (batch, time, d)
        """
        # leaked above the first statement
        weights = F.softmax(q / math.sqrt(q.shape[-1]), -1)
        return _mix(weights)  # leaked at the end


    # leaked above a helper
    @torch.no_grad()
    def _mix(w):
        """Leaked helper."""
        return w @ w


    class Heads(nn.Module):
        """Several heads."""

        leaked_attribute = 3

        def __init__(self, d: int):
            """Make the layers."""
            super().__init__()
            self.d = d

        def _split(self, x):
            return x

        # leaked above forward
        def forward(self, x: Batch) -> Tensor:
            """Mix."""
            return self._split(x)
''')


def test_stub_ships_signatures_docstrings_and_what_is_given():
    """The whole starter is what deny by default leaves, with two blank lines between definitions and one newline at the end."""
    assert stub(REFERENCE, ["attend", "Heads.forward"], ["Batch", "Heads.__init__"]) == text_of('''
        """Attention, from the dot product to heads."""

        from __future__ import annotations

        import math

        import numpy as np
        import torch
        import torch.nn.functional as F
        from torch import Tensor, nn


        # How batches are laid out.
        class Batch:
            """Vectors and their lengths."""

            def __init__(self, x: Tensor):  # (batch, time)
                self.x = x  # as it came


        @torch.no_grad()
        def attend(
            q: Tensor,  # (batch, time, d)
            scale=lambda x: {1: x}[1],
        ) -> Tensor:
            """Return 'π = def attend():' and more.

            q: (batch, time, d)
            """
            raise NotImplementedError("attend is yours to write")


        class Heads(nn.Module):
            """Several heads."""

            def __init__(self, d: int):
                """Make the layers."""
                super().__init__()
                self.d = d

            def forward(self, x: Batch) -> Tensor:
                """Mix."""
                raise NotImplementedError("Heads.forward is yours to write")
    ''')


def test_stub_is_the_same_twice_and_of_itself():
    """The same reference gives the same bytes, and the stub of a stub is the stub."""
    entries, shipped = ["attend", "Heads.forward"], ["Batch", "Heads.__init__"]
    once = stub(REFERENCE, entries, shipped)
    assert stub(REFERENCE, entries, shipped) == once
    assert stub(once, entries, shipped) == once


@pytest.mark.parametrize(
    "convert",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text + "# leaked last line",
    ],
    ids=["crlf", "cr", "bom", "no final newline", "comment without newline"],
)
def test_line_ends_and_byte_order_marks_make_no_difference(convert):
    """The stub does not depend on how the file's lines end."""
    entries, shipped = ["attend", "Heads.forward"], ["Batch", "Heads.__init__"]
    assert stub(convert(REFERENCE), entries, shipped) == stub(REFERENCE, entries, shipped)


ONE_DEFINITION = {
    "body on the def line": ("def f(x): return x + 41", "def f(x):"),
    "docstring and body on the def line": ('def f(x): "Doc."; return x + 41', 'def f(x):\n    "Doc."'),
    "blank after the colon": ("def f(x):   \n    return x + 41", "def f(x):"),
    "comment above the first statement": ("def f(x):\n    # x + 41\n    return x", "def f(x):"),
    "comment between colon and docstring": (
        'def f(x):\n    # 41\n    """Doc."""\n    return x',
        'def f(x):\n    """Doc."""',
    ),
    "comment after the docstring": ('def f(x):\n    """Doc."""  # 41\n    return x', 'def f(x):\n    """Doc."""'),
    "comment on the last line": ("def f(x):\n    return x  # 41", "def f(x):"),
    "letters of more than one byte": ("def f(é='ü€𝄞'): return 'ß41'", "def f(é='ü€𝄞'):"),
    "generator": ('def f(x):\n    """Doc."""\n    yield 41', 'def f(x):\n    """Doc."""'),
    "coroutine": ("async def f(x):\n    return await x(41)", "async def f(x):"),
    "nested definitions": ("def f(x):\n    def f(y):\n        return 41\n    return f", "def f(x):"),
    "a string with def": ("def f(x):\n    return 'def f(x): 41'", "def f(x):"),
    "walrus": ("def f(x, y=(z := 3)):\n    return (w := 41)", "def f(x, y=(z := 3)):"),
    "colons in the signature": ("def f(x: dict[int:3] = {1: 2}, *, y=lambda: 0) -> (lambda: 1): return 41", None),
    "a lambda as return annotation": ("def f(x) -> lambda: 1: return 41", "def f(x) -> lambda: 1:"),
    "backslash": ("def f(x, \\\n    y): \\\n    return 41", "def f(x, \\\n    y):"),
    "two decorators": (
        "@print\n# why\n@(lambda f: f)\ndef f(x):\n    return 41",
        "@print\n# why\n@(lambda f: f)\ndef f(x):",
    ),
    "tabs": ('def f(x):\n\t"""Doc."""\n\treturn 41', 'def f(x):\n\t"""Doc."""'),
    "joined docstring": ('def f(x):\n    ("a" # 41\n     "b")\n    return 41', "def f(x):\n    'ab'"),
    "docstring that is all": ('def f(x):\n    """Doc."""', 'def f(x):\n    """Doc."""'),
    "an ellipsis": ("def f(x): ...", "def f(x):"),
}


@pytest.mark.parametrize(("text", "head"), ONE_DEFINITION.values(), ids=ONE_DEFINITION.keys())
def test_no_body_survives(text, head):
    """Signature and docstring come out as they stand, and of the body (41) nothing does."""
    head = head or text.removesuffix(" return 41")
    indent = "\t" if "\n\t" in text else "    "
    assert stub(text, ["f"], []) == f'{head}\n{indent}raise NotImplementedError("f is yours to write")\n'


def test_comment_blocks_above_dropped_definitions_are_dropped():
    """Neither the block above a helper nor one that ends the body before it stays behind with the next definition."""
    text = text_of("""
        # leaked one
        # leaked two
        def helper():
            return 1
            # leaked three
        # kept
        def shown():
            return 2
    """)
    assert stub(text, [], ["shown"]) == "# kept\ndef shown():\n    return 2\n"


def test_property_and_its_setter_are_two_names():
    """`Net.gain` and `Net.gain.setter` are stubbed, shipped and found apart."""
    text = text_of('''
        class Net:
            @property
            def gain(self):
                """The gain."""
                return self._gain

            @gain.setter
            def gain(self, value):
                self._gain = abs(value)
    ''')
    assert definition_names(text) == ("Net", "Net.gain", "Net.gain.setter")
    stubbed = stub(text, ["Net.gain.setter"], ["Net.gain"])
    assert "return self._gain" in stubbed
    assert "abs" not in stubbed
    assert '        raise NotImplementedError("Net.gain.setter is yours to write")\n' in stubbed


def test_a_class_that_is_a_task_ships_its_public_methods():
    """Fields, special and public methods of the class ship as stubs; private methods and values do not."""
    text = text_of('''
        class Norm:
            """Normalise."""
            size: int
            leaked = 3
            def __init__(self, size): self.size = size
            def _leaked(self): return 4
            def __leaked(self): return 5

            def __call__(self, x):
                """Apply."""
                return x
    ''')
    assert stub(text, ["Norm"], []) == text_of('''
        class Norm:
            """Normalise."""

            size: int

            def __init__(self, size):
                raise NotImplementedError("Norm.__init__ is yours to write")

            def __call__(self, x):
                """Apply."""
                raise NotImplementedError("Norm.__call__ is yours to write")
    ''')


def test_a_class_without_anything_to_ship_is_still_a_class():
    """A task class without docstring and public methods ships an empty body."""
    assert stub("class Lost(Exception):\n    def _x(self): pass\n", ["Lost"], []) == "class Lost(Exception):\n    pass\n"


@pytest.mark.parametrize(
    ("imports", "shipped"),
    [
        ("import itertools, os\nimport torch", "import torch"),
        ("from torch import Tensor, nn", "from torch import nn"),
        ("import math  # for the root", "import math"),
        ("import torch.nn.functional as F\nimport scipy.special", "import torch.nn.functional as F"),
        ("from typing import Any", "from typing import Any"),
        ("from typing import Any, List as L", "from typing import Any"),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import abc\nimport numpy as np",
            "import numpy as np",
        ),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import abc\n    from typing import Any",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from typing import Any",
        ),
        ("from quoted import Thing", "from quoted import Thing"),
        ("from prose import Doc", ""),
        ("from here import *", "from here import *"),
        ("from . import (\n    Any,\n    Unused,  # leak\n)", "from . import Any"),
    ],
)
def test_imports_that_only_the_solution_used_are_dropped(imports, shipped):
    """An import stays if a signature uses it, in quotes too, or students need it; words of a docstring do not count."""
    text = f'{imports}\ndef f(x: Any, y: "Thing"):\n    """Doc."""\n    return itertools, os, scipy, List\n'
    assert stub(text, ["f"], []).partition("def f")[0].strip() == shipped


@pytest.mark.parametrize(
    ("text", "entries", "shipped", "fault"),
    [
        ("def f(x): return 1", ["g"], [], "g is not defined"),
        ("def f(x): return 1", ["f"], ["C.h"], "C.h is not defined"),
        ("class C:\n    def f(self): return 1", ["C.f"], ["C"], "would show the answer of C.f"),
        ("EPS = 1\ndef f(x=EPS): return 1", ["f"], [], "EPS"),
        ("def traced(f): return f\n@traced\ndef f(x): return 1", ["f"], [], "traced"),
        ("def helper(): return 1\ndef f(x): return helper()", [], ["f"], "helper"),
        ("class Base: pass\nclass C(Base):\n    def f(self): return 1", ["C.f"], [], "Base"),
        ("if 1:\n    def f(x): return 1", ["f"], [], "f is not defined"),
    ],
)
def test_a_stub_that_could_not_work_is_the_authors_fault(text, entries, shipped, fault):
    """Unknown names, answers inside `given`, and use of something dropped are `CourseError`s that name it."""
    with pytest.raises(CourseError, match=fault):
        stub(text, entries, shipped)


def test_a_given_constant_ships():
    """A constant that is given ships, and a local variable of a dropped name is nothing to complain about."""
    text = "import math\n\nEPS = 1e-5\nTWO = 2\nx = 3\n\n\ndef f(x=EPS):\n    return math.pi\n"
    expected = 'import math\n\nEPS = 1e-5\nTWO = 2\n\n\ndef f(x=EPS):\n    raise NotImplementedError("f is yours to write")\n'
    assert stub(text, ["f"], ["EPS", "TWO"]) == expected


# Put in


def run(text, given):
    """Run a submission as the worker does, to see what its names hold."""
    module = {"__given__": given, "__name__": "submission"}
    exec(compile(text, "submission", "exec"), module)  # the one place where text is run: to see what a name holds
    return module


OURS = object()
REBINDINGS = {
    "function": "def attend(q):\n    return q",
    "coroutine": "async def attend(q):\n    return q",
    "class": "class attend:\n    pass",
    "decorated": "@staticmethod\n@staticmethod\ndef attend(q): return q",
    "lambda": "attend = lambda q: q",
    "made by a call": "def make(): return 1\nattend = make(\n)",
    "twice": "def attend(q): return q\ndef attend(q): return 2",
    "wrapped later": "def attend(q): return q\nattend = print(attend)",
    "annotated": "from typing import Any\nattend: Any = 3",
    "augmented": "attend = 1\nattend += 1",
    "two targets": "attend = other = 1",
    "tuple": "attend, other = 1, 2",
    "starred": "other, *attend = 1, 2",
    "list of targets": "[attend] = [1]",
    "import": "import math as attend",
    "from import": "from math import pi as attend",
    "from import with another": "from math import pi as attend, e",
    "star": "def attend(q): return q\nfrom math import *",
    "for target": "for attend in [1, 2]:\n    pass",
    "for target on one line": "for attend in [1, 2]: pass",
    "for else": "for attend in [1]:\n    pass\nelse:\n    attend = 4  # last",
    "with target": "import contextlib\nwith contextlib.nullcontext(1) as attend:\n    x = 1",
    "two withs": "from contextlib import nullcontext as c\nwith c(1) as attend:\n    with c(1) as attend:\n        pass",
    "except target": "try:\n    1 / 0\nexcept ZeroDivisionError as attend:\n    pass",
    "match capture": "match 1:\n    case attend:\n        pass",
    "match mapping": "match {1: 2}:\n    case {**attend}:\n        pass",
    "walrus": "print(attend := 1)",
    "walrus in a comprehension": "[attend := x for x in [1]]",
    "walrus in a default": "def f(x=(attend := 1)): return x",
    "walrus in a test": "if (attend := 1):\n    pass",
    "walrus in elif": "if 0:\n    pass\nelif (attend := 1):\n    pass\nelse:\n    pass",
    "deleted": "def attend(q): return q\ndel attend",
    "deleted with another": "attend = x = 1\ndel attend, x",
    "if": "if True:\n    def attend(q): return q\nelse:\n    attend = 3",
    "dead branch": "if False:\n    def attend(q): return q",
    "on the if's line": "if True: attend = 3",
    "try": "try:\n    import nothing_like_this as n\nexcept ImportError:\n    def attend(q): return q",
    "semicolons": "x = 1; attend = 2; y = 3",
    "global": "def setup():\n    global attend\n    attend = 1\nsetup()",
    "global in a nested function": "def f():\n    def g():\n        global attend\n        def attend(q): return q\n    g()\nf()",
    "global in a method": "class C:\n    def m(self):\n        if 1:\n            global attend\n        for attend in [1]: pass\nC().m()",
    "global in a class": "class C:\n    global attend\n    attend = 3",
    "one line with global": "def setup(): global attend; attend = 3\nsetup()",
    "trailing backslash": "x = 1\nif x:\n    attend, y = 1, \\\n        2",
    "setter trick": "def attend(q): return q\nattend.setter = 1\n@attend.setter\ndef attend(q): return q",
    "absent": "x = 1",
    "absent, only a docstring": '"""Mine."""',
    "absent, empty": "",
    "absent, future import": '"""Mine."""\nfrom __future__ import annotations\nx: undefined = 1',
    "absent, function first": "# mine\n@staticmethod\ndef f(): pass",
}


@pytest.mark.parametrize("text", REBINDINGS.values(), ids=REBINDINGS.keys())
def test_no_way_of_binding_keeps_the_students_version(text):
    """Whatever statement binds the name, alone, at the end of a file or before others, the name then holds ours."""

    class Ours:
        pass

    ours = Ours()
    for form in (text, text + "\n", text.replace("\n", "\r\n"), f"{text}\nz = 1\n", f"# é\n{text}  # ü"):
        done = put_in(form, ["attend"])
        assert run(done, {"attend": ours})["attend"] is ours


def test_put_in_stands_where_the_definition_stood():
    """Aliases and default arguments made at import see what was put in, and the lines after it keep their numbers."""
    text = "import math\n\n\n@staticmethod\ndef attend(q):\n    return q\n\n\nalias = attend\ndef other(f=attend): return f\n"
    done = put_in(text, ["attend"])
    module = run(done, {"attend": OURS})
    assert (module["alias"], module["other"]()) == (OURS, OURS)
    assert done.splitlines()[8:] == text.splitlines()[8:]


def test_a_target_beside_the_name_sees_what_was_put_in():
    """`mine = attend = …` leaves no alias of the student's version."""
    module = run(put_in("mine = attend = 3\n", ["attend"]), {"attend": OURS})
    assert module["mine"] is OURS


def test_local_names_are_left_alone():
    """A parameter, a local variable, an attribute and a comprehension's variable of that name are not the definition."""
    text = text_of("""
        def attend(q):
            return q
        def f(attend):
            attend = attend + 1
            return [attend for attend in [attend]]
        class C:
            attend = 5
            def attend_to(self): self.attend = 6
        g = lambda attend: attend
    """)
    done = put_in(text, ["attend"])
    assert done.splitlines()[2:] == text.splitlines()[2:]
    assert run(done, {"attend": OURS})["f"](1) == [2]


METHODS = {
    "method": "class C:\n    def forward(self): return 1",
    "after others": "class C(dict):\n    '''Doc.'''\n    x = 1\n    @property\n    def forward(self): return 1",
    "twice": "class C:\n    def forward(self): return 1\n    def forward(self): return 2",
    "rebound in the body": "class C:\n    def forward(self): return 1\n    forward = lambda self: 2",
    "in an if": "class C:\n    if 0:\n        def forward(self): return 1",
    "absent": "class C:\n    x = 1",
    "absent, method first": "class C:\n    def other(self): return 1",
    "absent, one line": "class C: pass",
    "absent, docstring alone": "class C:\n    'Doc.'",
    "class twice": "class C:\n    pass\nclass C:\n    def forward(self): return 1",
    "class in an if": "if 1:\n    class C:\n        def forward(self): return 1",
    "rebound outside": "class C:\n    def forward(self): return 1\nC.forward = lambda self: 2",
    "deleted outside": "class C:\n    x = 1\nC.forward = 3\ndel C.forward",
    "another class under the name": "class D:\n    def forward(self): return 1\nC = D",
    "class rebound": "class D:\n    pass\nclass C:\n    pass\nC = D",
    "a constant first": "C = None\nclass C:\n    def forward(self): return 1",
}


@pytest.mark.parametrize("text", METHODS.values(), ids=METHODS.keys())
def test_a_method_is_put_into_its_class(text):
    """However the class or its attribute is bound, the method is ours."""
    module = run(put_in(text, ["C.forward"]), {"C.forward": lambda self: OURS})
    assert module["C"]().forward() is OURS


def test_a_method_of_an_absent_class_is_left_out():
    """Nothing is invented for a class that the student does not have."""
    assert put_in("x = 1\n", ["C.forward"]) == "x = 1\n"


def test_properties_and_setters_are_put_in_apart():
    """A setter that is put in extends the student's own getter; a getter keeps the student's own setter."""
    text = text_of("""
        class Net:
            @property
            def gain(self): return "theirs"
            @gain.setter
            def gain(self, value): self.set = "theirs"
    """)
    net = run(put_in(text, ["Net.gain.setter"]), {"Net.gain.setter": lambda self, value: setattr(self, "set", value)})["Net"]()
    net.gain = "ours"
    assert (net.gain, net.set) == ("theirs", "ours")
    net = run(put_in(text, ["Net.gain"]), {"Net.gain": property(lambda self: "ours")})["Net"]()
    net.gain = "x"
    assert (net.gain, net.set) == ("ours", "theirs")


@given(st.lists(st.sampled_from([text for text in REBINDINGS.values() if "__future__" not in text]), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_no_sequence_of_bindings_keeps_the_students_version(texts):
    """Statements that bind the name one after the other change nothing."""

    class Ours:
        pass

    ours = Ours()
    assert run(put_in("\n".join(texts), ["attend"]), {"attend": ours})["attend"] is ours


@pytest.mark.parametrize(
    "text",
    [
        "def f(:",
        "x = '\ud800'",
        "x = 1\0",
        "-" * 200_000 + "1",
        "a" + ".b" * 50_000,
        "if a: pass\n" + "elif a: pass\n" * 20_000,
    ],
)
def test_what_cannot_be_parsed_is_a_syntax_error(text):
    """Hostile text raises `SyntaxError` and nothing else."""
    with pytest.raises(SyntaxError):
        put_in(text, ["attend"])


def test_a_long_elif_chain_is_no_trouble():
    """Text that is nested as deeply as Python reads it is walked without recursion."""
    text = "attend = 1\nif attend: pass\n" + "elif attend: pass\n" * 800
    assert put_in(text, ["attend"]).startswith('attend = __given__["attend"]\nif attend: pass\n')


# Overlay and extract


def test_overlay_replaces_definitions_where_they_stand():
    """The patched module is the base but for the definition, whose comments and decorators go with it."""
    patch = '"""The scale is forgotten."""\n\nLOSES = {"attend": "x"}\n\n\ndef attend(q):\n    return q\n'
    done = overlay(REFERENCE, patch)
    assert "The scale is forgotten" not in done
    assert "LOSES" not in done
    assert "The solution divides" not in done
    assert "@overload" not in done
    assert definition_names(done) == definition_names(REFERENCE)
    before, after = REFERENCE.split("@overload")[0], REFERENCE.split("# leaked above a helper")[1]
    assert done.startswith(before)
    assert done.endswith(after)


def test_overlay_of_nothing_changes_nothing():
    """A docstring and `LOSES` alone leave the base as it is, and the base over itself is the same program."""
    assert overlay(REFERENCE, '"""Doc."""\nLOSES = {}\n') == REFERENCE
    base = REFERENCE.replace(
        "@overload\ndef attend(q: Tensor) -> Tensor: ...\n@overload\ndef attend(q: np.ndarray) -> np.ndarray: ...\n", ""
    )
    assert ast.dump(ast.parse(overlay(base, base))) == ast.dump(ast.parse(base))


def test_overlay_of_a_class_replaces_its_methods_alone():
    """Methods of the same name are replaced, others are added, and the header and docstring of the base stay."""
    patch = "class Heads:\n    def forward(self, x):\n        return 0\n\n    def new(self):\n        return 1\n"
    done = overlay(REFERENCE, patch)
    module = ast.parse(done)
    heads = next(node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "Heads")
    assert ast.unparse(heads.bases[0]) == "nn.Module"
    assert ast.get_docstring(heads) == "Several heads."
    names = [node.name for node in heads.body if isinstance(node, ast.FunctionDef)]
    assert names == ["__init__", "_split", "forward", "new"]
    assert "return 0" in ast.unparse(heads)


def test_overlay_adds_what_is_absent_after_the_imports():
    """Imports, helpers and constants of the patch come after the imports of the base, future imports before them."""
    patch = "from __future__ import division\nimport os\nimport math\nSCALE = 2\n\n\ndef helper():\n    return os, SCALE\n\n\nprint(1)\n"
    done = overlay('"""Doc."""\nimport math\n\n\ndef f():\n    return 1\n', patch)
    assert done == text_of('''
        """Doc."""
        from __future__ import division
        import math
        import os


        SCALE = 2


        def helper():
            return os, SCALE


        def f():
            return 1


        print(1)
    ''')


def test_an_import_can_replace_a_definition():
    """`from m import x as attend` takes the place of the base's `attend`, and so does an assignment."""
    done = overlay("import m\n\n\ndef attend(q):\n    return q\n", "from m import sdpa as attend\n")
    assert done == "import m\n\n\nfrom m import sdpa as attend\n"
    assert overlay("def attend(q):\n    return q\n", "attend = max\n") == "attend = max\n"


def test_a_definition_wrapped_after_it_stays_wrapped():
    """A patch that defines a name in two steps replaces the base's one definition by both."""
    assert overlay("def f():\n    return 1\nx = 1\n", "def f():\n    return 2\nf = max(f)\n") == (
        "def f():\n    return 2\n\nf = max(f)\nx = 1\n"
    )


def test_starter_with_one_task_of_the_reference():
    """The starter with the reference's definition of one task put over it has that task and no other."""
    starter = stub(REFERENCE, ["attend", "Heads.forward"], ["Batch", "Heads.__init__"])
    done = overlay(starter, extract(REFERENCE, ["Heads.forward"]))
    assert "return self._split(x)" in done
    assert 'NotImplementedError("attend is yours to write")' in done
    assert "super().__init__()" in done


def test_extract_keeps_imports_and_the_named_definitions():
    """The extracted module has the imports, future imports first, and the definitions named; methods in a bare class."""
    done = extract(REFERENCE, ["Batch", "_mix", "Heads.__init__"])
    assert done.startswith("from __future__ import annotations\n")
    assert definition_names(done) == ("Batch", "Batch.__init__", "_mix", "Heads", "Heads.__init__")
    assert "class Heads:\n    def __init__(self, d: int):" in done
    assert "import itertools" in done
    assert "HIDDEN" not in done
    compile(done, "reference", "exec")


def test_extract_of_an_unknown_name_is_refused():
    """A name that the module does not define is a `CourseError`."""
    with pytest.raises(CourseError, match="atend"):
        extract(REFERENCE, ["atend"])


def test_definition_names_are_those_of_the_top_level():
    """Functions, classes, methods and assigned names count, each once; what is nested deeper does not."""
    text = "A = 1\nB: int = 2\nif A:\n    def hidden(): pass\ndef f():\n    def g(): pass\n"
    text += "class C:\n    x = 1\n    def f(self): pass\ndef f(): pass\n"
    assert definition_names(text) == ("A", "B", "f", "C", "C.x", "C.f")

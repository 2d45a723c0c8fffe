r"""Turns Markdown of a handout, a quiz or a student into HTML without any tag, link, picture or heading of its writer's."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup

from grader.printable import printable_lines

# A heading would break the order of the page's own; an entity could bring back what `printable` has shown.
LEFT_AS_TEXT = ("autolink", "entity", "heading", "html_block", "html_inline", "image", "lheading", "link", "reference")
SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ", "lambda": "λ", "mu": "μ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "omega": "ω", "Delta": "Δ", "Sigma": "Σ", "Omega": "Ω",
    "cdot": "·", "times": "×", "top": "⊤", "infty": "∞", "le": "≤", "ge": "≥", "ne": "≠", "approx": "≈", "in": "∈", "sum": "Σ",
    "sqrt": "√", "partial": "∂", "nabla": "∇", "to": "→", "ldots": "…", "dots": "…", "pm": "±", "odot": "⊙", "log": "log",
    "exp": "exp", "sin": "sin", "cos": "cos", "tanh": "tanh", "max": "max", "min": "min", ",": " ", ";": " ", "!": "", "quad": "  ",
}  # fmt: skip


@lru_cache(maxsize=512)
def prose(text: str) -> Markup:
    """Return `text` as HTML. Formulae between dollars become readable text; everything else of TeX stays as it was typed."""
    spaced = "".join(" " if unicodedata.category(char) == "Zs" else char for char in text)
    return Markup(_markdown().render(printable_lines(spaced)))  # noqa: S704 - made of escaped text and the renderer's own tags


def formula(source: str) -> str:
    """Return a formula of TeX as HTML that reads well where it is simple: Greek letters, indices and exponents."""
    plain = re.sub(r"\\(?:text|mathrm|mathbf|operatorname)\{([^{}]*)\}", r"\1", source)
    plain = re.sub(r"\\([A-Za-z]+|[,;!]) ?", lambda found: SYMBOLS.get(found[1], found[0]), plain)
    shown = escape(plain)
    for mark, tag in (("_", "sub"), ("^", "sup")):
        shown = re.sub(re.escape(mark) + r"(?:\{([^{}]*)\}|(&\w+;|[^\s{}&]))", rf"<{tag}>\1\2</{tag}>", shown)
    return f'<span class="math">{shown}</span>'


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).disable(list(LEFT_AS_TEXT))
    markdown.inline.ruler.before("escape", "math", _math)
    markdown.add_render_rule("math", _shown_math)
    markdown.add_render_rule("fence", _shown_code)
    markdown.add_render_rule("code_block", _shown_code)
    return markdown


def _math(state: StateInline, silent: bool) -> bool:
    """Take what stands between dollars as a formula, before Markdown sees its `_` and `*`."""
    start = state.pos
    if state.src[start] != "$":
        return False
    fence = "$$" if state.src.startswith("$$", start) else "$"
    end = state.src.find(fence, start + len(fence), state.posMax)
    inner = state.src[start + len(fence) : end] if end > 0 else ""
    # "$5 and $6" is money.
    if not inner.strip() or (fence == "$" and (inner[0].isspace() or inner[-1].isspace())):
        return False
    if not silent:
        state.push("math", "", 0).content = inner.strip()
    state.pos = end + len(fence)
    return True


def _shown_math(_: RendererHTML, tokens: Sequence[Token], index: int, *__: Any) -> str:
    return formula(tokens[index].content)


def _shown_code(_: RendererHTML, tokens: Sequence[Token], index: int, *__: Any) -> str:
    # Without the language that the writer names: it would become an attribute.
    return f"<pre><code>{escape(tokens[index].content)}</code></pre>\n"

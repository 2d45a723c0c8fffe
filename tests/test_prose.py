"""Claims about Markdown on pages: it reads well, and nobody's markup is the page's."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.prose import formula, prose

TAGS = {"p", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "br", "span", "sub", "sup"}


class Tags(HTMLParser):
    """What a browser would find in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {(name, value) for name, value in attrs if (tag, name) != ("ol", "start")}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_ordinary_markdown() -> None:
    """Emphasis, code, lists and paragraphs are what they are elsewhere."""
    html = prose("One *two* **three** `f(x)`\n\n- a\n- b\n")
    assert html == "<p>One <em>two</em> <strong>three</strong> <code>f(x)</code></p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"


@pytest.mark.parametrize(
    ("source", "html"),
    [
        (r"W_o^\top", "W<sub>o</sub><sup>⊤</sup>"),
        (r"d_{\text{head}} = d_{\text{model}} / \text{heads}", "d<sub>head</sub> = d<sub>model</sub> / heads"),
        (r"e^{-\infty} = 0", "e<sup>-∞</sup> = 0"),
        (r"a < b & c", "a &lt; b &amp; c"),
        (r"\unknown{x}", r"\unknown{x}"),
    ],
)
def test_formulae_read_well(source: str, html: str) -> None:
    """Greek letters, indices and exponents of simple formulae; the rest stays as typed, and escaped."""
    assert formula(source) == f'<span class="math">{html}</span>'


def test_markdown_leaves_formulae_alone() -> None:
    """`_` and `*` between dollars are no emphasis, in a line and on lines of their own; money is no formula."""
    assert prose("$a_i * b_j * c_k$") == '<p><span class="math">a<sub>i</sub> * b<sub>j</sub> * c<sub>k</sub></span></p>\n'
    assert prose("$$\nx\n$$") == '<p><span class="math">x</span></p>\n'
    assert prose("from $5 to $6") == "<p>from $5 to $6</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "[x](javascript:alert(1)) ![y](http://example.org/z.png) <http://example.org>",
        "[x]: http://example.org\n\n[x]",
        "&lt;script&gt; &#x202e; &#60;b&#62;",
        '```py" onload="x\ncode\n```',
        "# heading\n\nheading\n---\n\nheading\n===",
        "<!-- comment --> <![CDATA[x]]> <?x?>",
        "\u202eright to left\x00\x1b[2J",
        "$<script>alert(1)</script>$ $a_<b>^{<i>}$",
    ],
)
def test_nobodys_markup_is_the_pages(text: str) -> None:
    """Tags, links, pictures, headings, entities and languages of code stay text, and what is invisible is shown as escapes."""
    tags = Tags(prose(text))
    assert tags.found <= TAGS
    assert tags.attributes <= {("class", "math")}
    assert all(char.isprintable() or char == "\n" for char in tags.text)


@given(st.text(alphabet=st.sampled_from("ab<>&\"'`$*_[]()!#|~-+ \n\\{}^1."), max_size=60) | st.text(max_size=40))
def test_no_text_brings_its_own_tags(text: str) -> None:
    """Whatever is typed, the tags are ours and carry no attribute of anybody else."""
    tags = Tags(prose(text))
    assert tags.found <= TAGS
    assert tags.attributes <= {("class", "math")}


def test_spaces_of_every_script_are_spaces() -> None:
    """What people type as a space (in Chinese, or the unbreakable one) is not shown as an escape."""
    assert prose("全角\u3000空格\u00a0x") == "<p>全角 空格 x</p>\n"


@pytest.mark.parametrize("text", ["*a " * 6000, "`" * 20_000, "$a" * 10_000, "[" * 20_000, "> " * 10_000, "*a_b" * 5000])
def test_no_answer_holds_a_class_up(text: str) -> None:
    """Twenty thousand characters of the worst Markdown take less than a few seconds."""
    began_s = time.process_time()
    prose(text)
    assert time.process_time() - began_s < 5


def test_code_keeps_its_lines() -> None:
    """Indented and fenced code are one block each, escaped."""
    html = prose("    a < b\n    c\n\n```\nd\n```")
    assert re.findall(r"<pre><code>(.*?)</code></pre>", html, re.DOTALL) == ["a &lt; b\nc\n", "d\n"]

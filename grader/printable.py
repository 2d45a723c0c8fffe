"""Turns text of unknown origin into text that a terminal shows and does not obey."""


def printable(text: str, longest: int | None = None) -> str:
    """Return `text` with everything invisible escaped (controls, line ends, marks of direction), cut to `longest` characters.

    Quotes, backslashes and letters of any script stay as they are: the result is to be read, not to be read back.
    """
    shown = "".join(char if char.isprintable() else escaped(char) for char in text[: longest or None])
    if longest is None or (len(text) <= longest and len(shown) <= longest):
        return shown
    return f"{shown[: longest - 1]}…"


def printable_lines(text: str) -> str:
    """Return `text` as `printable` does, but with its line ends and, as spaces, its tabs."""
    return "\n".join(printable(line.expandtabs(4)) for line in text.replace("\r\n", "\n").split("\n"))


def escaped(char: str) -> str:
    r"""Return the escape of one character: `\x1b`, `\u202e`."""
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")

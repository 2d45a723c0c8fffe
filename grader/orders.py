"""Turns what passes between the harness and a judge into messages: one `Order` in; outcomes, notes, a picture and one `Done` out."""

import msgspec


class Order(msgspec.Struct, kw_only=True, tag="order", tag_field="of"):
    """One submission to judge, or to draw with."""

    module: str
    key: bytes
    device: str = "cpu"
    draw: bool = False  # the figure instead of the tests
    only: list[str] | None = None  # the ids of the tests to run, where not all of them
    study: bool = False  # tell how near each test came to its thresholds, too
    suspects: bool = True  # search the catalogue for the mistake that gives the same wrong value


class Done(msgspec.Struct, kw_only=True):
    """The end of one submission: the whole list of expected tests, and what went wrong with the harness, if anything."""

    expected: list[tuple[str, str]]
    trouble: str = ""


class Noted(msgspec.Struct, kw_only=True):
    """How near the test `noted` came to its thresholds: `margins.Margins`."""

    noted: str
    used: dict[str, float]
    runs: dict[str, list[float]]


class Drawn(msgspec.Struct, kw_only=True):
    """What became of a figure: a PNG, or a sentence for the student why there is none, or the trouble that the harness had."""

    png: bytes = b""
    why: str = ""
    trouble: str = ""

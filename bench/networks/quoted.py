"""The numbers that the page quotes: each is followed by a comment that names it in the results.

GitHub shows `0.83<!-- a.b -->` as 0.83. A number is right when it is the named one, rounded to the
digits in which it is written.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_QUOTED = re.compile(
    r"(?P<text>[-+\u2212]?\d[\d.\u00a0]*(?:e-?\d+)?)(?P<mark><!-- (?P<path>[^>]+) -->)"
)


SIGNS = ("+", "\u2212")
"""A number that is written with a sign keeps having one; what rounds to zero is written +0.0."""


class Quoted(NamedTuple):
    """A number as it stands in the page, and its name in the results."""

    text: str
    path: str


def quoted(page: str) -> list[Quoted]:
    """Every number of the page that is named, in order."""
    return [Quoted(m["text"], m["path"]) for m in _QUOTED.finditer(page)]


def named(results: Any, path: str) -> float:  # noqa: ANN401 - what JSON holds
    """The number of that name: the parts of a name are separated by slashes.

    Raises:
        KeyError: there is none.
    """
    for part in path.split("/"):
        results = results[part]
    return float(results)


def written(value: float, like: str) -> str:
    """A number in as many digits as another one is written in."""
    if "e" in like:
        digits = len(like.split("e")[0].lstrip("-+\u2212").replace(".", "")) - 1
        mantissa, exponent = f"{value:.{digits}e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    digits = len(like.partition(".")[2])
    text = f"{abs(value):,.{digits}f}".replace(",", "\u00a0")
    below = value < 0 and text.strip("0.") != ""
    if like[0] in SIGNS:
        return f"{SIGNS[below]}{text}"
    return f"{SIGNS[True]}{text}" if below else text


def refreshed(page: str, results: Any) -> Iterator[str]:  # noqa: ANN401 - what JSON holds
    """The page in pieces, with every named number as the results have it now."""
    end = 0
    for m in _QUOTED.finditer(page):
        yield page[end : m.start()]
        yield written(named(results, m["path"]), m["text"]) + m["mark"]
        end = m.end()
    yield page[end:]

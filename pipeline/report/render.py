"""From the content to one HTML file that needs nothing else: no network, no other file.

The charts are drawn in the reader's browser from their specs, by one library that stands in the
page once. What a user wrote is escaped, in text by the template, in specs here.
"""

import functools
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.plots.page import CONFIG, in_the_dark, page_spec, variable_of
from pipeline.report.content import Content
from pipeline.report.parts import Section
from pipeline.report.sections import (
    coverage,
    data,
    folds,
    forecasts,
    leaderboard,
    newest,
    seasons,
    seeds,
    stability,
    steps,
    terms,
    trust,
    weights,
)
from pipeline.report.verdict import verdict
from pipeline.report.words import count, key

if TYPE_CHECKING:
    from jinja2 import Environment

_ORDER = (
    leaderboard,
    newest,
    forecasts,
    steps,
    seasons,
    coverage,
    weights,
    trust,
    stability,
    seeds,
    folds,
    data,
    terms,
)

_LIBRARY = "window.vegaEmbed = vegaEmbed;"
"""What the page takes of the library."""

_COLOUR = re.compile(r"var\(--c([0-9a-f]{6})\)")


def sections_of(content: Content) -> list[Section]:
    """The sections that there is something for, in their order."""
    found = [part.section(content) for part in _ORDER]
    return [section for section in found if section is not None]


def verdict_of(content: Content) -> list[str]:
    """The first sentence of the page, and what follows it."""
    return verdict(
        content.ranked,
        references=content.of_reference,
        networks=content.about.networks,
        served=content.about.served,
        share=content.share,
    )


def render(content: Content) -> bytes:
    """The page; equal content gives equal bytes."""
    from altair.utils import schemapi

    with schemapi.debug_mode(False):  # charts are held against the schema in the tests
        parts = sections_of(content)
        figures = [figure for part in parts for figure in part.figures]
        specs = [page_spec(figure.chart) for figure in figures]
    keys = [variable_of(entry.colour) for figure in figures for entry in figure.key]
    places = {id(figure): place for place, figure in enumerate(figures)}
    page = _templates().get_template("page.html").render(
        name=content.about.name,
        verdict=verdict_of(content),
        facts=_facts(content),
        sections=parts,
        place=lambda figure: places[id(figure)],
        variable=variable_of,
        colours=_colours([*keys, json.dumps(specs)]),
        style=_text("page.css"),
        library=_library(),
        script=_text("page.js"),
        charts=_inside_a_script({"config": CONFIG, "specs": specs}),
    )  # fmt: skip
    return page.encode()


def _facts(content: Content) -> list[tuple[str, str]]:
    """What there is to know of the data set, and its number."""
    about, rows = content.about, content.ranked
    found = [("target", about.target), ("series", count(len(content.series) or None))]
    if about.cutoffs:
        first, last = key(about.cutoffs[0]), key(about.cutoffs[-1])
        found.append(("cutoffs", f"{count(about.n_cutoffs)}, {first} to {last}"))
    steps = {"MS": "month", "QS": "quarter", "W": "week", "D": "day"}[about.freq]
    ahead = f"{about.horizon} {steps}{'' if about.horizon == 1 else 's'}"
    points = count(rows["n_scored"].max()) if len(rows) else "none"
    return [*found, ("ahead", ahead), ("scored points", points)]


def _colours(texts: Sequence[str]) -> list[tuple[str, str, str]]:
    """Every colour that is used: its name, and what it is in the light and in the dark."""
    found = sorted({name for text in texts for name in _COLOUR.findall(text)})
    return [(name, f"#{name}", in_the_dark(f"#{name}")) for name in found]


def _inside_a_script(value: Any) -> str:  # noqa: ANN401 - what JSON can hold
    """JSON that cannot end the element it stands in, whatever a series is called."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


@functools.cache
def _library() -> str:
    """The library that draws, as one script."""
    import vl_convert

    text = vl_convert.javascript_bundle(_LIBRARY)
    assert "</script" not in text.lower(), "it would end its own element"
    assert "<!--" not in text, "it would begin a comment"
    return text


@functools.cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _text(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")

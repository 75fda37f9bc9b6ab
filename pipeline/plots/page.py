"""The same charts on a page: no card, no title of their own; ink and colours are the page's.

A colour of a chart becomes a variable of the page's style sheet, so that one page is light or dark.
"""

import colorsys
import json
import re
from typing import Any

from pipeline.plots.theme import CARD, FAINT, INK, SOFT, Chart

_VARIABLES = {
    INK: "currentColor",
    SOFT: "var(--soft)",
    FAINT: "var(--faint)",
    CARD: "var(--paper)",
}
"""What stands for the colours that are no model's."""

_HEX = re.compile(r"#[0-9a-f]{6}")

_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

CONFIG: dict[str, Any] = {
    "aria": False,  # the page says in a sentence what a chart shows
    "background": "transparent",
    "font": _FONT,
    "padding": 2,
    "view": {"stroke": None},
    "locale": {
        "number": {"decimal": ".", "thousands": "\u00a0", "grouping": [3], "currency": ["", ""]}
    },
    "axis": {
        "gridColor": "var(--faint)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelColor": "var(--soft)",
        "titleColor": "var(--soft)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelFlush": False,
    },
    "header": {"labelColor": "currentColor"},
    "text": {"color": "currentColor", "fontSize": 12},
}
"""Of all charts of a page: it stands there once."""


def page_spec(chart: Chart) -> dict[str, Any]:
    """The chart as a page embeds it, its rows as lists.

    Args:
        chart: single, layered, or with cells in one column: the page sets its width.
    """
    spec = chart.to_dict(validate=False)  # the tests validate
    for own in ("$schema", "config", "background", "padding", "title", "usermeta"):
        spec.pop(own, None)
    sets = {name: _rows(values) for name, values in spec.pop("datasets", {}).items()}
    inlined = _coloured(spec)
    return inlined | {"datasets": sets} if sets else inlined


def variable_of(colour: str) -> str:
    """The name of a colour, as a value of an attribute."""
    return _VARIABLES.get(colour, f"var(--c{colour[1:]})")


def in_the_dark(colour: str) -> str:
    """The same hue on a dark ground: what is dark becomes lighter, what is pale becomes dark."""
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    hue, light, strength = colorsys.rgb_to_hls(red, green, blue)
    if light > 0.7:
        light = 1.1 - light
    elif light < 0.62:
        light = 0.62 + 0.2 * (0.62 - light)
    mixed = colorsys.hls_to_rgb(hue, light, 0.75 * strength)
    return "#" + "".join(f"{round(255 * part):02x}" for part in mixed)


def _rows(values: Any) -> Any:  # noqa: ANN401 - text or rows
    """Rows with their colours as variables; no other text of a row is looked at."""
    rows = json.loads(values) if isinstance(values, str) else values
    return [{k: _coloured(v) if k == "colour" else v for k, v in row.items()} for row in rows]


def _coloured(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    """The spec with every colour as a variable."""
    if isinstance(value, dict):
        named = {k: v for k, v in value.items() if not (k == "format" and v == {"type": "json"})}
        return {k: _coloured(v) for k, v in named.items()}
    if isinstance(value, list):
        return [_coloured(v) for v in value]
    if isinstance(value, str) and _HEX.fullmatch(value):
        return variable_of(value)
    return value

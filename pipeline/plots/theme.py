"""The one look of all charts: an opaque light card, fonts, colours; the same colour for a model.

The card is opaque, so a chart reads the same on a white and on a near-black page. Colours are those
of Okabe and Ito, told apart with any colour vision; networks are strong, baselines muted.
"""

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

Chart = Any
"""A chart of altair, single, layered or joined: its types do not say what fits into what."""

WIDTH = 616
"""Pixels of a panel across: with its labels a card is about 700 wide, as the UI shows it."""

LABELS = 46
"""Pixels left of a panel for the labels of its axis; the same for all, so that panels align."""

CARD_WIDTH = WIDTH + LABELS
"""Pixels across what stands on a card, labels and all."""

INK, SOFT, FAINT, CARD = "#1f2328", "#57606a", "#e3e6ea", "#ffffff"
"""Text; text of second rank; lines of the grid; the card."""

STRONG = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7b3294", "#5c4a1f")
"""Of what is told apart by colour alone: series, rules."""

_NETWORKS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")

_BASELINES = {
    "naive": ("#8b939e", (2, 2)),
    "seasonal_naive": ("#6f86a8", (6, 3)),
    "climatology": ("#3f4650", ()),
    "window_average": ("#a8905c", (3, 1)),
    "ar": ("#8a6d5c", (8, 2)),
    "ar_seasonal": ("#94799f", (4, 2, 1, 2)),
    "anomaly_persistence": ("#546a5e", (5, 1)),
    "damped_trend": ("#8f7f3f", (2, 1)),
    "holt_winters": ("#7d5560", (6, 1, 1, 1)),
}
"""Colour and dashes by name."""

_OTHERS = (("#7d8f69", (5, 2)), ("#a97f87", (3, 3)), ("#5f8f94", (7, 2, 2, 2)), ("#8b8b6b", (1, 1)))
"""Of baselines under a name of their own, in their order."""

_IMPORTED = ("#7b3294", "#5c4a1f", "#1b6f74", "#8f2d56")
"""Of models of other programs, in their order."""

_FONT = "Liberation Sans"
"""It comes with the renderer: the same letters on every machine, and nothing is fetched."""

_NUMBERS = {"decimal": ".", "thousands": "\u00a0", "grouping": [3], "currency": ["", ""]}
"""How axes write numbers: as titles do."""

_LETTERS = {"title": 78, "subtitle": 112}
"""Letters of a line of text that fit on the card."""


@dataclass(frozen=True)
class Look:
    """How a model is drawn, wherever it is drawn."""

    colour: str
    dash: tuple[int, ...]
    width: float


SERVED = Look("#0f766e", (), 2.6)
"""Of the forecast that is served: stronger than what it is made of."""


def looks_of(
    baselines: Sequence[str], networks: Sequence[str], imported: Sequence[str] = ()
) -> dict[str, Look]:
    """The look of every model by its name.

    A baseline has the look of its name; a network, an imported model, or a baseline under a name of
    its own, that of its place among those declared: one that is added at the end changes no other.
    """
    named = [name for name in baselines if name not in _BASELINES]
    looks = {}
    for name in baselines:
        colour, dash = _BASELINES.get(name) or _OTHERS[named.index(name) % len(_OTHERS)]
        looks[name] = Look(colour, dash, 1.3)
    for names, colours, width in ((networks, _NETWORKS, 2.0), (imported, _IMPORTED, 1.7)):
        for place, name in enumerate(names):
            # With more models than colours, dashes tell those of one colour apart.
            again = place // len(colours)
            dash = () if again == 0 else (2 + 3 * again, 2)
            looks[name] = Look(colours[place % len(colours)], dash, width)
    return looks


def inline(frame: pd.DataFrame) -> alt.InlineData:
    """Rows as they stand in the spec: times as milliseconds UTC, null for what is no number.

    Written out as text: altair copies what a chart holds whenever it is put into another, and rows
    that are lists take seconds.
    """
    columns = [_plain(frame[name]) for name in frame.columns]
    names = [str(name) for name in frame.columns]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    text = json.dumps(rows, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return alt.InlineData(values=text, format=alt.JsonDataFormat(type="json"))


def _plain(column: pd.Series) -> list[Any]:
    if column.dtype.kind == "M":
        return milliseconds(column.to_numpy()).tolist()
    if column.dtype.kind == "f":
        return [v if np.isfinite(v) else None for v in column.tolist()]
    return column.tolist()


def milliseconds(dates: np.ndarray) -> np.ndarray:
    """Milliseconds since 1970, UTC: a date as text would be read in the machine's own time zone."""
    return dates.astype("datetime64[ms]").astype(np.int64)


def stack(panels: Sequence[Chart]) -> Chart:
    """Panels below each other, each with its own scales."""
    return alt.vconcat(*panels, spacing=10).resolve_scale(color="independent")


def finished(chart: Chart, title: str, subtitle: str = "") -> Chart:
    """The chart on its card, under its title; long titles are wrapped, never cut."""
    said = alt.Title(
        textwrap.wrap(title, _LETTERS["title"]) or [""],
        subtitle=textwrap.wrap(subtitle, _LETTERS["subtitle"]),
        anchor="start",
        frame="bounds",
        offset=12,
    )
    return chart.properties(title=said, background=CARD, padding=14).configure(**_config())


def blank(title: str, subtitle: str = "") -> Chart:
    """A card that says in its title why there is nothing to see."""
    nothing = alt.Chart(alt.InlineData(values=[{}]), width=CARD_WIDTH, height=1)
    return finished(nothing.mark_point(opacity=0), title, subtitle)


def counted(number: int, noun: str, *, of: int | None = None) -> str:
    """A count in words, as "8 of 10 000 series"; the noun in the plural unless it is one."""
    total = number if of is None else of
    words = noun if total == 1 or noun.endswith("s") else f"{noun}s"
    shown = f"{total:,}".replace(",", "\u00a0")
    return f"{shown} {words}" if number == total else f"{number} of {shown} {words}"


def key_of(looks: Mapping[str, Look], *, width: int = WIDTH) -> Chart:
    """The legend of models as a strip of its own: it says dashes and widths too."""
    places = placed([40.5 + _LETTER * len(_cut(name)) for name in looks], width)
    rows = pd.DataFrame(
        {
            "name": [_cut(name) for name in looks],
            "look": [str(n) for n in range(len(looks))],
            "x": [x for x, _ in places],
            "end": [x + 24 for x, _ in places],
            "text": [x + 29 for x, _ in places],
            "y": [line * 17 + 8 for _, line in places],
        }
    )
    height = int(rows["y"].max()) + 8 if len(rows) else 1
    base = alt.Chart(inline(rows)).encode(y=alt.Y("y:Q", scale=None, axis=None))
    # Colours as values: a scale would be shared with the charts below.
    lines = [
        base.transform_filter(alt.datum.look == str(place))
        .mark_rule(
            color=look.colour, strokeWidth=look.width + 0.6, strokeDash=list(look.dash or (1, 0))
        )
        .encode(x=alt.X("x:Q", scale=None, axis=None), x2="end:Q")
        for place, look in enumerate(looks.values())
    ]
    words = base.mark_text(align="left", fontSize=11.5, color=INK).encode(
        x=alt.X("text:Q", scale=None, axis=None), text="name:N"
    )
    return alt.layer(*lines, words).properties(width=width, height=height)


_LETTER = 6.2
"""Pixels of a letter, in the mean."""


def _cut(name: str) -> str:
    """A name that fits: a long one keeps its beginning."""
    return name if len(name) <= 32 else f"{name[:31]}\u2026"


def placed(widths: Sequence[float], room: int) -> list[tuple[float, int]]:
    """Left edge and line of things set one after the other like words, `room` pixels a line."""
    places, x, line = [], 0.0, 0
    for width in widths:
        if x + width > room and x > 0:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += width
    return places


def _config() -> dict[str, Any]:
    text = {"labelColor": SOFT, "titleColor": SOFT, "labelFontSize": 11.5, "titleFontSize": 11.5}
    return {
        "font": _FONT,
        "locale": {"number": _NUMBERS},
        "title": alt.TitleConfig(
            fontSize=16,
            color=INK,
            subtitleFontSize=12,
            subtitleColor=SOFT,
            subtitlePadding=5,
            lineHeight=19,
            subtitleLineHeight=15,
        ),
        "axis": alt.AxisConfig(
            gridColor=FAINT,
            domainColor="#b4bac2",
            tickColor="#b4bac2",
            titleFontWeight="normal",
            labelFlush=False,
            **text,
        ),
        "legend": alt.LegendConfig(labelLimit=220, symbolStrokeWidth=3, symbolSize=160, **text),
        "view": alt.ViewConfig(stroke=None),
    }

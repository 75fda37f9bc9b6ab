"""Which rows a fold is trained on, reads and is scored on: a row per cutoff, a map per series."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from pipeline.plots.axes import time_axis, time_domain
from pipeline.plots.names import told_apart
from pipeline.plots.panel import in_cells
from pipeline.plots.theme import (
    CARD,
    CARD_WIDTH,
    INK,
    Chart,
    blank,
    finished,
    inline,
    placed,
)

PARTS = {
    "trained on": "#a9bed6",
    "seen, not trained on": "#d9e2ec",
    "input of the forecast": "#0072b2",
    "forecast, scored": "#d55e00",
    "forecast, not observed yet": "#f2b98a",
}
"""Every stretch of a fold and its colour, in the order of time; one that is held back to stop the
training by would stand after the first."""

_THIN = ("input of the forecast", "")
"""Drawn over the others, or in their stead where a fold is not ready."""

NOT_READY = "not ready"

GREY = "#c9ced5"

_KEYS = 70
"""Pixels for the keys of the cutoffs."""


def plot_folds(stretches: pd.DataFrame, *, title: str, subtitle: str) -> Chart:
    """A map of the folds.

    Args:
        stretches: columns unique_id, cutoff (its key), part (of `PARTS`, or "" for a fold that is
            not ready), start, end (dates, the end not included) and state.
        title: which cutoffs and series.
        subtitle: for which model.
    """
    if stretches.empty:
        return blank("No cutoff exists yet", subtitle)
    used = stretches["part"].unique().tolist()
    cells = map_of_folds(stretches)
    return finished(alt.vconcat(_key(used), cells, spacing=12), title, subtitle)


def map_of_folds(stretches: pd.DataFrame) -> Chart:
    """The map without key and title: a cell per series, in one column where there is one."""
    names = stretches["unique_id"].unique().tolist()
    keys = stretches["cutoff"].unique().tolist()
    columns = 1 if len(names) == 1 else 2
    width = (CARD_WIDTH - _KEYS - 12 * (columns - 1)) // columns
    row = {1: 12.0, 2: 10.0}.get(len(names), 8.0)
    chart = _map(stretches, keys, width=width, row=row, columns=columns)
    shown = told_apart(names, width=width, size=12.0)
    return in_cells(chart, shown, columns=columns, width=width, spacing=12)


def _map(
    stretches: pd.DataFrame, keys: Sequence[str], *, width: int, row: float, columns: int
) -> Chart:
    """One map; `cell` says whose."""
    cells = {name: k for k, name in enumerate(stretches["unique_id"].unique())}
    rows = stretches.assign(
        cell=stretches["unique_id"].map(cells),
        colour=stretches["part"].map({**PARTS, "": GREY}),
        thin=stretches["part"].isin(_THIN),
    )
    axis = alt.Axis(title=None, labelOverlap="greedy", labelSeparation=3, domain=False,
                    ticks=False, minExtent=_KEYS, maxExtent=_KEYS)  # fmt: skip
    scale = alt.Scale(domain=list(keys), paddingInner=0, paddingOuter=0.1)
    y = alt.Y(field="cutoff", type="nominal", sort=list(keys), scale=scale, axis=axis)
    span = time_domain(stretches[["start", "end"]].to_numpy().ravel())
    x = time_axis(span, field="start", ticks=max(width // 75, 2), flush=columns > 1)
    # Of both ends: Vega-Lite would take a domain for that of the start alone, and warn.
    x["scale"] = alt.Scale(type="utc", domainMin=span[0], domainMax=span[1], nice=False)
    colour = alt.Color(field="colour", type="nominal", scale=None)
    edge = alt.Stroke(field="colour", type="nominal", scale=None)
    base = alt.Chart().encode(x=x, x2=alt.X2(field="end"), y=y, color=colour, stroke=edge)
    # The stroke keeps a stretch of one step visible on decades.
    thick = base.transform_filter("!datum.thin").mark_bar(height=0.72 * row, strokeWidth=0.8)
    thin = base.transform_filter("datum.thin").mark_bar(height=0.28 * row, strokeWidth=0.4)
    layers = [*[thick] * bool((~rows["thin"]).any()), *[thin] * bool(rows["thin"].any())]
    if (rows["part"] == "").any():
        layers += _states(y, span=span, row=row)
        rows = rows.assign(said=_said(rows, every=row > 10))
    rows = rows.drop(columns=["unique_id", "state", "part"])
    chart = alt.layer(*layers, data=inline(rows))
    return chart.properties(width=width, height=max(row * len(keys), 24))


def _said(rows: pd.DataFrame, *, every: bool) -> list[str]:
    """Why a fold is not ready, by row; in tight rows only the first of several says it."""
    state = rows["state"].where(rows["part"] == "", "").astype(str)
    again = state.eq(state.shift()) & rows["cell"].eq(rows["cell"].shift())
    return [
        "" if hidden and not every else text.replace("_", " ")
        for text, hidden in zip(state, again, strict=True)
    ]


def _states(y: alt.Y, *, span: tuple[int, int], row: float) -> list[Chart]:
    """The reasons, at the right, on a light ground that keeps them readable on a bar."""
    x = alt.XDatum(datum=span[1], type="temporal")
    place: dict[str, Any] = {"align": "right", "dx": -3, "fontSize": min(row - 0.5, 11)}
    ground = alt.Chart().mark_text(**place, stroke=CARD, strokeWidth=3)
    words = alt.Chart().mark_text(**place, color="#6e7781")
    text = alt.Text(field="said", type="nominal")
    return [layer.encode(y=y, x=x, text=text) for layer in (ground, words)]


def _key(used: Sequence[str]) -> Chart:
    """The legend: a square of each colour with its words."""
    shown = [(part, colour) for part, colour in PARTS.items() if part in used]
    shown += [(NOT_READY, GREY)] if "" in used else []
    places = placed([34 + 5.6 * len(part) for part, _ in shown], CARD_WIDTH - _KEYS)
    rows = pd.DataFrame(
        {
            "x": [x for x, _ in places],
            "end": [x + 12 for x, _ in places],
            "words": [x + 17 for x, _ in places],
            "y": [line * 17 + 8 for _, line in places],
            "part": [part for part, _ in shown],
            "colour": [colour for _, colour in shown],
        }
    )
    y = alt.Y(field="y", type="quantitative", scale=None, axis=None)
    x, words = (
        alt.X(field=field, type="quantitative", scale=None, axis=None) for field in ("x", "words")
    )
    colour = alt.Color(field="colour", type="nominal", scale=None)
    base = alt.Chart(inline(rows)).encode(y=y)
    squares = base.mark_bar(height=11).encode(x=x, x2=alt.X2(field="end"), color=colour)
    texts = base.mark_text(align="left", fontSize=11.5, color=INK).encode(
        x=words, text=alt.Text(field="part", type="nominal")
    )
    height = int(rows["y"].max()) + 8
    return alt.layer(squares, texts).properties(width=CARD_WIDTH - _KEYS, height=height)

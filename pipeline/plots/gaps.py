"""What is missing on the grid and what was changed on the way in: by cell, or counted over time."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from pipeline.calendar import Freq, dates_of
from pipeline.plots.axes import heading, name_axis, time_axis, time_domain, value_axis
from pipeline.plots.theme import (
    CARD_WIDTH,
    STRONG,
    WIDTH,
    Chart,
    blank,
    counted,
    finished,
    inline,
    stack,
)

_ROWS = 24
"""Columns of series that have a row of their own; more of them are counted together."""

_BINS = 80
"""Parts of time in which cells are counted."""

_PANELS = 6
"""Columns that have a panel of counts."""


def plot_gaps(
    cells: pd.DataFrame, spans: pd.DataFrame, *, columns: Sequence[str], freq: Freq
) -> Chart:
    """Every cell that is missing or was changed, by rule.

    Args:
        cells: a row each: unique_id, column, step, rule, and verdict ("missing" or "changed").
        spans: a row per series: unique_id, first and last, the steps of its first and last row.
        columns: every column as the files spell it, the target first.
        freq: the grid.
    """
    if spans.empty:
        return blank("There is no series yet")
    chart = _by_row if len(spans) * len(columns) <= _ROWS else _counted
    drawn = chart(cells, spans.reset_index(drop=True), list(columns), freq)
    return finished(drawn, *_words(cells, spans, columns=columns, freq=freq))


def _words(
    cells: pd.DataFrame, spans: pd.DataFrame, *, columns: Sequence[str], freq: Freq
) -> tuple[str, str]:
    """Title and subtitle."""
    total = int((spans["last"] - spans["first"] + 1).sum()) * len(columns)
    first, last = (
        str(dates_of(int(step), freq))[:10] for step in (spans["first"].min(), spans["last"].max())
    )
    series = str(spans["unique_id"].iloc[0]) if len(spans) == 1 else counted(len(spans), "series")
    where = f"{series}, {counted(len(columns), 'column')}, {first} to {last}"
    if cells.empty:
        said = f"{counted(total, 'cell')}, each observed and taken as it stands: {where}"
        return "No gap, no verdict", said
    missing = int((cells["verdict"] == "missing").sum())
    changed = len(cells) - missing
    parts = [f"{counted(missing, 'cell')} {'is' if missing == 1 else 'are'} missing"]
    if missing == 0:
        parts = ["No gap"]
    if changed:
        parts += [f"{changed} changed on the way in"]
    hit = cells["unique_id"].nunique()
    whose = "" if len(spans) == 1 else f"; in {counted(hit, 'series', of=len(spans))}"
    said = f"of {counted(total, 'cell')} ({100 * missing / total:.2g} %){whose}; {where}"
    return ", ".join(parts), said


def _by_row(cells: pd.DataFrame, spans: pd.DataFrame, columns: list[str], freq: Freq) -> Chart:
    """A row per series and column: grey where there are rows, in colour where something is said."""
    pairs = [(name, column) for name in spans["unique_id"] for column in columns]
    place = {pair: row for row, pair in enumerate(pairs)}
    bars = spans.loc[spans.index.repeat(len(columns))]
    bars = bars.assign(row=range(len(pairs)), start=bars["first"], end=bars["last"] + 1)
    runs = _runs(cells)
    runs = runs.assign(row=[place[p] for p in zip(runs["unique_id"], runs["column"], strict=True)])
    span = time_domain(dates_of(bars[["start", "end"]].to_numpy(), freq))
    y, room = name_axis([_label(pair, len(spans), len(columns)) for pair in pairs], most=190)
    base = alt.Chart().encode(y=y, x=time_axis(span, field="start"), x2=alt.X2(field="end"))
    layers: list[Chart] = [_on(bars, base, freq).mark_bar(color="#d3d9e0", height=6)]
    if len(runs):
        colour = _colour_of(cells, legend=True)
        # The stroke keeps a gap of one step visible on decades.
        edge = alt.Stroke(field="rule", type="nominal", scale=colour["scale"], legend=None)
        marks = _on(runs, base, freq).mark_bar(height=14, strokeWidth=1.6)
        layers.append(marks.encode(color=colour, stroke=edge))
    return alt.layer(*layers).properties(width=CARD_WIDTH - room, height=max(24 * len(pairs), 40))


def _on(rows: pd.DataFrame, base: Chart, freq: Freq) -> Chart:
    """The same axes on other rows."""
    drawn = [c for c in ("row", "rule", "start", "end") if c in rows]
    return base.properties(data=inline(_dated(rows[drawn], freq)))


def _label(pair: tuple[str, str], n_series: int, n_columns: int) -> str:
    name, column = pair
    if n_series == 1:
        return column
    return name if n_columns == 1 else f"{name}: {column}"


def _runs(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells that follow each other, of one series, column and rule, as one."""
    by = ["unique_id", "column", "rule"]
    ordered = cells.sort_values([*by, "step"], ignore_index=True)
    same = (ordered[by] == ordered[by].shift()).all(axis=1) & (ordered["step"].diff() == 1)
    number = (~same).cumsum()
    runs = ordered.groupby(number, sort=False).agg(
        {**dict.fromkeys(by, "first"), "step": ["first", "last"]}
    )
    runs.columns = pd.Index([*by, "start", "end"])
    return runs.assign(end=runs["end"] + 1).reset_index(drop=True)


def _dated(frame: pd.DataFrame, freq: Freq) -> pd.DataFrame:
    """Steps as dates."""
    return frame.assign(**{c: dates_of(frame[c].to_numpy(), freq) for c in ("start", "end")})


def _colour_of(cells: pd.DataFrame, *, legend: bool) -> alt.Color:
    """By rule, the most frequent first."""
    rules = cells["rule"].value_counts(sort=True).index.tolist()
    key = alt.Legend(orient="top", columns=2, labelLimit=330, symbolType="square", symbolSize=90)
    return alt.Color(
        field="rule",
        type="nominal",
        title=None,
        scale=alt.Scale(domain=rules, range=[_rule_colour(k) for k in range(len(rules))]),
        legend=key if legend else None,
    )


def _rule_colour(place: int) -> str:
    return (STRONG[1], STRONG[0], STRONG[3], STRONG[2], STRONG[6])[place % 5]


def _counted(cells: pd.DataFrame, spans: pd.DataFrame, columns: list[str], freq: Freq) -> Chart:
    """How many series have a row over time, and how many cells are concerned, by column."""
    first, last = int(spans["first"].min()), int(spans["last"].max())
    edges = np.unique(np.linspace(first, last + 1, _BINS + 1).round().astype(np.int64))
    span = time_domain(dates_of(np.array([first, last + 1]), freq))
    hit = [c for c in columns if (cells["column"] == c).any()][:_PANELS]
    panels: list[Chart] = [_series_there(spans, edges, freq=freq, span=span, bottom=not hit)]
    for place, column in enumerate(hit):
        some = cells[cells["column"] == column]
        panels.append(
            _counts(some, edges, freq=freq, span=span, bottom=place == len(hit) - 1)
            .encode(color=_colour_of(cells, legend=place == 0))
            .properties(title=heading(f"{column}: {counted(len(some), 'cell')}"))
        )
    return stack(panels)


def _series_there(
    spans: pd.DataFrame, edges: np.ndarray, *, freq: Freq, span: tuple[int, int], bottom: bool
) -> Chart:
    middle = (edges[:-1] + edges[1:]) // 2
    begun = (spans["first"].to_numpy()[:, None] <= middle).sum(axis=0)
    over = (spans["last"].to_numpy()[:, None] < middle).sum(axis=0)
    there = begun - over
    rows = pd.DataFrame({"start": edges[:-1], "end": edges[1:], "value": there, "base": 0})
    chart = alt.Chart(inline(_dated(rows, freq)), width=WIDTH, height=90, title=heading(
        "Series that have begun and not ended"
    ))  # fmt: skip
    return chart.mark_bar(color="#b9c3ce").encode(
        x=time_axis(span, field="start", labels=bottom),
        x2=alt.X2(field="end"),
        y=value_axis((0.0, len(spans) * 1.05), ticks=3),
        y2=alt.Y2(field="base"),
    )


def _counts(
    cells: pd.DataFrame, edges: np.ndarray, *, freq: Freq, span: tuple[int, int], bottom: bool
) -> Chart:
    """Cells of one column in each part of time, stacked by rule."""
    part = np.searchsorted(edges, cells["step"].to_numpy(), side="right") - 1
    by_rule = pd.crosstab(part, cells["rule"]).sort_index()
    tops = by_rule.cumsum(axis=1)
    rows = pd.DataFrame(
        {
            "rule": np.tile(by_rule.columns.to_numpy(), len(by_rule)),
            "start": np.repeat(edges[by_rule.index], by_rule.shape[1]),
            "end": np.repeat(edges[by_rule.index + 1], by_rule.shape[1]),
            "value": tops.to_numpy().ravel(),
            "base": (tops - by_rule).to_numpy().ravel(),
        }
    )
    chart = alt.Chart(inline(_dated(rows, freq)), width=WIDTH, height=80)
    return chart.mark_bar().encode(
        x=time_axis(span, field="start", labels=bottom),
        x2=alt.X2(field="end"),
        y=value_axis((0.0, float(tops.to_numpy().max()) * 1.05), ticks=3),
        y2=alt.Y2(field="base"),
    )

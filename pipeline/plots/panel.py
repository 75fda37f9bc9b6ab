"""A small panel of lines over time: one or several, gaps as gaps, lonely points as points."""

import json
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from pipeline.plots.axes import domain_of, heading, time_axis, value_axis
from pipeline.plots.theme import (
    INK,
    STRONG,
    WIDTH,
    Chart,
    inline,
)
from pipeline.plots.thin import POINTS, thin


def thinned(lines: pd.DataFrame, *, points: int = POINTS) -> pd.DataFrame:
    """Each line in at most `points` rows, its extremes kept.

    Args:
        lines: columns line, ds, value; rows of a line in the order of time.
        points: rows of a line at most.

    Returns:
        The rows kept, and `alone`: whether no neighbour has a value, so that no line shows it.
    """
    kept = []
    for _, rows in lines.groupby("line", sort=False):
        value = rows["value"].to_numpy(dtype=np.float64)
        alone = pd.Series(_alone(value), index=rows.index)
        kept.append(rows.assign(alone=alone).iloc[thin(value, points=points)])
    return pd.concat(kept, ignore_index=True) if kept else lines.assign(alone=False)


def broken(lines: pd.DataFrame, *, times: float = 1.5, usual: float | None = None) -> pd.DataFrame:
    """The same rows with an empty one wherever a line jumps over time: a gap is no straight line.

    Args:
        lines: columns ds and others, in the order of time.
        times: a jump is longer than this many usual distances.
        usual: the usual distance in nanoseconds; their median where it is not said.
    """
    ds = lines["ds"].to_numpy().astype("datetime64[ns]")
    if len(ds) < 2:
        return lines
    apart = np.diff(ds).astype(np.int64)
    jumps = np.flatnonzero(apart > times * (np.median(apart) if usual is None else usual))
    if len(jumps) == 0:
        return lines
    empty = pd.DataFrame({"ds": ds[jumps] + (apart[jumps] // 2).astype("timedelta64[ns]")})
    order = np.argsort(np.concatenate([np.arange(len(ds)), jumps + 0.5]), kind="stable")
    return pd.concat([lines, empty], ignore_index=True).iloc[order].reset_index(drop=True)


def _alone(value: np.ndarray) -> np.ndarray:
    there = np.isfinite(value)
    before, after = np.append(False, there[:-1]), np.append(there[1:], False)
    return there & ~before & ~after


def panel_of(
    lines: pd.DataFrame,
    *,
    name: str,
    span: tuple[int, int],
    height: int,
    colours: dict[str, str],
    bottom: bool,
    legend: bool = False,
) -> Chart:
    """Lines over time under a heading.

    Args:
        lines: columns line, ds, value; thinned here.
        name: the heading.
        span: the domain of time, shared by the panels of a chart.
        height: pixels.
        colours: by line.
        bottom: whether this panel carries the labels of time.
        legend: whether it carries the names of the lines.
    """
    drawn = thinned(lines)
    domain = domain_of(drawn["value"].to_numpy(dtype=np.float64))
    colour = alt.Color(
        field="line",
        type="nominal",
        title=None,
        sort=list(colours),
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=alt.Legend(orient="top", columns=4, symbolType="stroke") if legend else None,
    )
    x, y = time_axis(span, labels=bottom), value_axis(domain, ticks=max(2, height // 35))
    chart = alt.Chart(inline(drawn)).encode(x=x, y=y, color=colour)
    width = 1.4 if len(drawn) <= 800 else 0.9
    layers: list[Chart] = [
        chart.mark_line(strokeWidth=width, strokeJoin="round"),
        chart.transform_filter("datum.alone").mark_point(filled=True, size=14, opacity=1),
    ]
    if not np.isfinite(drawn["value"].to_numpy(dtype=np.float64)).any():
        y["axis"]["labels"] = False
        layers.append(_nothing(x, y, span=span))
    return alt.layer(*layers).properties(width=WIDTH, height=height, title=heading(name))


def _nothing(x: alt.X, y: alt.Y, *, span: tuple[int, int]) -> Chart:
    """Words in the middle of a panel without a value."""
    middle = alt.InlineData(values=[{"ds": sum(span) // 2, "value": 0.5}])
    words = alt.Chart(middle).mark_text(text="no value observed", color="#8b949e", fontSize=12)
    return words.encode(x=x, y=y)


def in_cells(
    chart: Chart, names: Sequence[str], *, columns: int, width: int, spacing: int = 8
) -> Chart:
    """The same chart once for each of several names, on shared scales.

    One chart with cells is drawn several times faster than as many charts.

    Args:
        chart: its data has a column `cell`, the place of each row's name in `names`.
        names: what stands above each cell.
        columns: cells in a line.
        width: pixels of a cell; a longer name is cut.
        spacing: pixels between them.
    """
    header = alt.Header(
        title=None,
        labelAnchor="start",
        labelFontSize=12,
        labelFontWeight="bold",
        labelColor=INK,
        labelPadding=4,
        labelLimit=width,
        labelExpr=f"{json.dumps(list(names))}[datum.value]",
    )
    facet = alt.Facet(field="cell", type="ordinal", header=header)
    return chart.facet(facet=facet, columns=columns, spacing=spacing)


def colours_for(names: Sequence[str]) -> dict[str, str]:
    """A colour for each of up to eight names, in their order."""
    return {name: STRONG[place % len(STRONG)] for place, name in enumerate(names)}

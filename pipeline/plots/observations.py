"""Every column over time as the files have it: a panel per column, a line per series."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.plots.axes import time_domain
from pipeline.plots.panel import broken, colours_for, panel_of
from pipeline.plots.theme import (
    Chart,
    blank,
    counted,
    finished,
    stack,
)
from pipeline.plots.thin import POINTS

_LINES = 8
"""Series, and panels, at most."""


def plot_observations(rows: pd.DataFrame, columns: Mapping[str, str]) -> Chart:
    """A panel per column; few series have a panel each, more of them share one.

    Args:
        rows: unique_id, ds and the numeric columns, as `pipeline.raw` reads them.
        columns: heading by numeric column: the target first.
    """
    names = sorted(map(str, rows["unique_id"].unique()))
    shown, drawn = names[:_LINES], dict(list(columns.items())[:_LINES])
    title = f"{counted(len(shown), 'series', of=len(names))}, as in the files"
    if len(names) == 1:
        title = f"{names[0]}, as in the file"
    if len(drawn) < len(columns):
        title += f"; {counted(len(drawn), 'column', of=len(columns))}"
    if not names:
        return blank("There is no row yet")
    some = rows[rows["unique_id"].isin(shown)]
    return finished(stack(_panels(some, shown, drawn)), title, _span_of(some, total=len(names)))


def _panels(rows: pd.DataFrame, names: list[str], columns: dict[str, str]) -> list[Chart]:
    """One per column and series where these are few, else one per column."""
    by_series = {name: rows[rows["unique_id"] == name] for name in names}
    if len(columns) * len(names) <= _LINES:
        parts = [(c, [name]) for c in columns for name in names]
    else:
        parts = [(c, names) for c in columns]
    span, colours = time_domain(rows["ds"].to_numpy()), colours_for(names)
    panels = []
    for place, (column, some) in enumerate(parts):
        lines = pd.concat([_line(by_series[name], name, column) for name in some])
        several = len(some) < len(names)
        panels.append(
            panel_of(
                lines,
                name=f"{some[0]}: {columns[column]}" if several else columns[column],
                span=span,
                height=_height(len(parts)),
                colours={name: colours[name] for name in some},
                bottom=place == len(parts) - 1,
                legend=place == 0 and len(some) > 1,
            )
        )
    return panels


def _line(rows: pd.DataFrame, name: str, column: str) -> pd.DataFrame:
    """One line in the order of time, with its gaps."""
    value = rows[column].to_numpy(dtype=np.float64)
    line = pd.DataFrame({"ds": rows["ds"].to_numpy(), "value": value})
    return broken(line.sort_values("ds", kind="stable")).assign(line=name)


def _height(panels: int) -> int:
    return {1: 260, 2: 170, 3: 130, 4: 105}.get(panels, 78)


def _span_of(rows: pd.DataFrame, *, total: int) -> str:
    first, last = (str(f(rows["ds"]))[:10] for f in (min, max))
    said = f"{counted(len(rows), 'row')}, {first} to {last}"
    if total > rows["unique_id"].nunique():
        said = f"the first by name: {said}"
    if rows.groupby("unique_id").size().max() > POINTS:
        said += f"; each line thinned to {counted(POINTS, 'point')}, its extremes kept"
    return said

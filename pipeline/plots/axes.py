"""Axes of time and of values: sensible at any magnitude, also where there is one value or none."""

import json
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from pipeline.plots.names import told_apart, width_of
from pipeline.plots.theme import INK, LABELS, milliseconds

_MANY = 1e5
"""From here on numbers are written with the letters k, M, G, T."""

_TINY, _HUGE = 1e-3, 1e15
"""Below the one and from the other on they are written with a power of ten."""


_LETTERS = 11.5
"""Size of the names of rows, in pixels."""

_DAY = 86_400_000
"""Milliseconds."""


def domain_of(values: np.ndarray) -> tuple[float, float]:
    """From below the lowest to above the highest; from zero where all lie above and not far."""
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    if len(finite) == 0:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        margin = abs(low) * 0.1 or 1.0
        return low - margin, high + margin
    margin = high * 0.05 - low * 0.05  # so that the largest numbers do not overflow
    if 0 <= low < 0.3 * high:
        return 0.0, high + margin
    if low >= 0:
        return max(low - margin, 0.0), high + margin
    return low - margin, high + margin


def number_format(domain: tuple[float, float]) -> str:
    """How the numbers of an axis are written, in the letters of d3-format."""
    size = max(abs(domain[0]), abs(domain[1]))
    if size >= _HUGE or size < _TINY:
        return "~e"
    return "~s" if size >= _MANY else ",f"


def value_axis(
    domain: tuple[float, float], *, field: str = "value", title: str | None = None, ticks: int = 4
) -> alt.Y:
    """The axis up, with the same room for its labels in every panel."""
    axis = alt.Axis(
        title=title,
        tickCount=ticks,
        domain=False,
        ticks=False,
        minExtent=LABELS,
        maxExtent=LABELS,
        labelLimit=LABELS,
        format=number_format(domain),
    )
    scale = alt.Scale(domain=list(domain), nice=False, zero=False)
    return alt.Y(field=field, type="quantitative", scale=scale, axis=axis)


def name_axis(names: Sequence[str], *, most: int) -> tuple[alt.Y, int]:
    """Rows under each other, each with its name at its left.

    The column is `row`, the place of a row's name: two rows may bear one name.

    Args:
        names: from the top.
        most: pixels for the names at most; longer ones are cut, and stay different.

    Returns:
        The axis, and the pixels that the names take.
    """
    widest = _LETTERS * max(map(width_of, names))
    room = int(min(max(widest + 8, LABELS), most))
    axis = alt.Axis(
        title=None,
        labelExpr=f"{json.dumps(_shown(names, room=room))}[datum.value]",
        labelLimit=room,
        labelColor=INK,
        minExtent=room,
        maxExtent=room,
        domain=False,
        ticks=False,
    )
    scale = alt.Scale(domain=list(range(len(names))))
    return alt.Y(field="row", type="ordinal", scale=scale, axis=axis), room


def _shown(names: Sequence[str], *, room: int) -> list[str]:
    """The same name stands where the same name was: two rows may bear one."""
    once = list(dict.fromkeys(names))
    cut = dict(zip(once, told_apart(once, width=room, size=_LETTERS), strict=True))
    return [cut[name] for name in names]


def time_domain(dates: np.ndarray) -> tuple[int, int]:
    """First and last date in milliseconds UTC; a day to each side of a single one."""
    if len(dates) == 0:
        return 0, _DAY
    at = milliseconds(dates)
    first, last = int(at.min()), int(at.max())
    return (first - _DAY, last + _DAY) if first == last else (first, last)


def time_axis(
    domain: tuple[int, int],
    *,
    field: str = "ds",
    labels: bool = True,
    ticks: int = 8,
    at: tuple[int, ...] = (),
    flush: bool = False,
) -> alt.X:
    """The axis of time, in UTC; without labels where another panel below has them.

    Args:
        domain: first and last time in milliseconds.
        field: the column.
        labels: whether this panel carries them.
        ticks: about how many.
        at: the times to be labelled, instead of round ones: for narrow panels.
        flush: whether labels at the ends stay inside, for panels that stand side by side.
    """
    count, written = _ticks((domain[1] - domain[0]) / _DAY, ticks)
    axis = alt.Axis(
        title=None,
        labels=labels,
        ticks=labels,
        tickCount=count,
        format=written,
        labelOverlap="greedy",
        labelSeparation=6,
        labelFlush=flush,
    )
    if at:
        axis.values, axis.format = list(at), _short((at[-1] - at[0]) / _DAY)
    scale = alt.Scale(type="utc", domain=list(domain), nice=False)
    return alt.X(field=field, type="temporal", scale=scale, axis=axis)


def _ticks(days: float, ticks: int) -> tuple[Any, str]:
    """How many ticks, and how their dates are written: never without a year, nor hours."""
    step = days / ticks
    if step > 183:
        return ticks, "%Y"
    if step > 15:
        return ticks, "%b %Y"
    if step > 1:
        return max(ticks * 2 // 3, 2), "%-d %b %Y"
    return alt.TimeIntervalStep(interval="day", step=1), "%-d %b %Y"


def _short(days: float) -> str:
    """How dates so far apart are written in few letters."""
    if days > 1500:
        return "%Y"
    return "%Y-%m-%d" if days == 0 else "%Y-%m" if days > 60 else "%m-%d"


def heading(text: str) -> alt.Title:
    """The name of a panel, above it at its left."""
    return alt.Title(
        text,
        anchor="start",
        frame="group",
        fontSize=12,
        fontWeight="bold",
        offset=4,
        limit=600,
    )

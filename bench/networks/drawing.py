"""Lines over numbers, on the project's card: what the page's figures are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from pipeline.plots.axes import domain_of, heading, value_axis
from pipeline.plots.theme import LABELS, SOFT, WIDTH, Chart, Look, finished, inline, key_of, stack


@dataclass(frozen=True)
class Line:
    """One line of a panel.

    Attributes:
        x: ascending.
        y: as many; NaN leaves a gap.
        look: how it is drawn.
        points: whether each value is a dot of its own and no line joins them.
    """

    x: Sequence[float] | np.ndarray
    y: Sequence[float] | np.ndarray
    look: Look
    points: bool = False


def panel(
    lines: Sequence[Line],
    name: str,
    *,
    across: str = "",
    up: str = "",
    height: int = 150,
    steep: tuple[float, float] | None = None,
) -> Chart:
    """Lines on common axes, under a heading.

    Args:
        lines: at least one.
        name: the heading.
        across: what x is; said below.
        up: what y is; said in the heading, where it takes no room from the lines.
        height: pixels.
        steep: lowest and highest value of a logarithmic axis; what lies outside is left out.
    """
    values = np.concatenate([np.asarray(line.y, dtype=np.float64) for line in lines])
    y = value_axis(domain_of(values), ticks=4) if steep is None else _logarithmic(*steep)
    x_values = np.concatenate([np.asarray(line.x, dtype=np.float64) for line in lines])
    x = alt.X(
        field="x",
        type="quantitative",
        axis=alt.Axis(title=across or None, tickCount=10, format="d", grid=False),
        scale=alt.Scale(domain=[float(x_values.min()), float(x_values.max())], nice=False),
    )
    layers = [_layer(line, steep).encode(x=x, y=y) for line in lines]
    title = f"{name}: {up}" if up and name else name or up
    return alt.layer(*layers).properties(width=WIDTH, height=height, title=heading(title))


def _layer(line: Line, steep: tuple[float, float] | None) -> Chart:
    y = np.asarray(line.y, dtype=np.float64)
    if steep is not None:
        y = np.where((y >= steep[0]) & (y <= steep[1]), y, np.nan)
    frame = pd.DataFrame({"x": np.asarray(line.x, dtype=np.float64), "value": y})
    chart = alt.Chart(inline(frame))
    if line.points:
        return chart.mark_point(filled=True, size=26, opacity=1, color=line.look.colour)
    dash = list(line.look.dash or (1, 0))
    return chart.mark_line(color=line.look.colour, strokeWidth=line.look.width, strokeDash=dash)


def _logarithmic(low: float, high: float) -> alt.Y:
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    apart = max(1, (last - first) // 4)
    tens = [10.0**k for k in range(first, last + 1) if k % apart == 0]
    axis = alt.Axis(
        title=None,
        values=tens,
        labelExpr="format(datum.value, '~e')",
        domain=False,
        ticks=False,
        minExtent=LABELS,
        maxExtent=LABELS,
    )
    scale = alt.Scale(type="log", domain=[low, high], nice=False)
    return alt.Y(field="value", type="quantitative", axis=axis, scale=scale)


def card(
    panels: Sequence[Chart], looks: Mapping[str, Look], *, title: str, subtitle: str = ""
) -> Chart:
    """Panels below each other, above them what each look stands for."""
    return finished(stack([key_of(looks), *panels]), title, subtitle)


def zero(x: Sequence[float] | np.ndarray, value: float = 0.0) -> Line:
    """A thin level line from the first to the last x."""
    ends = [float(np.min(x)), float(np.max(x))]
    return Line(ends, [value, value], Look(SOFT, (3, 3), 0.8))

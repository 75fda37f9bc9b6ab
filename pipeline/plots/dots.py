"""A number per name with the range that belongs to it: dots under each other, on one scale."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from pipeline.plots.axes import domain_of, name_axis
from pipeline.plots.theme import SOFT, Chart, inline

_ROW = 26
"""Pixels from one dot to the next."""

_NUMBERS = 62
"""Pixels at the right for the numbers."""


@dataclass(frozen=True)
class Scale:
    """How numbers are drawn and written.

    Attributes:
        written: in the letters of d3-format; as many digits as tell one tick from the next.
        rule: a value that all are held against, as 0 for skill; None without.
        limits: what is farther out is drawn at the edge, as an arrow; None where all is drawn.
        title: of the axis.
    """

    written: str = "~g"
    rule: float | None = None
    limits: tuple[float, float] | None = None
    title: str | None = None


def plot_dots(rows: pd.DataFrame, scale: Scale) -> Chart:
    """Dots with their ranges, and each number at the right.

    Args:
        rows: columns name, value, low, high, colour, number, from the top; low and high are NaN
            where there is no range, `number` is what is written.
        scale: how.
    """
    low, high = _domain(rows, scale)
    ends = rows[["low", "high"]].clip(low, high)
    drawn = pd.DataFrame(
        {
            "row": range(len(rows)),
            "value": rows["value"].clip(low, high),
            "low": ends["low"],
            "high": ends["high"],
            "colour": rows["colour"],
            "number": rows["number"],
            "edge": (rows["value"] > high).astype(int) - (rows["value"] < low).astype(int),
        }
    )
    y, _ = name_axis(rows["name"].tolist(), most=170)
    y["axis"]["offset"] = 8
    axis = alt.Axis(title=scale.title, tickCount=5, format=scale.written, domain=False, ticks=False)
    domain = alt.Scale(domain=[low, high], nice=False, zero=False)
    x = alt.X(field="value", type="quantitative", scale=domain, axis=axis)
    colour = alt.Color(field="colour", type="nominal", scale=None)
    base = alt.Chart().encode(y=y, color=colour)
    inside = base.transform_filter("datum.edge === 0")
    layers: list[Chart] = [*_rule(scale)]
    layers += [
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=3, opacity=0.35, strokeCap="round")
        .encode(x=alt.X(field="low", type="quantitative"), x2=alt.X2(field="high")),
        inside.mark_point(filled=True, size=70, opacity=1).encode(x=x),
        *(_arrows(base, side) for side in (-1, 1)),
        base.mark_text(align="right", dx=_NUMBERS - 6, fontSize=12, color=SOFT).encode(
            x=alt.value("width"),
            text=alt.Text(field="number", type="nominal"),
            color=alt.value(SOFT),
        ),
    ]
    chart = alt.layer(*layers, data=inline(drawn))
    padding = {"left": 2, "top": 6, "right": _NUMBERS, "bottom": 2}
    return chart.properties(height=_ROW * len(rows), width="container", padding=padding)


def _domain(rows: pd.DataFrame, scale: Scale) -> tuple[float, float]:
    """All numbers and ranges, and the rule, within the limits; these where all are one number."""
    found = rows[["value", "low", "high"]].to_numpy(dtype=np.float64).ravel()
    if scale.rule is not None:
        found = np.append(found, scale.rule)
    if scale.limits is not None:
        found = np.clip(found, *scale.limits)
        if len(np.unique(found[np.isfinite(found)])) <= 1:
            return scale.limits
    return domain_of(found)


def _rule(scale: Scale) -> list[Chart]:
    if scale.rule is None:
        return []
    at = alt.Chart(alt.InlineData(values=[{"value": scale.rule}]))
    rule = at.mark_rule(color=SOFT, strokeWidth=1, strokeDash=[3, 3])
    return [rule.encode(x=alt.X(field="value", type="quantitative"))]


def _arrows(base: Chart, side: int) -> Chart:
    """Of what lies beyond the frame at one side."""
    shape, place = ("triangle-left", 0) if side < 0 else ("triangle-right", "width")
    beyond = base.transform_filter(f"datum.edge === {side}")
    arrow = beyond.mark_point(filled=True, size=60, opacity=1, shape=shape, xOffset=-4 * side)
    return arrow.encode(x=alt.value(place))

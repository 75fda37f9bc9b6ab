"""A forecast that is still open: the last observations, what comes next, and how sure it is."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from pipeline.plots.axes import domain_of, time_axis, time_domain, value_axis
from pipeline.plots.theme import FAINT, INK, Chart, Look, inline

_HEIGHT = 240

_FAINTEST, _STRONGEST = 0.16, 0.34
"""Opacity of the widest interval, and of the narrowest."""


def plot_fan(
    observed: pd.DataFrame,
    forecasts: pd.DataFrame,
    intervals: pd.DataFrame,
    looks: Mapping[str, Look],
) -> Chart:
    """Observations, forecasts behind them, and intervals of the first model as bands.

    Args:
        observed: columns ds, y: the last rows of one series; NaN where nothing was observed.
        forecasts: columns ds, model, y_hat of the same series; the first model stands out.
        intervals: columns ds, level, lo, hi of the first model; without a row where there are none.
        looks: of all models.
    """
    models = forecasts["model"].unique().tolist()
    known = intervals[intervals["lo"].notna() & intervals["hi"].notna()]
    values = [observed["y"], forecasts["y_hat"], known["lo"], known["hi"]]
    numbers = np.concatenate([v.to_numpy(dtype=np.float64) for v in values])
    domain = domain_of(numbers)
    dates = np.concatenate([observed["ds"].to_numpy(), forecasts["ds"].to_numpy()])
    x = time_axis(time_domain(dates), ticks=6)
    y = value_axis(domain, ticks=5)
    first = looks[models[0]]
    layers = [*_bands(known, first, x=x, y=y)]
    line = observed.rename(columns={"y": "value"})[["ds", "value"]]
    seen = alt.Chart(inline(line)).encode(x=x, y=y)
    layers += [
        seen.mark_line(color=INK, strokeWidth=1.4, strokeJoin="round"),
        *_edge(observed, x=x),
    ]
    for model in models:  # a thin line stays visible on the thick one
        own = forecasts[forecasts["model"] == model].rename(columns={"y_hat": "value"})
        look = looks[model]
        marked = model == models[0] or len(own) == 1
        point = alt.OverlayMarkDef(color=look.colour, size=26) if marked else False
        drawn = alt.Chart(inline(own[["ds", "value"]])).encode(x=x, y=y)
        width = 2.4 if model == models[0] else 1.4
        layers.append(
            drawn.mark_line(
                color=look.colour, strokeWidth=width, strokeDash=list(look.dash or (1, 0)),
                point=point,
            )
        )  # fmt: skip
    return alt.layer(*layers).properties(width="container", height=_HEIGHT)


def _bands(known: pd.DataFrame, look: Look, *, x: alt.X, y: alt.Y) -> list[Chart]:
    """The widest interval first, so that narrower ones lie on it; a bar where there is one step."""
    levels = sorted(known["level"].unique(), reverse=True)
    strengths = np.linspace(_FAINTEST, _STRONGEST, len(levels))
    low = y.copy()
    low["field"] = "lo"
    found = []
    for level, strength in zip(levels, strengths, strict=True):
        rows = known.loc[known["level"] == level, ["ds", "lo", "hi"]]
        chart = alt.Chart(inline(rows)).encode(x=x, y=low, y2=alt.Y2(field="hi"))
        if len(rows) == 1:
            found.append(chart.mark_rule(color=look.colour, opacity=strength, strokeWidth=12))
        else:
            found.append(chart.mark_area(color=look.colour, opacity=strength))
    return found


def _edge(observed: pd.DataFrame, *, x: alt.X) -> list[Chart]:
    """A line at the last observation: what is right of it was not known."""
    if observed.empty:
        return []
    last = observed.tail(1)[["ds"]]
    return [alt.Chart(inline(last)).mark_rule(color=FAINT, strokeWidth=2).encode(x=x)]

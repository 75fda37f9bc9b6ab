"""Forecasts beside what came true: a strip per model, a column per series."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from pipeline.plots.axes import domain_of, time_axis, time_domain, value_axis
from pipeline.plots.panel import broken, in_cells, thinned
from pipeline.plots.theme import (
    CARD_WIDTH,
    LABELS,
    Chart,
    Look,
    blank,
    finished,
    inline,
    key_of,
)

_OBSERVED = "#4b535c"

_NAMED = 2
"""Series beside each other whose strips have room for the model's name; else a legend has it."""

_BETWEEN = 10
"""Pixels between two series."""


def plot_forecasts(
    observed: pd.DataFrame,
    forecasts: pd.DataFrame,
    looks: Mapping[str, Look],
    *,
    title: str,
    subtitle: str,
) -> Chart:
    """Each model's forecasts of one step on the observed line.

    Args:
        observed: columns unique_id, ds, y over the scored stretch; NaN where nothing was observed.
        forecasts: columns unique_id, ds, model, y, y_hat: those of one step, in the order in which
            the models are to stand.
        looks: of all models.
        title: which step and series.
        subtitle: what else there is to say.
    """
    if forecasts.empty:
        return blank("Nothing is scored yet", subtitle)
    names = sorted(map(str, forecasts["unique_id"].unique()))
    models = forecasts["model"].unique().tolist()
    size = _size(len(names), len(models))
    strips = [
        _strips(
            observed[observed["unique_id"] == name],
            forecasts[forecasts["unique_id"] == name],
            {model: looks[model] for model in models},
            name=name if len(names) > 1 else "",
            named=len(names) <= _NAMED,
            size=size,
        )
        for name in names
    ]
    drawn = alt.hconcat(*strips, spacing=_BETWEEN)
    if len(names) > _NAMED:
        drawn = alt.vconcat(key_of({model: looks[model] for model in models}), drawn, spacing=8)
    return finished(drawn, title, subtitle)


def _size(series: int, models: int) -> tuple[int, int]:
    """Width and height of a strip."""
    width = (CARD_WIDTH - _BETWEEN * (series - 1)) // series - LABELS
    return width, {1: 220, 2: 130, 3: 95, 4: 80}.get(models, 58)


def _strips(
    observed: pd.DataFrame,
    forecasts: pd.DataFrame,
    looks: Mapping[str, Look],
    *,
    name: str,
    named: bool,
    size: tuple[int, int],
) -> Chart:
    """One series: below each other what every model said, on one scale."""
    width, height = size
    data = _rows(observed, forecasts, list(looks), points=max(2 * width, 4))
    x = time_axis(time_domain(observed["ds"].to_numpy()), ticks=max(width // 80, 2))
    domain = _domain(observed["y"], forecasts["y_hat"])
    y = value_axis(domain, ticks=max(2, height // 40))
    base = alt.Chart().encode(x=x, y=y)
    colour = alt.Color(
        field="cell",
        type="ordinal",
        scale=alt.Scale(
            domain=list(range(len(looks))), range=[look.colour for look in looks.values()]
        ),
        legend=None,
    )
    seen, said = base.transform_filter("datum.seen"), base.transform_filter("!datum.seen")
    alone = base.transform_filter("!datum.seen && datum.alone")
    chart = alt.layer(
        seen.mark_line(color=_OBSERVED, strokeWidth=1.0, clip=True, strokeJoin="round"),
        said.mark_line(strokeWidth=1.8, clip=True, strokeJoin="round").encode(color=colour),
        alone.mark_point(filled=True, size=16, opacity=1, clip=True).encode(color=colour),
        data=inline(data),
    ).properties(width=width, height=height)
    words = [
        _words(m if named else "", forecasts[forecasts["model"] == m], domain=domain) for m in looks
    ]
    strips = in_cells(chart, words, columns=1, width=width, spacing=7)
    title = alt.Title(name, anchor="start", frame="group", fontSize=14, limit=width)
    return strips.properties(title=title) if name else strips


def _rows(
    observed: pd.DataFrame, forecasts: pd.DataFrame, models: Sequence[str], *, points: int
) -> pd.DataFrame:
    """The observed line once for every model, and each model's own, in few points."""
    seen = thinned(_line(observed, "y"), points=points).assign(seen=True)
    found = []
    for place, model in enumerate(models):
        said = broken(_line(forecasts[forecasts["model"] == model], "y_hat"))
        own = thinned(said.assign(line=""), points=points).assign(seen=False)
        found += [seen.assign(cell=place), own.assign(cell=place)]
    return pd.concat(found, ignore_index=True)[["cell", "seen", "ds", "value", "alone"]]


def _line(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    value = frame[column].to_numpy(dtype=np.float64)
    return pd.DataFrame({"line": "", "ds": frame["ds"].to_numpy(), "value": value})


def _words(model: str, forecasts: pd.DataFrame, *, domain: tuple[float, float]) -> str:
    """The model, where it is to be named, its mean absolute error, and whether a part is cut."""
    error = float((forecasts["y_hat"] - forecasts["y"]).abs().mean())
    said = f"MAE {error:.4g}" if np.isfinite(error) else "not scored"
    outside = (forecasts["y_hat"] < domain[0]) | (forecasts["y_hat"] > domain[1])
    if outside.any():
        said += ", goes beyond the frame" if model else ", beyond"
    return f"{model}, {said}" if model else said


def _domain(observed: pd.Series, forecasts: pd.Series) -> tuple[float, float]:
    """All that was observed, and forecasts as far as they stay within one such range of it."""
    y, y_hat = observed.to_numpy(dtype=np.float64), forecasts.to_numpy(dtype=np.float64)
    y = y[np.isfinite(y)]
    if len(y) == 0:
        return domain_of(y_hat)
    room = (y.max() - y.min()) or abs(y.max()) or 1.0
    near = y_hat[(y_hat >= y.min() - room) & (y_hat <= y.max() + room)]
    return domain_of(np.concatenate([y, near]))

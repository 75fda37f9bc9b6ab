"""Forecasts beside what came true: a strip per model, a column per series."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from pipeline.plots.axes import domain_of, time_axis, time_domain, value_axis
from pipeline.plots.names import told_apart
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

_TITLE = 14.0
"""Size of the name of a series above its strips, in pixels."""

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
    shown = told_apart(names, width=size[0], size=_TITLE)
    strips = [
        _strips(
            observed[observed["unique_id"] == name],
            forecasts[forecasts["unique_id"] == name],
            {model: looks[model] for model in models},
            name=shown[place] if len(names) > 1 else "",
            named=len(names) <= _NAMED,
            size=size,
        )
        for place, name in enumerate(names)
    ]
    drawn = alt.hconcat(*strips, spacing=_BETWEEN)
    if len(names) > _NAMED:
        drawn = alt.vconcat(key_of({model: looks[model] for model in models}), drawn, spacing=8)
    return finished(drawn, title, subtitle)


def strips_of_one(
    observed: pd.DataFrame, forecasts: pd.DataFrame, looks: Mapping[str, Look]
) -> Chart:
    """The strips of one series, without a title; frames as of `plot_forecasts`."""
    models = forecasts["model"].unique().tolist()
    size = _size(1, len(models))
    return _strips(
        observed, forecasts, {m: looks[m] for m in models}, name="", named=True, size=size
    )


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
    domain = _domain(observed["y"], forecasts["y_hat"])
    points = max(2 * width, 4)
    data = _rows(observed, forecasts, list(looks), points=points, domain=domain)
    x = time_axis(time_domain(observed["ds"].to_numpy()), ticks=max(width // 80, 2))
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
    above, below = (said.transform_filter(f"datum.edge === {side}") for side in (1, -1))
    arrow = {"filled": True, "size": 22, "opacity": 1}
    chart = alt.layer(
        seen.mark_line(color=_OBSERVED, strokeWidth=1.0, clip=True, strokeJoin="round"),
        said.mark_line(strokeWidth=1.8, clip=True, strokeJoin="round").encode(color=colour),
        alone.mark_point(filled=True, size=16, opacity=1, clip=True).encode(color=colour),
        above.mark_point(shape="triangle-up", yOffset=4, **arrow).encode(
            y=alt.YValue(0), color=colour
        ),
        below.mark_point(shape="triangle-down", yOffset=-4, **arrow).encode(
            y=alt.YValue(height), color=colour
        ),
        data=inline(data),
    ).properties(width=width, height=height)
    words = [
        _words(m if named else "", forecasts[forecasts["model"] == m], domain=domain) for m in looks
    ]
    strips = in_cells(chart, words, columns=1, width=width, spacing=7)
    title = alt.Title(name, anchor="start", frame="group", fontSize=_TITLE, limit=width)
    return strips.properties(title=title) if name else strips


def _rows(
    observed: pd.DataFrame,
    forecasts: pd.DataFrame,
    models: Sequence[str],
    *,
    points: int,
    domain: tuple[float, float],
) -> pd.DataFrame:
    """The observed line once for every model, and each model's own, in few points.

    `edge` is 1 where a forecast lies above the frame, -1 where it lies below. Forecasts that are
    further apart than what was observed are points: a line would speak of the time between, too.
    """
    grid = np.diff(observed["ds"].to_numpy().astype("datetime64[ns]")).astype(np.int64)
    usual = float(np.median(grid)) if len(grid) else None
    seen = thinned(_line(observed, "y"), points=points).assign(seen=True)
    found = []
    for place, model in enumerate(models):
        said = broken(_line(forecasts[forecasts["model"] == model], "y_hat"), usual=usual)
        own = thinned(said.assign(line=""), points=points).assign(seen=False)
        found += [seen.assign(cell=place), own.assign(cell=place)]
    rows = pd.concat(found, ignore_index=True)
    edge = (rows["value"] > domain[1]).astype(int) - (rows["value"] < domain[0]).astype(int)
    return rows.assign(edge=edge)[["cell", "seen", "ds", "value", "alone", "edge"]]


def _line(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    value = frame[column].to_numpy(dtype=np.float64)
    return pd.DataFrame({"line": "", "ds": frame["ds"].to_numpy(), "value": value})


def _words(model: str, forecasts: pd.DataFrame, *, domain: tuple[float, float]) -> str:
    """The model, where it is to be named, its mean absolute error, and what the frame cuts."""
    error = float((forecasts["y_hat"] - forecasts["y"]).abs().mean())
    said = f"MAE {error:.4g}" if np.isfinite(error) else "not scored"
    said += _cut_off(forecasts["y_hat"].to_numpy(dtype=np.float64), domain, long=bool(model))
    return f"{model}, {said}" if model else said


def _cut_off(y_hat: np.ndarray, domain: tuple[float, float], *, long: bool) -> str:
    """What of a line lies outside its frame, in words."""
    y_hat = y_hat[np.isfinite(y_hat)]
    above, below = y_hat > domain[1], y_hat < domain[0]
    if not (above | below).any():
        return ""
    for all_of_it, where in ((above, "above"), (below, "below")):
        if all_of_it.all():
            return f", all of it {where} the frame" if long else f", {where}"
    return ", goes beyond the frame" if long else ", beyond"


def _domain(observed: pd.Series, forecasts: pd.Series) -> tuple[float, float]:
    """All that was observed, and forecasts as far as they stay within one such range of it."""
    y, y_hat = observed.to_numpy(dtype=np.float64), forecasts.to_numpy(dtype=np.float64)
    y = y[np.isfinite(y)]
    if len(y) == 0:
        return domain_of(y_hat)
    room = (y.max() - y.min()) or abs(y.max()) or 1.0
    near = y_hat[(y_hat >= y.min() - room) & (y_hat <= y.max() + room)]
    return domain_of(np.concatenate([y, near]))

"""The error of every model by step ahead; a bar each where there is one step."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from pipeline.plots.axes import domain_of, name_axis, number_format, value_axis
from pipeline.plots.theme import (
    CARD_WIDTH,
    SOFT,
    WIDTH,
    Chart,
    Look,
    blank,
    finished,
    inline,
)

_MODELS = 12
"""Lines at most: the best, and the reference."""

_TICKS = 14
"""Numbers of steps below the axis, at most."""

_FAR = 4.0
"""An error this many times the median one is cut off, and its model said to be."""

_APART = 14.0
"""Pixels between the names at the ends of the lines."""

_HEIGHT = 300


def plot_error_by_step(
    errors: pd.DataFrame,
    looks: Mapping[str, Look],
    *,
    metric: str,
    about: str,
    references: set[str],
) -> Chart:
    """The error by step ahead, a line per model named at its end.

    Args:
        errors: columns model, step, value.
        looks: of all models.
        metric: what the numbers are, as "MASE".
        about: over what they are taken.
        references: models that skill is measured against.
    """
    known = errors[np.isfinite(errors["value"].to_numpy(dtype=np.float64))]
    if known.empty:
        return blank(
            "Nothing is scored yet", "the error by step stands here once an actual is known"
        )
    order = known.groupby("model")["value"].mean().sort_values(kind="stable").index.tolist()
    shown = [m for place, m in enumerate(order) if place < _MODELS or m in references]
    drawn = known[known["model"].isin(shown)]
    title = (
        f"{metric} by step ahead" if drawn["step"].nunique() > 1 else f"{metric}, one step ahead"
    )
    if drawn["step"].nunique() > 1:
        chart, cut = _lines(drawn, shown, looks)
    else:
        chart, cut = _bars(drawn, shown, looks, references)
    which = "reference" if len(references) == 1 else "references"
    said = [about, f"{which}: {', '.join(sorted(references))}", *cut]
    if len(shown) < len(order):
        said.append(f"the best {len(shown)} of {len(order)} models")
    return finished(chart, title, "; ".join(said))


def lines_by_step(
    errors: pd.DataFrame, models: list[str], looks: Mapping[str, Look]
) -> tuple[list[Chart], tuple[float, float], list[str]]:
    """A line per model without names or size: their charts, the domain of values, what is cut."""
    values = errors["value"].to_numpy(dtype=np.float64)
    limit = _FAR * float(np.median(values))
    inside = values[values <= limit] if limit > 0 else values
    low, high = domain_of(inside)
    far = [m for m in models if (errors.loc[errors["model"] == m, "value"] > high).any()]
    last = int(errors["step"].max())
    scale = alt.Scale(domain=[1, last], nice=False)
    ticks = list(range(1, last + 1, -(-last // _TICKS)))
    axis = alt.Axis(title="steps ahead", values=ticks, grid=False, format="d")
    x = alt.X(field="step", type="quantitative", scale=scale, axis=axis)
    base = alt.Chart(inline(errors)).encode(x=x, y=value_axis((low, high), ticks=6))
    lines = [line_of(base, m, looks[m]) for m in reversed(models)]
    worst = {m: errors.loc[errors["model"] == m, "value"].max() for m in far}
    words = [f"{m} (up to {value:.3g})" for m, value in worst.items()]
    return lines, (low, high), [f"beyond the frame: {', '.join(words)}"] if far else []


def _lines(
    errors: pd.DataFrame, models: list[str], looks: Mapping[str, Look]
) -> tuple[Chart, list[str]]:
    """Lines, each named at its end, and what is said about those that leave the frame."""
    lines, domain, cut = lines_by_step(errors, models, looks)
    names = _names_at_the_end(errors, models, looks, domain=domain)
    return alt.layer(*lines, *names).properties(width=WIDTH - 120, height=_HEIGHT), cut


def line_of(base: Chart, model: str, look: Look) -> Chart:
    """The line of one model; a network's has points."""
    strong = look.width > 1.5
    point = alt.OverlayMarkDef(color=look.colour, size=14) if strong else False
    own = base.transform_filter(alt.FieldEqualPredicate(field="model", equal=model))
    return own.mark_line(
        color=look.colour,
        strokeWidth=look.width + 0.4,
        strokeDash=list(look.dash or (1, 0)),
        clip=True,
        point=point,
    )


def _names_at_the_end(
    errors: pd.DataFrame,
    models: list[str],
    looks: Mapping[str, Look],
    *,
    domain: tuple[float, float],
) -> list[Chart]:
    """Each model's name beside the end of its line, moved apart where they would overlap."""
    last = errors.sort_values("step").groupby("model").tail(1).set_index("model")["value"]
    low, high = domain
    at = {m: float((high - min(max(last[m], low), high)) / (high - low)) * _HEIGHT for m in models}
    places = apart(np.array([at[m] for m in models]), gap=_APART, room=float(_HEIGHT))
    return [
        alt.Chart(alt.InlineData(values=[{"name": m if last[m] <= high else f"\u2191 {m}"}]))
        .mark_text(
            align="left",
            fontSize=11.5,
            color=looks[m].colour,
            fontWeight="bold" if looks[m].width > 1.5 else "normal",
            limit=125,
        )
        .encode(x=alt.value(WIDTH - 120 + 8), y=alt.value(float(y)), text=alt.Text(field="name"))
        for m, y in zip(models, places, strict=True)
    ]


def apart(wanted: np.ndarray, *, gap: float, room: float) -> np.ndarray:
    """Places near the wanted ones, in their order, at least `gap` from each other.

    Those that would overlap are set around their common middle; all stay within `room` if they fit.
    """
    order = np.argsort(wanted, kind="stable")
    groups: list[list[float]] = []
    for place in wanted[order]:
        groups.append([float(place)])
        while len(groups) > 1 and _top(groups[-1], gap) < _bottom(groups[-2], gap) + gap:
            groups[-2:] = [groups[-2] + groups[-1]]
    placed = np.concatenate(
        [_top(group, gap) + gap * np.arange(len(group)) for group in groups] or [np.empty(0)]
    )
    if gap * (len(placed) - 1) <= room:
        placed = -_pushed_up(-placed[::-1], gap=gap, limit=0.0)[::-1]
        placed = _pushed_up(placed, gap=gap, limit=room)
    found = np.empty(len(wanted))
    found[order] = placed
    return found


def _top(group: list[float], gap: float) -> float:
    return float(np.mean(group)) - gap * (len(group) - 1) / 2


def _bottom(group: list[float], gap: float) -> float:
    return float(np.mean(group)) + gap * (len(group) - 1) / 2


def _pushed_up(placed: np.ndarray, *, gap: float, limit: float) -> np.ndarray:
    """From the last one on, none beyond the limit and none nearer than the gap."""
    placed = placed.copy()
    for k in range(len(placed) - 1, -1, -1):
        placed[k] = min(placed[k], limit)
        limit = placed[k] - gap
    return placed


def _bars(
    errors: pd.DataFrame, models: list[str], looks: Mapping[str, Look], references: set[str]
) -> tuple[Chart, list[str]]:
    """A bar per model, the best first, its number behind it."""
    values = errors.set_index("model")["value"].loc[models].to_numpy(dtype=np.float64)
    limit = _FAR * float(np.median(values))
    high = float(values[values <= limit].max()) if limit > 0 else float(values.max()) or 1.0
    rows = pd.DataFrame(
        {
            "row": range(len(models)),
            "value": np.minimum(values, high),
            "number": [f"{v:.4g}" for v in values],
            "colour": [looks[m].colour for m in models],
        }
    )
    names = [f"{m} (reference)" if m in references else m for m in models]
    y, room = name_axis(names, most=230)
    chart = alt.Chart(inline(rows)).encode(y=y, x=_from_zero(high))
    colour = alt.Color(field="colour", type="nominal", scale=None)
    bars = chart.mark_bar(height=15).encode(color=colour)
    numbers = chart.mark_text(align="left", dx=5, color=SOFT, fontSize=11.5).encode(
        text=alt.Text(field="number", type="nominal")
    )
    far = [m for m, v in zip(models, values, strict=True) if v > high]
    size = {"width": CARD_WIDTH - room, "height": 24 * len(models) + 10}
    return alt.layer(bars, numbers).properties(**size), [f"cut off: {', '.join(far)}"] * bool(far)


def _from_zero(high: float) -> alt.X:
    """The axis of the bars, with room for the numbers behind them."""
    axis = alt.Axis(
        title=None, tickCount=6, domain=False, ticks=False, format=number_format((0.0, high))
    )
    scale = alt.Scale(domain=[0, high * 1.12], nice=False)
    return alt.X(field="value", type="quantitative", scale=scale, axis=axis)

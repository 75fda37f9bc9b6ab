"""Loss curves: the middle and the spread of all networks of a declaration, over their training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Float

from pipeline.plots.axes import domain_of, heading, number_format, value_axis
from pipeline.plots.theme import (
    SOFT,
    WIDTH,
    Chart,
    Look,
    blank,
    counted,
    finished,
    inline,
    stack,
)

_PANELS = 6
"""Declared networks at most."""

_STEEP = 12.0
"""A loss that falls by more than this factor is drawn on a logarithmic axis."""


@dataclass(frozen=True)
class Losses:
    """The curves of one declared network.

    Attributes:
        curves: of each network, its loss in equal parts of its training, in order; of any length.
        failed: networks that diverged or could not be trained; they have no curve here.
        total: networks, with those that failed and those left out.
    """

    curves: Sequence[np.ndarray]
    failed: int
    total: int


def middle_and_spread(curves: Sequence[np.ndarray]) -> Float[np.ndarray, "4 points"]:
    """Share of training, median, and the values between which the inner four fifths lie.

    Curves of one length are compared point by point; shorter ones are drawn out to the longest.
    Points that are no number are left out.
    """
    length = max(len(curve) for curve in curves)
    share = (np.arange(length) + 0.5) / length
    drawn = np.stack([_drawn_out(np.asarray(c, dtype=np.float64), share) for c in curves])
    kept = ~np.isnan(drawn).all(axis=0)
    low, mid, high = np.nanquantile(drawn[:, kept], [0.1, 0.5, 0.9], axis=0)
    return np.stack([share[kept], mid, low, high])


def _drawn_out(curve: np.ndarray, share: np.ndarray) -> np.ndarray:
    curve = np.where(np.isfinite(curve), curve, np.nan)
    if len(curve) == len(share):
        return curve
    return np.interp(share, (np.arange(len(curve)) + 0.5) / len(curve), curve)


def plot_losses(
    losses: Mapping[str, Losses], looks: Mapping[str, Look], *, about: str = ""
) -> Chart:
    """A panel per declared network: the median, and the band that holds four fifths.

    Args:
        losses: by declared network.
        looks: of all models.
        about: of which cutoffs the networks are, where not of all.
    """
    if not losses:
        return blank("No network is declared")
    total, failed = (sum(getattr(each, k) for each in losses.values()) for k in ("total", "failed"))
    if total == 0:
        return blank("No network is trained yet")
    shown = dict(list(losses.items())[:_PANELS])
    title = f"Training of {counted(total, 'network')}, {failed or 'none'} of them failed"
    panels = [
        _panel(name, each, colour=looks[name].colour, bottom=place == len(shown) - 1)
        for place, (name, each) in enumerate(shown.items())
    ]
    said = "loss on the training windows: line: median; band: four fifths of the networks"
    said += f"; {about}" if about else ""
    used = sum(len(each.curves) for each in losses.values())
    if used < total - failed:
        said += f"; {used} of the curves, evenly chosen"
    if len(shown) < len(losses):
        said += f"; {counted(len(shown), 'declaration', of=len(losses))}"
    return finished(stack(panels), title, said)


def _panel(name: str, losses: Losses, *, colour: str, bottom: bool) -> Chart:
    words = f"{name}: {counted(losses.total, 'network')}"
    words += f", {losses.failed} failed" if losses.failed else ""
    curves = [curve for curve in losses.curves if np.isfinite(curve).any()]
    if not curves:
        return _nothing(words)
    share, middle, low, high = middle_and_spread(curves)
    rows = pd.DataFrame({"share": share, "value": middle, "low": low, "high": high})
    steep = bool(low.min() > 0 and high.max() / low.min() > _STEEP)
    y = value_axis(domain_of(np.concatenate([low, high])), ticks=3)
    if steep:
        words += " (logarithmic axis)"
        y = _steep_axis(low.min(), high.max())
    x = _share_axis(bottom)
    chart = alt.Chart(inline(rows))
    band = chart.mark_area(opacity=0.22, color=colour).encode(
        x=x, y=_on(y, "low"), y2=alt.Y2(field="high")
    )
    point = alt.OverlayMarkDef(color=colour, size=30) if len(rows) == 1 else False
    line = chart.mark_line(color=colour, strokeWidth=2, point=point).encode(x=x, y=y)
    return alt.layer(band, line).properties(width=WIDTH, height=130, title=heading(words))


def _share_axis(bottom: bool) -> alt.X:
    """From the first step to the last; only the lowest panel has the labels."""
    axis = alt.Axis(
        format=".0%",
        tickCount=5,
        labelFlush=True,
        labels=bottom,
        ticks=bottom,
        title="share of training done" if bottom else None,
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    return alt.X(field="share", type="quantitative", scale=scale, axis=axis)


def _on(axis: alt.Y, field: str) -> alt.Y:
    """The same axis for another column."""
    copy = axis.copy()
    copy["field"] = field
    return copy


def _steep_axis(low: float, high: float) -> alt.Y:
    axis = value_axis((low / 1.1, high * 1.1), ticks=12)
    axis["axis"]["values"] = _round_numbers(low, high)
    # Written by an expression: the scale itself would leave some of them out.
    axis["axis"]["labelExpr"] = f"format(datum.value, '{_one_number(low, high)}')"
    axis["scale"] = alt.Scale(type="log", domain=[low / 1.1, high * 1.1], nice=False)
    return axis


def _one_number(low: float, high: float) -> str:
    """How a number is written that has no neighbours to agree with."""
    written = number_format((low, high))
    return "~g" if written == ",f" else written


def _round_numbers(low: float, high: float) -> list[float]:
    """Numbers to be written on a logarithmic axis: powers of ten, more if they are few."""
    tens = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for digits in ((1,), (1, 3), (1, 2, 5)):
        found = [d * 10.0**k for k in tens for d in digits if low <= d * 10.0**k <= high]
        if len(found) >= 3:
            return found[:: max(len(found) // 6, 1)]
    return found


def _nothing(words: str) -> Chart:
    """A panel of networks without a curve."""
    one = alt.Chart(alt.InlineData(values=[{}]), width=WIDTH, height=30, title=heading(words))
    return one.mark_text(text="no loss to show", color=SOFT, fontSize=12)

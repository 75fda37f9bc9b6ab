"""What a blend is made of, over time: shares that sum to 1, one on the other."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from pipeline.plots.axes import time_axis, time_domain
from pipeline.plots.theme import CARD, Chart, Look, inline

_HEIGHT = 260


def plot_shares(shares: pd.DataFrame, looks: Mapping[str, Look]) -> Chart:
    """Areas of the shares of every model against the cutoff; bars where there is one cutoff.

    Args:
        shares: columns cutoff, model, share: a row for each model at each cutoff, 0 where it has
            none; they sum to 1 at every cutoff.
        looks: of the models, in the order from below.
    """
    places = {model: place for place, model in enumerate(looks)}
    rows = shares.assign(place=shares["model"].map(places))[["cutoff", "place", "share"]]
    scale = alt.Scale(domain=list(places.values()), range=[look.colour for look in looks.values()])
    colour = alt.Color(field="place", type="ordinal", scale=scale, legend=None)
    axis = alt.Axis(title=None, format=".0%", domain=False, ticks=False, tickCount=4)
    y = alt.Y(
        field="share",
        type="quantitative",
        stack="zero",
        axis=axis,
        scale=alt.Scale(domain=[0, 1], nice=False, clamp=True),
    )
    x = time_axis(time_domain(rows["cutoff"].to_numpy()), field="cutoff", ticks=6)
    order = alt.Order(field="place", type="quantitative")
    chart = alt.Chart(inline(rows)).encode(x=x, y=y, color=colour, order=order)
    one = rows["cutoff"].nunique() == 1
    drawn = (
        chart.mark_bar(size=40)
        if one
        else chart.mark_area(opacity=0.88, stroke=CARD, strokeWidth=1)
    )
    return drawn.properties(width="container", height=_HEIGHT)

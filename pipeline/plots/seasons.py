"""The error of every model by season: a line each over the months, quarters or days of the week."""

import json
from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from pipeline.plots.axes import domain_of, value_axis
from pipeline.plots.scores import line_of
from pipeline.plots.theme import Chart, Look, inline

_HEIGHT = 260


def plot_error_by_season(
    errors: pd.DataFrame, looks: Mapping[str, Look], *, seasons: Sequence[str]
) -> Chart:
    """A line per model.

    Args:
        errors: columns model, season, value.
        looks: of the models, those to be drawn last first.
        seasons: in their order.
    """
    places = {season: place for place, season in enumerate(seasons)}
    rows = errors.assign(place=errors["season"].map(places))[["model", "place", "value"]]
    axis = alt.Axis(
        title=None,
        grid=False,
        labelAngle=0,
        labelOverlap="greedy",
        labelExpr=f"{_letters(seasons)}[datum.value]",
    )
    scale = alt.Scale(domain=list(range(len(seasons))), padding=0.3)
    x = alt.X(field="place", type="ordinal", scale=scale, axis=axis)
    y = value_axis(domain_of(rows["value"].to_numpy(dtype=np.float64)), ticks=5)
    base = alt.Chart(inline(rows)).encode(x=x, y=y)
    lines = [line_of(base, model, look) for model, look in looks.items()]
    return alt.layer(*lines).properties(width="container", height=_HEIGHT)


def _letters(seasons: Sequence[str]) -> str:
    """Names as an axis has room for them: three letters, where these tell them apart."""
    short = [name[:3] for name in seasons]
    return json.dumps(short if len(set(short)) == len(short) else list(seasons))

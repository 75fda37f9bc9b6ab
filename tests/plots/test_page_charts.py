"""Charts that the page alone shows: valid at any input, and drawn by the renderer too."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plots.dots import Scale, plot_dots
from pipeline.plots.fan import plot_fan
from pipeline.plots.page import in_the_dark, page_spec
from pipeline.plots.png import png_of
from pipeline.plots.seasons import plot_error_by_season
from pipeline.plots.shares import plot_shares
from pipeline.plots.theme import looks_of
from tests.plots.charts import ODD

LOOKS = looks_of(["climatology", "naive"], ["rnn"])
FINITE = st.floats(-1e12, 1e12)


def rows_of(chart) -> list[list[dict]]:
    sets = chart.to_dict()["datasets"].values()
    return [json.loads(rows) if isinstance(rows, str) else rows for rows in sets]


def fixed(chart):
    """With a width of its own, as the renderer needs it."""
    return chart.properties(width=300)


def dots(values, *, low=np.nan, high=np.nan, names=None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": names or [f"m{k}" for k in range(len(values))],
            "value": values,
            "low": low,
            "high": high,
            "colour": "#0072b2",
            "number": [f"{v:.3g}" for v in values],
        }
    )


@pytest.mark.slow
@given(st.lists(FINITE, min_size=1, max_size=9))
def test_no_dot_leaves_the_frame_and_those_beyond_the_limits_are_arrows(values):
    chart = plot_dots(dots(values), Scale(rule=0.0, limits=(-1.0, 1.0)))
    (rows,) = (r for r in rows_of(chart) if "edge" in r[0])
    low, high = chart.to_dict()["layer"][2]["encoding"]["x"]["scale"]["domain"]
    assert low <= 0 <= high
    for row, value in zip(rows, values, strict=True):
        assert low <= row["value"] <= high
        assert row["edge"] == (value > high) - (value < low)


def test_where_all_dots_are_one_number_the_limits_are_the_frame():
    chart = plot_dots(dots([0.0, 0.0], low=0.0, high=0.0), Scale(rule=0.0, limits=(0.0, 1.0)))
    assert chart.to_dict()["layer"][2]["encoding"]["x"]["scale"]["domain"] == [0.0, 1.0]


def test_dots_with_odd_names_are_drawn():
    names = list(ODD)
    chart = plot_dots(dots(np.arange(8.0), low=-1.0, high=9.0, names=names), Scale())
    assert png_of(fixed(chart))


def fan(steps: int, *, levels=(80.0, 95.0), known=True):
    ds = pd.date_range("2000-01-01", periods=24 + steps, freq="MS")
    observed = pd.DataFrame({"ds": ds[:24], "y": np.arange(24.0)})
    forecasts = pd.DataFrame(
        [(d, m, 24.0 + k) for m in ("rnn", "climatology") for k, d in enumerate(ds[24:])],
        columns=["ds", "model", "y_hat"],
    )
    intervals = pd.DataFrame(
        [(d, level, 20.0, 24 + level / 10) for level in levels for d in ds[24:]],
        columns=["ds", "level", "lo", "hi"],
    )
    if not known:
        intervals = intervals.assign(lo=np.nan)
    return plot_fan(observed, forecasts, intervals, LOOKS)


@pytest.mark.parametrize("steps", [1, 2, 12])
def test_a_fan_has_a_band_per_level_the_widest_below(steps):
    spec = fan(steps).to_dict()
    kind = "area" if steps > 1 else "rule"
    marks = [layer["mark"] for layer in spec["layer"]]
    bands = [m for m in marks if m["type"] == kind and "opacity" in m]
    assert [m["type"] for m in marks[:2]] == [kind, kind]
    assert bands[0]["opacity"] < bands[1]["opacity"]
    assert png_of(fixed(fan(steps)))


def test_bounds_that_are_not_known_are_no_band():
    marks = [layer["mark"] for layer in fan(3, known=False).to_dict()["layer"]]
    assert "area" not in {m["type"] for m in marks}


def test_seasons_have_short_names_where_these_tell_them_apart():
    def labels(seasons: list[str]) -> list[str]:
        errors = pd.DataFrame({"model": "rnn", "season": seasons, "value": 1.0})
        chart = plot_error_by_season(errors, LOOKS, seasons=seasons)
        assert png_of(fixed(chart))
        axis = chart.to_dict()["layer"][0]["encoding"]["x"]["axis"]
        return json.loads(axis["labelExpr"].removesuffix("[datum.value]"))

    assert labels(["January", "February"]) == ["Jan", "Feb"]
    assert labels(["Quarter 1", "Quarter 2"]) == ["Quarter 1", "Quarter 2"]


@pytest.mark.parametrize("cutoffs", [1, 5])
def test_shares_are_drawn_of_one_cutoff_too(cutoffs):
    shares = pd.DataFrame(
        [(pd.Timestamp(2000 + k, 1, 1), m, 1 / 3) for k in range(cutoffs) for m in LOOKS],
        columns=["cutoff", "model", "share"],
    )
    chart = plot_shares(shares, LOOKS)
    assert chart.to_dict()["mark"]["type"] == ("bar" if cutoffs == 1 else "area")
    assert png_of(fixed(chart))


@given(st.integers(0, 0xFFFFFF))
def test_a_colour_in_the_dark_is_a_colour(value):
    found = in_the_dark(f"#{value:06x}")
    assert len(found) == 7
    int(found[1:], 16)


def test_a_page_has_neither_title_nor_card_of_a_chart():
    from pipeline.plots.theme import finished

    spec = page_spec(finished(fixed(fan(3)), "A title", "below it"))
    assert not {"title", "background", "padding", "config", "$schema"} & set(spec)
    assert all(isinstance(rows, list) for rows in spec["datasets"].values())

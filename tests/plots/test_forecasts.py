import json

import numpy as np
import pandas as pd
import pytest

from pipeline.plots.forecasts import plot_forecasts
from pipeline.plots.theme import looks_of
from tests.plots.charts import ODD, drawn, title_of, walks

MODELS = ["climatology", "ar", "rnn", ODD[0]]
LOOKS = looks_of(MODELS[:2], MODELS[2:])


def forecasts(observed: pd.DataFrame, models=MODELS, *, every: int = 1) -> pd.DataFrame:
    """Wrong by 1, 2, 3... in the order of the models."""
    some = observed.iloc[::every]
    return pd.concat(
        [some.assign(model=m, y_hat=some["y"] + k) for k, m in enumerate(models, start=1)]
    )


def plot(observed, said):
    return plot_forecasts(observed, said, LOOKS, title="t", subtitle="s")


def labels(chart) -> list[str]:
    spec = chart.to_dict(validate=False)
    spec = next((part for part in spec.get("vconcat", []) if "hconcat" in part), spec)["hconcat"][0]
    return json.loads(spec["facet"]["header"]["labelExpr"].removesuffix("[datum.value]"))


def test_each_model_has_a_strip_in_the_order_given_with_its_error():
    observed = walks("a")
    found = labels(plot(observed, forecasts(observed)))
    assert found == [f"{model}, MAE {k}" for k, model in enumerate(MODELS, start=1)]


def test_a_forecast_far_away_leaves_the_frame_and_is_told_not_the_scale_of_what_is_observed():
    observed = walks("a").assign(y=lambda f: f["y"].clip(-5, 5))
    said = forecasts(observed)
    chart = plot(observed, said.assign(y_hat=said["y_hat"].where(said["model"] != "ar", 1e9)))
    assert [m for m, text in zip(MODELS, labels(chart), strict=True) if "above" in text] == ["ar"]
    (panel,) = chart.to_dict(validate=False)["hconcat"]
    low, high = panel["spec"]["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert -20 < low < high < 20
    drawn(chart)


@pytest.mark.parametrize(
    ("far", "edges", "long", "short"),
    [
        ([1e3] * 60, {1}, "all of it above the frame", "above"),
        ([-1e3] * 60, {-1}, "all of it below the frame", "below"),
        ([1e3] * 30 + [0.0] * 30, {0, 1}, "goes beyond the frame", "beyond"),
        ([1e3] * 30 + [-1e3] * 30, {-1, 1}, "goes beyond the frame", "beyond"),
    ],
)
def test_what_leaves_the_frame_leaves_a_mark_at_its_edge_and_is_told(far, edges, long, short):
    alone, beside = walks("a"), walks("abc")
    for observed, words in ((alone, long), (beside, short)):
        away = np.tile(far, observed["unique_id"].nunique())
        chart = plot(observed, forecasts(observed, ["rnn"]).assign(y_hat=away))
        assert labels(chart)[0].endswith(f", {words}")
        rows = json.loads(next(
            text for text in chart.to_dict()["datasets"].values() if "edge" in text
        ))  # fmt: skip
        assert {row["edge"] for row in rows if not row["seen"]} == edges
        assert {row["edge"] for row in rows if row["seen"]} == {0}
        drawn(chart)


def test_a_forecast_above_the_frame_is_seen_in_the_picture():
    observed = walks("a")
    near = drawn(plot(observed, forecasts(observed, ["rnn"]).assign(y_hat=np.nan)))
    away = drawn(plot(observed, forecasts(observed, ["rnn"]).assign(y_hat=1e3)))
    colour = tuple(bytes.fromhex(LOOKS["rnn"].colour[1:]))
    counts = [sum(n for n, c in image.convert("RGB").getcolors(2**24) if c == colour)
              for image in (near, away)]  # fmt: skip
    assert counts[0] == 0
    assert counts[1] > 100


def test_four_long_names_are_four_different_titles():
    observed = walks([f"series number {k:04d}" for k in range(4)])
    spec = plot(observed, forecasts(observed)).to_dict()
    strips = next(part for part in spec["vconcat"] if "hconcat" in part)["hconcat"]
    titles = [strip["title"]["text"] for strip in strips]
    assert [title[-4:] for title in titles] == ["0000", "0001", "0002", "0003"]


def test_every_value_stands_in_the_spec_and_gaps_stay():
    observed = walks("a", rows=30)
    observed.loc[10:12, "y"] = np.nan
    chart = plot(observed, forecasts(observed.dropna(), ["rnn"]))
    spec = chart.to_dict()
    rows = json.loads(next(iter(spec["datasets"].values())))
    seen = [row["value"] for row in rows if row["seen"]]
    assert seen == [None if np.isnan(v) else v for v in observed["y"]]
    said = [row["value"] for row in rows if not row["seen"]]
    wanted = (observed["y"].dropna() + 1).tolist()
    assert [v for v in said if v is not None] == wanted
    assert said.index(None) == 10


@pytest.mark.parametrize("series", [2, 4])
def test_several_series_with_odd_names_stand_beside_each_other(series):
    observed = walks(ODD[:series])
    image = drawn(plot(observed, forecasts(observed, every=7)))
    assert image.width <= 1420


@pytest.mark.parametrize("level", [0.0, 1e12, -1e-9])
def test_a_constant_series_is_drawn(level):
    observed = walks("a").assign(y=level)
    drawn(plot(observed, forecasts(observed).assign(y_hat=level)))


def test_one_point_is_drawn():
    observed = walks("a", rows=1)
    drawn(plot(observed, forecasts(observed)))


def test_where_nothing_is_scored_the_title_says_so():
    observed = walks("a")
    chart = plot(observed, forecasts(observed).iloc[:0])
    assert title_of(chart) == "Nothing is scored yet"
    drawn(chart)


@pytest.mark.parametrize(("every", "alone"), [(1, False), (7, True)])
def test_between_forecasts_of_single_days_there_is_no_line(every, alone):
    observed = walks("a")
    spec = plot(observed, forecasts(observed, ["ar"], every=every)).to_dict()
    rows = json.loads(next(iter(spec["datasets"].values())))
    said = [row for row in rows if not row["seen"] and row["value"] is not None]
    assert len(said) == len(observed.iloc[::every])
    assert {row["alone"] for row in said} == {alone}

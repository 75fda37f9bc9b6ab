"""Forecasts against actuals: the same points for every model, and nothing silent."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import tables
from pipeline.calendar import dates_of
from pipeline.clean.observations import Observations, Series
from pipeline.errors import InputError
from pipeline.scores.scale import mase_scales, rmsse_scales
from pipeline.scores.score import score_forecasts

FIRST = {"a": 360, "b": 372}
"""2000-01 and 2001-01."""


def observations_of(values, freq="MS"):
    series = {
        name: Series(name, freq, FIRST[name], ("y",), np.asarray(y, dtype=np.float64)[:, None])
        for name, y in values.items()
    }
    return Observations(freq, ("y",), series)


def forecasts_of(folds, *, models=("naive", "rnn"), horizon=2, freq="MS"):
    """A row per (series, cutoff row) of `folds`, model and step; y_hat is 100 x model + step."""
    rows = [
        (name, FIRST[name] + row, step, model, 100.0 * models.index(model) + step)
        for name, row in folds
        for model in models
        for step in range(1, horizon + 1)
    ]
    frame = pd.DataFrame(rows, columns=["unique_id", "cutoff", "step", "model", "y_hat"])
    cutoff, step = frame["cutoff"].to_numpy(), frame["step"].to_numpy()
    frame = frame.assign(cutoff=dates_of(cutoff, freq), ds=dates_of(cutoff + step, freq))
    return frame.assign(status="ok", reason="", failed_seeds=0)[tables.FORECASTS.names]


RANDOM = np.random.default_rng(3)
TWO = observations_of({"a": RANDOM.normal(size=40), "b": RANDOM.normal(size=30)})


def test_a_case_worked_by_hand():
    known = observations_of({"a": [1.0, 2.0, 5.0, 9.0, 4.0]})
    got = score_forecasts(
        forecasts_of([("a", 2)], models=("naive",)), known, season_length=1
    ).to_dict("records")
    assert [r["y"] for r in got] == [9.0, 4.0]
    assert [r["y_hat"] for r in got] == [1.0, 2.0]
    assert [r["error"] for r in got] == [-8.0, -2.0]
    assert [r["scale"] for r in got] == [2.0, 2.0]
    assert [r["rmsse_scale"] for r in got] == [5.0, 5.0]
    assert [r["ds"] for r in got] == [pd.Timestamp("2000-04-01"), pd.Timestamp("2000-05-01")]
    assert [r["status"] for r in got] == ["ok", "ok"]


def test_the_columns_are_those_of_the_table():
    got = score_forecasts(forecasts_of([("a", 20)]), TWO, season_length=12)
    assert list(got.columns) == tables.SCORES.names
    assert got.index.tolist() == [0, 1, 2, 3]


def test_a_step_that_is_missing_or_not_known_yet_has_no_row():
    y = np.arange(20.0)
    y[18] = np.nan
    got = score_forecasts(
        forecasts_of([("a", 16), ("a", 18), ("a", 19)]), observations_of({"a": y}), season_length=12
    )
    assert got[["cutoff", "step"]].drop_duplicates().to_numpy().tolist() == [
        [pd.Timestamp("2001-05-01"), 1],
        [pd.Timestamp("2001-07-01"), 1],
    ]


@given(
    folds=st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 45)), min_size=1, unique=True
    ),
    seed=st.integers(0, 99),
)
def test_every_point_meets_its_own_actual_and_scale_in_any_order(folds, seed):
    forecasts = forecasts_of(folds).sample(frac=1, random_state=seed)
    got = score_forecasts(forecasts, TWO, season_length=12)
    known = sum(row + step < len(TWO.series[n].y) for n, row in folds for step in (1, 2))
    assert len(got) == 2 * known
    for point in got.to_dict("records"):
        series = TWO.series[point["unique_id"]]
        at = int(np.flatnonzero(series.ds == np.datetime64(point["ds"], "ns"))[0])
        assert point["y"] == series.y[at]
        scale = mase_scales(series, np.array([at - point["step"]]), season_length=12)[0]
        np.testing.assert_equal(point["scale"], scale)
        scale = rmsse_scales(series, np.array([at - point["step"]]), season_length=12)[0]
        np.testing.assert_equal(point["rmsse_scale"], scale)
        assert point["error"] == point["y_hat"] - point["y"]


def test_no_forecasts_are_no_scores():
    got = score_forecasts(forecasts_of([]), TWO, season_length=12)
    assert got.empty
    assert list(got.columns) == tables.SCORES.names


def test_a_model_without_a_step_that_another_has_is_an_error():
    forecasts = forecasts_of([("a", 20), ("b", 20)])
    lacking = (forecasts["model"] == "rnn") & (forecasts["unique_id"] == "b")
    with pytest.raises(InputError) as caught:
        score_forecasts(forecasts[~lacking], TWO, season_length=12)
    said = str(caught.value)
    assert said.startswith("series b, cutoff 2002-09-01 00:00:00: rnn lacks step 1, 2 that naive")


def test_a_step_that_is_not_known_yet_must_be_forecast_by_every_model_too():
    forecasts = forecasts_of([("a", 38)])
    lacking = (forecasts["model"] == "naive") & (forecasts["step"] == 2)
    with pytest.raises(InputError, match="naive lacks step 2 that rnn has"):
        score_forecasts(forecasts[~lacking], TWO, season_length=12)


def test_a_point_given_twice_is_an_error():
    forecasts = forecasts_of([("a", 20)])
    with pytest.raises(InputError, match="naive has step 1 more than once"):
        score_forecasts(pd.concat([forecasts, forecasts[:1]]), TWO, season_length=12)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_forecast_that_is_no_number_is_an_error(value):
    forecasts = forecasts_of([("a", 20)])
    forecasts.loc[3, "y_hat"] = value
    with pytest.raises(InputError, match=r"2001-09-01.*rnn has no finite forecast for step 2"):
        score_forecasts(forecasts, TWO, season_length=12)


def test_a_series_without_observations_is_an_error():
    forecasts = forecasts_of([("a", 20)]).assign(unique_id="c")
    with pytest.raises(InputError, match="series c has forecasts but is not among"):
        score_forecasts(forecasts, TWO, season_length=12)


@pytest.mark.parametrize("ds", ["2001-12-01", "2001-09-01", "2001-08-01", None])
def test_a_step_that_is_not_where_it_says_is_an_error(ds):
    forecasts = forecasts_of([("a", 20)])
    forecasts.loc[0, "ds"] = pd.Timestamp(ds) if ds else pd.NaT
    with pytest.raises(InputError, match="a step counts from the cutoff"):
        score_forecasts(forecasts, TWO, season_length=12)


def test_a_failed_model_keeps_its_status():
    forecasts = forecasts_of([("a", 20)])
    forecasts.loc[forecasts["model"] == "rnn", "status"] = "failed"
    got = score_forecasts(forecasts, TWO, season_length=12)
    assert got["status"].tolist() == ["ok", "ok", "failed", "failed"]


@pytest.mark.parametrize("kind", ["datetime64[s]", "datetime64[us]", "datetime64[ns]"])
def test_the_unit_in_which_pandas_keeps_dates_changes_nothing(kind):
    forecasts = forecasts_of([("a", 20), ("b", 12)])
    got = score_forecasts(
        forecasts.astype({"ds": kind, "cutoff": kind, "model": "category"}), TWO, season_length=12
    )
    wanted = score_forecasts(forecasts, TWO, season_length=12)
    columns = ["y", "y_hat", "error", "scale", "rmsse_scale"]
    assert got[columns].equals(wanted[columns])

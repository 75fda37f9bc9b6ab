"""Metrics of point forecasts, against scikit-learn, utilsforecast and a hand-worked case."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sklearn
from utilsforecast import losses

from pipeline import tables
from pipeline.errors import InputError
from pipeline.scores.metrics.point import METRICS, bias, mae, mase, mse, rmse


def points_of(y, y_hat, *, group=0, scale=1.0):
    return pd.DataFrame({"group": group, "y": y, "y_hat": y_hat, "scale": scale}).astype(
        {"y": float, "y_hat": float, "scale": float}
    )


def test_a_case_worked_by_hand():
    points = points_of([1, 2, 3, 10], [2, 2, 1, 10], group=[0, 0, 0, 1], scale=[1, 1, 4, 1])
    assert mae(points).tolist() == [1.0, 0.0]
    assert mse(points).tolist() == [5 / 3, 0.0]
    assert rmse(points).tolist() == [np.sqrt(5 / 3), 0.0]
    assert mase(points).tolist() == [0.5, 0.0]
    np.testing.assert_allclose(bias(points), [-1 / 3, 0.0])


def test_bias_is_forecast_minus_actual():
    assert bias(points_of([1.0], [3.0])).tolist() == [2.0]


def test_all_agree_with_scikit_learn():
    random = np.random.default_rng(0)
    y, y_hat, group = random.normal(size=500), random.normal(size=500), random.integers(0, 7, 500)
    points = points_of(y, y_hat, group=group)
    for ours, theirs in (
        (mae, sklearn.mean_absolute_error),
        (mse, sklearn.mean_squared_error),
        (rmse, sklearn.root_mean_squared_error),
    ):
        wanted = [theirs(y[group == g], y_hat[group == g]) for g in range(7)]
        np.testing.assert_allclose(ours(points), wanted, rtol=1e-12)


def test_mase_agrees_with_utilsforecast_where_that_is_finite():
    random = np.random.default_rng(1)
    train = pd.DataFrame({"unique_id": "a", "ds": range(60), "y": random.normal(size=60)})
    test = pd.DataFrame({"unique_id": "a", "ds": range(60, 72), "y": random.normal(size=12)})
    test = test.assign(m=random.normal(size=12))
    wanted = losses.mase(test, models=["m"], seasonality=12, train_df=train)["m"].item()
    y = train["y"].to_numpy()
    points = points_of(test["y"], test["m"], scale=np.abs(y[12:] - y[:-12]).mean())
    np.testing.assert_allclose(mase(points), [wanted], rtol=1e-12)


def test_points_without_a_scale_are_left_out_and_never_infinite():
    points = points_of(
        [1, 1, 5, 5], [2, 9, 6, 6], group=[0, 0, 1, 2], scale=[0.5, np.nan, np.nan, 0.0]
    )
    got = mase(points)
    assert got.index.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(got, [2.0, np.nan, np.nan])


@pytest.mark.parametrize("name", sorted(METRICS))
@pytest.mark.parametrize("column", ["y", "y_hat"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_missing_value_is_refused_and_not_left_out(name, column, value):
    points = points_of([1.0, 2.0], [1.0, 2.0])
    points.loc[1, column] = value
    with pytest.raises(InputError, match="1 of 2 points have no finite actual or forecast"):
        METRICS[name].function(points)


def test_every_metric_is_a_column_of_the_leaderboard_with_its_unit_and_meaning():
    columns = {c.name: c for c in tables.LEADERBOARD.columns}
    for name, metric in METRICS.items():
        assert (columns[name].unit, columns[name].meaning) == (metric.unit, metric.meaning)

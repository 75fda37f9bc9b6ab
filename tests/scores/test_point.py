"""Metrics of point forecasts, against scikit-learn, utilsforecast and a hand-worked case."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn
from utilsforecast import losses

from pipeline import board_tables
from pipeline.errors import InputError
from pipeline.scores.metrics.point import (
    METRICS,
    TWEEDIE_FLOOR,
    TWEEDIE_POWER,
    bias,
    mae,
    mase,
    mse,
    n_floored,
    n_wape,
    rmse,
    rmsse,
    smape,
    tweedie,
    wape,
)

VALUES = st.floats(-1e3, 1e3).map(lambda v: round(v, 3))
PAIRS = st.lists(st.tuples(VALUES, VALUES, st.integers(0, 2)), min_size=1, max_size=20)


def points_of(y, y_hat, *, group=0, scale=1.0):
    """The squared scale is the square of the scale."""
    frame = pd.DataFrame({"group": group, "y": y, "y_hat": y_hat, "scale": scale}).astype(
        {"y": float, "y_hat": float, "scale": float}
    )
    return frame.assign(rmsse_scale=frame["scale"] ** 2)


def points_of_pairs(pairs):
    y, y_hat, group = (list(values) for values in zip(*pairs, strict=True))
    return points_of(y, y_hat, group=group, scale=[1.0 + g for g in group])


def test_a_case_worked_by_hand():
    points = points_of([1, 2, 3, 10], [2, 2, 1, 10], group=[0, 0, 0, 1], scale=[1, 1, 4, 1])
    assert mae(points).tolist() == [1.0, 0.0]
    assert mse(points).tolist() == [5 / 3, 0.0]
    assert rmse(points).tolist() == [np.sqrt(5 / 3), 0.0]
    assert mase(points).tolist() == [0.5, 0.0]
    np.testing.assert_allclose(bias(points), [-1 / 3, 0.0])
    assert wape(points).tolist() == [3 / 6, 0.0]
    np.testing.assert_allclose(rmsse(points), [((1 + 0 + 4 / 16) / 3) ** 0.5, 0.0])
    np.testing.assert_allclose(smape(points), [(2 / 3 + 0 + 2 * 2 / 4) / 3, 0.0])
    deviances = [
        4 * (1 / 2**0.5 + 2**0.5 - 2),
        0,
        4 * (3 / 1**0.5 + 1**0.5 - 2 * 3**0.5),
    ]
    np.testing.assert_allclose(tweedie(points), [np.mean(deviances), 0], atol=1e-12)


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


@settings(max_examples=25, deadline=None)
@given(pairs=PAIRS)
def test_shares_are_those_of_the_formula_written_in_numpy(pairs):
    points = points_of_pairs(pairs)
    smapes, wapes, counts = smape(points), wape(points), n_wape(points)
    for group, own in points.groupby("group"):
        y, y_hat = own["y"].to_numpy(), own["y_hat"].to_numpy()
        both = np.abs(y) + np.abs(y_hat)
        parts = np.abs(y - y_hat)[both > 0] / both[both > 0]
        np.testing.assert_allclose(smapes[group], 2 * parts.sum() / len(y), atol=1e-12)
        if (y == 0).all():
            assert np.isnan(wapes[group])
            assert counts[group] == 0
        else:
            weighed = np.abs(y - y_hat).sum() / np.abs(y).sum()
            np.testing.assert_allclose(wapes[group], weighed)
            assert counts[group] == len(y)


@settings(max_examples=25, deadline=None)
@given(pairs=PAIRS)
def test_tweedie_is_that_of_scikit_learn_with_the_forecasts_raised(pairs):
    points = points_of_pairs(pairs)
    floor = TWEEDIE_FLOOR * points["scale"]
    ours, counts = tweedie(points), n_floored(points)
    for group, own in points.groupby("group"):
        raised = own["y_hat"].clip(lower=floor[own.index])
        if (own["y"] < 0).any():
            assert np.isnan(ours[group])
            assert counts[group] == 0
            continue
        wanted = sklearn.mean_tweedie_deviance(own["y"], raised, power=TWEEDIE_POWER)
        np.testing.assert_allclose(ours[group], wanted, rtol=1e-9, atol=1e-9)
        assert counts[group] == (own["y_hat"] < floor[own.index]).sum()


def test_the_power_of_tweedie_is_that_which_networks_are_trained_with():
    from pipeline.rnn import losses as of_networks

    assert TWEEDIE_POWER == of_networks.TWEEDIE_POWER


def test_an_actual_below_zero_has_no_deviance_and_takes_none_from_other_groups():
    points = points_of([0, 0, -1, 4], [0, -5, 1, 4], group=[0, 0, 1, 2], scale=[1, 1, 1, np.nan])
    np.testing.assert_allclose(tweedie(points), [4 * 0.01**0.5, np.nan, np.nan])
    assert n_floored(points).tolist() == [2, 0, 0]


@settings(max_examples=25, deadline=None)
@given(pairs=PAIRS, unit=st.sampled_from([1e-3, 0.5, 1000.0]))
def test_another_unit_changes_no_pure_number_and_every_other_by_its_power(pairs, unit):
    points = points_of_pairs(pairs)
    scaled = points.assign(**{c: points[c] * unit for c in ("y", "y_hat", "scale")})
    scaled = scaled.assign(rmsse_scale=points["rmsse_scale"] * unit**2)
    powers = {
        "": 0,
        "of the target": 1,
        "of the target squared": 2,
        "of the target to the power 1/2": 0.5,
    }
    for metric in METRICS.values():
        wanted = metric.function(points) * unit ** powers[metric.unit]
        atol = 1e-9 * unit ** powers[metric.unit]
        np.testing.assert_allclose(metric.function(scaled), wanted, rtol=1e-9, atol=atol)


@settings(max_examples=25, deadline=None)
@given(pairs=PAIRS)
def test_no_error_is_below_zero_and_a_share_of_both_is_at_most_two(pairs):
    points = points_of_pairs(pairs)
    for name in METRICS.keys() - {"bias"}:
        found = METRICS[name].function(points).dropna()
        assert (found >= -1e-9).all(), name
    assert (smape(points) <= 2).all()
    above = points["y"].clip(lower=TWEEDIE_FLOOR * points["scale"])
    for metric in METRICS.values():
        found = metric.function(points.assign(y=above, y_hat=above))
        np.testing.assert_allclose(found, 0, atol=1e-6)


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
    columns = {c.name: c for c in board_tables.LEADERBOARD.columns}
    for name, metric in METRICS.items():
        assert (columns[name].unit, columns[name].meaning) == (metric.unit, metric.meaning)

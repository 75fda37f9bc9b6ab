"""Anomaly persistence: against statsmodels, a loop over plain numbers, and the climatology."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.baselines.anomaly_persistence import (
    POINTS,
    anomaly_persistence_paths,
    fading_anomalies,
)
from pipeline.baselines.climatology import climatology_paths
from pipeline.baselines.grid import Asked, Together
from pipeline.clean.observations import Series

HORIZONS = (1, 2, 3, 6, 9, 12, 18, 24)
SIZES = {"horizon": 14, "season_length": 12}


def series_of(y, freq="MS", first_step=360):
    return Series("a", freq, first_step, ("y",), np.asarray(y, dtype=np.float64)[:, None])


def weather(seed, rows, *, persists=0.8, gaps=0.0):
    """A season and an anomaly that lasts."""
    random, anomaly = np.random.default_rng(seed), np.zeros(rows)
    for t in range(1, rows):
        anomaly[t] = persists * anomaly[t - 1] + random.normal()
    y = 10 + 5 * np.sin(np.arange(rows) * np.pi / 6) + anomaly
    y[random.random(rows) < gaps] = np.nan
    return y


def paths_of(y, rows, **sizes):
    (got,) = anomaly_persistence_paths([series_of(y)], [np.asarray(rows)], **(SIZES | sizes))
    return got


def by_hand(y, row, horizon):
    """The path of the best point as of a row: a number at a time, every forecast made and kept."""
    known = climatology_paths(series_of(y), np.arange(len(y)), horizon=24, season_length=12)
    found = []
    for alpha, rho in POINTS.tolist():
        left, lasting = 0.0, [0.0]
        for t in range(1, row + 1):
            left *= rho
            off = y[t] - known[t - 1, 0]
            left += 0.0 if np.isnan(off) else alpha * (off - left)
            lasting.append(left)
        made = 0.0
        for origin in range(row):
            for ahead in HORIZONS:
                if origin + ahead <= row:
                    path = known[origin, ahead - 1] + rho**ahead * lasting[origin]
                    made += np.nan_to_num((y[origin + ahead] - path) ** 2)
        found.append((made, rho, left))
    _, rho, left = min(found, key=lambda one: one[0])
    return [known[row, h - 1] + rho**h * left for h in range(1, horizon + 1)]


@given(seed=st.integers(0, 10_000), row=st.integers(1, 79), gaps=st.sampled_from([0.0, 0.3]))
@settings(max_examples=20)
def test_the_path_is_that_of_the_point_that_erred_least_so_far(seed, row, gaps):
    y = weather(seed, 80, gaps=gaps)
    y[0] = 10.0
    np.testing.assert_allclose(paths_of(y, [row])[0], by_hand(y, row, 14), rtol=1e-9, atol=1e-9)


@given(seed=st.integers(0, 10_000), alpha=st.floats(0.1, 1.0))
@settings(max_examples=20)
def test_an_anomaly_that_does_not_fade_is_smoothed_as_by_statsmodels(seed, alpha):
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    off = np.random.default_rng(seed).normal(size=60)
    values = np.full((61, len(HORIZONS), 1), np.nan)
    values[1:, 0, 0] = off
    batch = Together(values, Asked(np.array([0]), np.array([60])), np.array([0]))
    ours = fading_anomalies(batch, np.array([[alpha, 1.0]]), horizon=3)
    model = SimpleExpSmoothing(off, initialization_method="known", initial_level=0.0)
    wanted = model.fit(smoothing_level=alpha, optimized=False).forecast(3)
    np.testing.assert_allclose(ours[0], wanted, rtol=1e-9, atol=1e-9)


def test_what_does_not_persist_is_the_climatology_to_the_last_bit():
    y = 10 + np.tile([1.0, -1.0], 60) * np.random.default_rng(1).uniform(1, 2, size=120)
    rows = np.arange(60, 120)
    wanted = climatology_paths(series_of(y), rows, **SIZES)
    assert paths_of(y, rows).tobytes() == wanted.tobytes()


def test_what_persists_is_forecast_better_than_by_the_climatology():
    y = weather(5, 400, persists=0.95)
    rows = np.arange(150, 386)
    targets = y[rows[:, None] + 1 + np.arange(14)]
    wanted = climatology_paths(series_of(y), rows, **SIZES)
    ours, theirs = (np.mean((paths - targets) ** 2) for paths in (paths_of(y, rows), wanted))
    assert ours < 0.9 * theirs


def test_through_a_gap_the_path_goes_on():
    y = weather(2, 120)
    y[100:104] = np.nan
    got = paths_of(y, [99, 100, 103], horizon=10)
    for k, later in ((1, 1), (2, 4)):
        np.testing.assert_allclose(got[k, : 10 - later], got[0, later:], rtol=1e-9)


@pytest.mark.parametrize("value", [0.0, 5.0, -1e9])
def test_a_constant_is_forecast_as_itself(value):
    assert (paths_of(np.full(90, value), [0, 1, 50, 89]) == value).all()


def test_the_first_row_is_all_that_is_needed():
    y = np.array([np.nan, 3.0, 4.0])
    got = paths_of(y, [0, 1])
    assert np.isnan(got[0]).all()
    assert (got[1] == 3.0).all()


def test_days_are_judged_against_the_climatology_of_days():
    random = np.random.default_rng(4)
    y = random.normal(size=900).cumsum() * 0.3
    daily = series_of(y, "D", 14_000)
    rows = np.array([500, 800])
    (got,) = anomaly_persistence_paths([daily], [rows], horizon=30, season_length=7)
    base = climatology_paths(daily, rows, horizon=30, season_length=7)
    left = got - base
    assert (np.abs(left[:, 0]) > 0.5).all(), "a walk is far off the mean of earlier years"
    fading = left[:, 1:] / left[:, :-1]
    np.testing.assert_allclose(fading, np.repeat(fading[:, :1], 29, axis=1), rtol=1e-6)

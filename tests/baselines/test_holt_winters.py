"""Holt-Winters: on which scale, whether with a season, and what a gap or a short series does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.baselines.damped_trend import damped_trend_paths
from pipeline.baselines.forecast import reference_paths
from pipeline.baselines.grid import Asked, Together
from pipeline.baselines.holt_winters import (
    GRID,
    GRID_WITHOUT_SEASON,
    first_seasons,
    holt_winters_paths,
)
from pipeline.baselines.seasonality import is_seasonal
from pipeline.baselines.smoothing import smoothed_paths
from pipeline.clean.observations import Series

SIZES = {"horizon": 15, "season_length": 12}
PATHS = {"damped_trend": damped_trend_paths, "holt_winters": holt_winters_paths}


def series_of(y):
    return Series("a", "MS", 360, ("y",), np.asarray(y, dtype=np.float64)[:, None])


def paths_of(y, rows, paths=holt_winters_paths, **sizes):
    (got,) = paths([series_of(y)], [np.asarray(rows)], **(SIZES | sizes))
    return got


def sales(rows=120, *, seed=0, noise=0.05):
    """What grows by a share each month, with a season that is a factor."""
    steps = np.arange(rows)
    season = 0.4 * np.sin(steps * np.pi / 6)
    return np.exp(2 + 0.01 * steps + season + noise * np.random.default_rng(seed).normal(size=rows))


@given(seed=st.integers(0, 10_000), row=st.integers(0, 118), change=st.integers(0, 3))
@settings(max_examples=12)
def test_rows_after_the_cutoff_change_no_byte(seed, row, change):
    random = np.random.default_rng(seed)
    y = np.where(random.random(120) < 0.2, np.nan, sales(seed=seed))
    others = (np.full(120, -1.0), np.full(120, np.nan), 1e6 * sales(), np.full(120, 1e308))
    changed = np.where(np.arange(120) > row, others[change], y)
    for name in (*PATHS, "anomaly_persistence"):
        ours, theirs, among = (
            reference_paths(name, [series_of(v)], [np.array(rows)], **SIZES)[0][-1]
            for v, rows in ((y, [row]), (changed, [row]), (changed, [118, row]))
        )
        assert ours.tobytes() == theirs.tobytes() == among.tobytes()


def test_a_season_that_is_a_factor_is_forecast_on_logarithms():
    y = sales(noise=0.0)
    np.testing.assert_allclose(paths_of(y, [99])[0], y[100:115], rtol=1e-3)


def test_positive_values_in_another_unit_are_the_forecasts_in_that_unit():
    y = sales()
    rows = np.arange(40, 120)
    np.testing.assert_allclose(paths_of(1000 * y, rows), 1000 * paths_of(y, rows), rtol=1e-8)
    assert (paths_of(y, rows) > 0).all()


def test_from_the_first_value_that_is_not_positive_no_logarithms_are_taken():
    y = sales(noise=0.1)
    zero = np.where(np.arange(120) == 80, 0.0, y)
    assert paths_of(zero, [79]).tobytes() == paths_of(y, [79]).tobytes()
    start = first_seasons(zero[:, None], 12)
    batch = Together(zero[:, None], Asked(np.array([0]), np.array([90])), np.array([0]))
    assert is_seasonal(zero, np.array([90]), 12).all()
    wanted = smoothed_paths(batch, start, GRID, horizon=15)
    assert paths_of(zero, [90]).tobytes() == wanted.tobytes()


def test_without_a_season_its_length_changes_nothing():
    y = np.random.default_rng(2).normal(size=120).cumsum() - 5
    assert not is_seasonal(y, np.array([119]), 12).any()
    ours = paths_of(y, [119])
    assert ours.tobytes() == paths_of(y, [119], season_length=30).tobytes()


def test_with_a_season_it_is_forecast():
    y = np.tile(np.arange(12.0), 10) - 6 + 0.1 * np.random.default_rng(0).normal(size=120)
    np.testing.assert_allclose(paths_of(y, [107], horizon=12)[0], np.arange(12) - 6, atol=0.3)


@pytest.mark.parametrize("length", [1, 2, 11, 12, 23, 35])
def test_fewer_than_three_seasons_are_forecast_without_one(length):
    y = sales(length)
    got = paths_of(y, [length - 1])
    assert np.isfinite(got).all()
    if length == 1:
        np.testing.assert_allclose(got, y[0], rtol=1e-12)
    assert got.tobytes() == paths_of(y, [length - 1], season_length=100).tobytes()


@pytest.mark.parametrize("name", sorted(PATHS))
@pytest.mark.parametrize("value", [0.0, 5.0, -3e7])
def test_a_constant_is_forecast_as_itself(name, value):
    got = paths_of(np.full(90, value), [0, 1, 50, 89], PATHS[name])
    np.testing.assert_allclose(got, value, rtol=1e-12)


@pytest.mark.parametrize("name", sorted(PATHS))
@pytest.mark.parametrize("shift", [0.0, -20.0])
def test_through_a_gap_the_path_goes_on(name, shift):
    y = sales() + shift
    y[100:105] = np.nan
    got = paths_of(y, [99, 100, 104], PATHS[name])
    for k, later in ((1, 1), (2, 5)):
        np.testing.assert_allclose(got[k, : 15 - later], got[0, later:], rtol=1e-9)


@pytest.mark.parametrize("name", sorted(PATHS))
def test_nothing_is_said_before_the_first_value_and_rows_before_it_are_nothing(name):
    y = sales()
    late = np.concatenate([np.full(7, np.nan), y])
    got = paths_of(late, [0, 6, 7, 100], PATHS[name])
    assert np.isnan(got[:2]).all()
    assert got[2:].tobytes() == paths_of(y, [0, 93], PATHS[name]).tobytes()
    assert np.isnan(paths_of(np.full(9, np.nan), [8], PATHS[name])).all()


@pytest.mark.parametrize("name", sorted(PATHS))
def test_a_cutoff_after_the_last_row_is_a_gap(name):
    y = sales()
    longer = np.concatenate([y, np.full(3, np.nan)])
    ours, theirs = paths_of(y, [122], PATHS[name]), paths_of(longer, [122], PATHS[name])
    assert ours.tobytes() == theirs.tobytes()


def test_the_grids_have_the_points_that_are_told():
    assert (len(GRID.alpha), len(GRID_WITHOUT_SEASON.alpha)) == (112, 28)
    assert (GRID.alpha + GRID.gamma <= 1).all()


@pytest.mark.parametrize("level", [0.0, 1e8])
def test_the_test_for_a_season_is_that_of_the_autocorrelations(level):
    from statsmodels.tsa.stattools import acf

    for seed in range(30):
        random = np.random.default_rng(seed)
        y = random.normal(size=60) + 0.06 * seed * np.sin(np.arange(60) * np.pi / 6)
        found = acf(y, nlags=12, fft=False)
        limit = 1.6448536 * np.sqrt((1 + 2 * np.sum(found[1:12] ** 2)) / 60)
        assert is_seasonal(y + level, np.array([59]), 12)[0] == (found[12] > limit), seed


def test_a_season_is_found_through_gaps_as_of_any_row_and_not_in_noise():
    random = np.random.default_rng(0)
    noise, season = random.normal(size=240), np.sin(np.arange(240) * np.pi / 6)
    gaps = random.random(240) < 0.3
    gaps[0] = False
    y = np.where(gaps, np.nan, 3 * season + noise)
    rows = np.arange(240)
    found = is_seasonal(y, rows, 12)
    enough = np.cumsum(~gaps) >= 36
    assert not found[~enough].any()
    assert found[150:].all()
    for row in (60, 150):
        assert is_seasonal(y[: row + 1], np.array([row]), 12)[0] == found[row]
    noisy = [is_seasonal(random.normal(size=120), np.array([119]), 12)[0] for _ in range(400)]
    assert 0.01 < np.mean(noisy) < 0.09, "one side of a test at 90 % is one in twenty"
    assert not is_seasonal(np.full(60, 2.0), np.array([59]), 12)[0]

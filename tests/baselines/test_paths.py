"""The baselines without coefficients, against plain loops over dates and against themselves."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipeline.baselines.climatology import climatology_paths
from pipeline.baselines.naive import naive_paths, seasonal_naive_paths, window_average_paths
from pipeline.calendar import SEASON_LENGTH, dates_of, season_positions
from pipeline.clean.observations import Series

PATHS = {
    "naive": naive_paths,
    "seasonal_naive": seasonal_naive_paths,
    "window_average": window_average_paths,
    "climatology": climatology_paths,
}
VALUES = st.one_of(st.just(np.nan), st.floats(-1e6, 1e6))
LATEST = {"MS": 2600, "QS": 860, "W": 11_000, "D": 20_000}
"""A first step whose 120 rows end before 2262, the last year of nanoseconds."""

NAMES = st.sampled_from(sorted(PATHS))


def series_of(y, freq="MS", first_step=360):
    return Series("a", freq, first_step, ("y",), np.asarray(y, dtype=np.float64)[:, None])


@st.composite
def any_series(draw, *, rows=120):
    y = draw(hnp.arrays(np.float64, rows, elements=VALUES, fill=st.just(np.nan)))
    freq = draw(st.sampled_from(sorted(LATEST)))
    return series_of(y, freq, draw(st.integers(0, LATEST[freq])))


@st.composite
def long_daily(draw):
    """More than four years, so that leap days and earlier years come into play."""
    seed, begin = draw(st.integers(0, 99)), draw(st.integers(10_000, 12_000))
    random = np.random.default_rng(seed)
    y = random.normal(size=1600)
    return series_of(np.where(random.random(1600) < 0.2, np.nan, y), "D", begin)


def date_of(series, row):
    return dates_of(series.first_step + row, series.freq)[()].astype("datetime64[D]").item()


def same_time(series, row, target):
    """Whether climatology averages this row for this target, by the words of its definition."""
    day, wanted = date_of(series, row), date_of(series, target)
    if series.freq == "MS":
        return day.month == wanted.month
    if series.freq == "QS":
        return (day.month - 1) // 3 == (wanted.month - 1) // 3
    if series.freq == "W":
        return day.isocalendar().week == wanted.isocalendar().week
    a, b = (day_of_the_year(d) for d in (day, wanted))
    return day.year < wanted.year and min((a - b) % 365, (b - a) % 365) <= 7


def day_of_the_year(day):
    if (day.month, day.day) == (2, 29):
        day = dt.date(day.year, 2, 28)
    return (dt.date(2001, day.month, day.day) - dt.date(2001, 1, 1)).days


def mean_or_nan(values):
    values = [v for v in values if not np.isnan(v)]
    return np.mean(values) if values else np.nan


def climatology_by_hand(series, row, target):
    known = range(row + 1)
    mean = mean_or_nan([series.y[t] for t in known if same_time(series, t, target)])
    return mean_or_nan(series.y[: row + 1]) if np.isnan(mean) else mean


@given(series=any_series(), row=st.integers(0, 119))
def test_climatology_is_the_mean_of_the_same_month_quarter_week_or_days(series, row):
    got = climatology_paths(series, np.array([row]), horizon=3, season_length=12)
    wanted = [[climatology_by_hand(series, row, row + h) for h in (1, 2, 3)]]
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-9)


@given(series=long_daily(), row=st.integers(360, 1599), horizon=st.sampled_from([1, 7, 40]))
def test_daily_climatology_holds_over_leap_days_and_the_turn_of_the_year(series, row, horizon):
    got = climatology_paths(series, np.array([row]), horizon=horizon, season_length=7)
    wanted = climatology_by_hand(series, row, row + horizon)
    np.testing.assert_allclose(got[0, -1], wanted, rtol=1e-9)


def test_a_new_year_sees_the_december_just_past():
    first = (dt.date(2021, 12, 1) - dt.date(1970, 1, 1)).days
    series = series_of(np.arange(31.0), "D", first)
    got = climatology_paths(series, np.array([29, 30]), horizon=2, season_length=7)
    assert got[1, 0] == np.mean(np.arange(24.0, 31))  # 1 January: 25 to 31 December
    assert got[0, 0] == np.mean(np.arange(30.0))  # 31 December of the first year: the mean of all
    assert got[0, 1] == np.mean(np.arange(24.0, 30))  # known to 30 December only


def test_29_february_counts_as_28_february():
    first = (dt.date(2019, 1, 1) - dt.date(1970, 1, 1)).days
    y = np.full(365 * 2 + 1, np.nan)
    leap_day = (dt.date(2020, 2, 29) - dt.date(2019, 1, 1)).days
    y[[0, leap_day]] = 100.0, 3.0
    rows = np.array([len(y) - 1])
    got = climatology_paths(series_of(y, "D", first), rows, horizon=80, season_length=7)[0]
    near = np.flatnonzero(got == 3.0)
    assert near[0] == 58 - 7
    assert near[-1] == 58 + 7


@given(series=any_series(), row=st.integers(0, 119))
def test_seasonal_naive_is_the_last_observed_value_at_the_season_position(series, row):
    season = SEASON_LENGTH[series.freq]
    got = seasonal_naive_paths(series, np.array([row]), horizon=60, season_length=season)[0]
    position = season_positions(series.first_step + np.arange(row + 61), season)
    for target in range(row + 1, row + 61):
        seen = [
            t
            for t in range(row + 1)
            if position[t] == position[target] and not np.isnan(series.y[t])
        ]
        np.testing.assert_equal(got[target - row - 1], series.y[seen[-1]] if seen else np.nan)


@given(series=any_series(), row=st.integers(0, 119))
def test_naive_is_the_last_observed_value_and_window_average_the_mean_of_a_season(series, row):
    seen = series.y[: row + 1][~np.isnan(series.y[: row + 1])]
    naive = naive_paths(series, np.array([row]), horizon=2, season_length=12)
    np.testing.assert_equal(naive, [[seen[-1] if len(seen) else np.nan] * 2])
    window = window_average_paths(series, np.array([row]), horizon=2, season_length=12)
    wanted = mean_or_nan(series.y[max(row - 11, 0) : row + 1])
    np.testing.assert_allclose(window, [[wanted] * 2], rtol=1e-9, atol=1e-6)


def test_window_average_takes_just_the_rows_of_the_last_season():
    series = series_of([2.0, 4.0, np.nan, 9.0])
    got = window_average_paths(series, np.arange(4), horizon=1, season_length=3)
    assert got.ravel().tolist() == [2.0, 3.0, 3.0, 6.5]


@given(series=st.one_of(any_series(rows=1600), long_daily()), name=NAMES, data=st.data())
def test_no_row_after_the_cutoff_and_no_other_cutoff_changes_a_byte(series, name, data):
    row = data.draw(st.integers(0, 1599))
    others = data.draw(st.lists(st.integers(0, 1599), max_size=3))
    season = SEASON_LENGTH[series.freq]
    changed = np.where(np.arange(1600) > row, 1e9 - series.y[::-1], series.y)
    other = series_of(changed, series.freq, series.first_step)
    alone, together, cut, moved = (
        PATHS[name](s, np.array(rows), horizon=40, season_length=season)[-1].tobytes()
        for s, rows in (
            (series, [row]),
            (series, [*others, row]),
            (series.until(row), [row]),
            (other, [row]),
        )
    )
    assert alone == together == cut == moved


@given(series=any_series(), name=NAMES, gap=st.integers(1, 15))
def test_a_cutoff_behind_the_last_row_sees_the_rows_between_as_missing(series, name, gap):
    longer = series_of(
        np.concatenate([series.y, np.full(gap, np.nan)]), series.freq, series.first_step
    )
    rows = np.array([3, 119 + gap])
    short, padded = (PATHS[name](s, rows, horizon=5, season_length=12) for s in (series, longer))
    assert short.tobytes() == padded.tobytes()


@pytest.mark.parametrize("name", sorted(PATHS))
def test_without_an_observation_there_is_no_forecast(name):
    series = series_of([np.nan, np.nan, 5.0])
    got = PATHS[name](series, np.array([1]), horizon=2, season_length=12)
    assert np.isnan(got).all()


def test_seasonal_naive_says_nothing_for_a_position_never_observed():
    series = series_of([1.0, 2.0, 3.0])
    got = seasonal_naive_paths(series, np.array([2]), horizon=12, season_length=12)[0]
    assert np.isnan(got[:9]).all()
    assert got[9:].tolist() == [1.0, 2.0, 3.0]


def test_a_cutoff_before_the_series_is_our_mistake():
    with pytest.raises(AssertionError, match="before the series"):
        naive_paths(series_of([1.0]), np.array([-1]), horizon=1, season_length=12)

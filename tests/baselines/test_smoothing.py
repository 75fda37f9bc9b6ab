"""Exponential smoothing on a grid: against statsmodels, and against loops over plain numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.baselines.damped_trend import GRID as DAMPED
from pipeline.baselines.damped_trend import damped_trend_paths, smoothed_without_season
from pipeline.baselines.grid import (
    MEMORY,
    Asked,
    Grid,
    Member,
    SquaredErrors,
    Together,
    side_by_side,
)
from pipeline.baselines.holt_winters import GRID, first_seasons
from pipeline.baselines.smoothing import Start, begin, learn, rows_of, smoothed_paths
from pipeline.clean.observations import Series

HORIZONS = (1, 2, 3, 6, 9, 12, 18, 24)
SHARE = st.floats(0.2, 0.8)
SEEDS = st.integers(0, 10_000)


def batch_of(y, rows):
    rows = np.asarray(rows)
    return Together(
        np.asarray(y, dtype=np.float64)[:, None],
        Asked(np.zeros(len(rows), dtype=np.int64), rows),
        np.arange(len(rows)),
    )


def walk(seed, rows, *, season=0, gaps=0.0):
    random = np.random.default_rng(seed)
    y = random.normal(size=rows).cumsum() + random.normal(size=rows)
    if season:
        y += 5 * np.sin(2 * np.pi * np.arange(rows) / season)
    y[random.random(rows) < gaps] = np.nan
    return y


@given(alpha=SHARE, beta=SHARE, phi=st.floats(0.8, 0.99), seed=SEEDS)
@settings(max_examples=20)
def test_a_damped_trend_is_that_of_statsmodels(alpha, beta, phi, seed):
    y = walk(seed, 80)
    grid = Grid(*np.array([[alpha], [beta], [0.0], [phi]]))
    ours = smoothed_without_season(batch_of(y, [79]), grid, horizon=30)
    wanted = by_statsmodels(y, 0, grid, burnt=10, horizon=30)
    np.testing.assert_allclose(ours[0], wanted, rtol=1e-9, atol=1e-9)


@given(
    alpha=SHARE,
    beta=SHARE,
    share=SHARE,
    phi=st.floats(0.8, 0.99),
    season=st.sampled_from([4, 7, 12]),
    seed=SEEDS,
)
@settings(max_examples=20)
def test_holt_winters_is_that_of_statsmodels(alpha, beta, share, phi, season, seed):
    y = walk(seed, 12 * season, season=season)
    grid = Grid(*np.array([[alpha], [beta], [share * (1 - alpha)], [phi]]))
    start = first_seasons(y[:, None], season)
    ours = smoothed_paths(batch_of(y, [len(y) - 1]), start, grid, horizon=30)
    # From the seventh season on gamma is more than a share of the values so far.
    wanted = by_statsmodels(y, season, grid, burnt=7 * season + 2, horizon=30)
    np.testing.assert_allclose(ours[0], wanted, rtol=1e-9, atol=1e-9)


def by_statsmodels(y, season, grid, *, burnt, horizon):
    """The path of the one point of a grid, begun from our states once the averages are over."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    alpha, beta, gamma, phi = (part[0] for part in grid)
    states = states_at(burnt, y, season, grid)
    more = {}
    if season:
        places = (burnt + 1 - season + np.arange(season)) % len(states.seasons)
        more = {"seasonal": "add", "seasonal_periods": season}
        more["initial_seasonal"] = states.seasons[places, 0, 0]
    model = ETSModel(
        y[burnt + 1 :],
        trend="add",
        damped_trend=True,
        initialization_method="known",
        initial_level=states.level[burnt % MEMORY, 0, 0],
        initial_trend=states.trend[burnt % MEMORY, 0, 0],
        **more,
    )
    # Its trend takes up a share of the error, ours of what the level takes up.
    smoothing = [alpha, alpha * beta, *([gamma] if season else []), phi]
    return model.smooth(smoothing).forecast(horizon)


def states_at(row, y, season, grid):
    """Our states after a row, those of each row in its place of the rings."""
    start = first_seasons(y[:, None], season) if season else start_without_season(y)
    states, errors = begin(start, grid), SquaredErrors(len(grid.alpha), 1)
    for one in rows_of(y[: row + 1, None], season)[start.row + 1 :]:
        learn(states, grid, errors, one)
    return states


def start_without_season(y):
    return Start(0, y[:1], np.zeros(1), np.empty((0, 1)))


def by_hand(y, season, grid, row, horizon):
    """The path of the best point as of a row: a number at a time, every forecast made and kept."""
    found = []
    for alpha, beta, gamma, phi in zip(*(part.tolist() for part in grid), strict=True):
        states, made = by_hand_states(y[: row + 1], season, alpha, beta, gamma, phi), 0.0
        for origin, state in states.items():
            for ahead in HORIZONS:
                if origin + ahead <= row and not np.isnan(y[origin + ahead]):
                    made += (y[origin + ahead] - step_ahead(state, ahead, season, phi)) ** 2
        found.append((made, states[row], phi))
    _, state, phi = min(found, key=lambda one: one[0])
    return [step_ahead(state, ahead, season, phi) for ahead in range(1, horizon + 1)]


def by_hand_states(y, season, alpha, beta, gamma, phi):
    """Level, trend and the seasons of the next rows, as of each row from the beginning on."""
    if season:
        start = first_seasons(np.asarray(y)[:, None], season)
        row, level, trend = start.row, start.level[0], start.trend[0]
        seasons = start.seasons[:, 0].tolist()
    else:
        row, level, trend, seasons = 0, y[0], 0.0, []
    states = {row: (level, trend, seasons)}
    for t in range(row + 1, len(y)):
        here = seasons[0] if season else 0.0
        level, trend = level + phi * trend, phi * trend
        if not np.isnan(y[t]):
            missed = y[t] - level - here
            seen = sum(not np.isnan(v) for v in y[: t + 1])
            gain = max(alpha, 1 / seen)
            level, trend = level + gain * missed, trend + gain * beta * missed
            if season:
                same = sum(not np.isnan(y[k]) for k in range(t % season, t + 1, season))
                here += max(gamma, (1 - alpha) / same) * missed
        seasons = [*seasons[1:], here] if season else []
        states[t] = (level, trend, seasons)
    return states


def step_ahead(state, ahead, season, phi):
    level, trend, seasons = state
    damped = sum(phi**k for k in range(1, ahead + 1))
    return level + damped * trend + (seasons[(ahead - 1) % season] if season else 0.0)


@given(seed=SEEDS, row=st.integers(0, 59), gaps=st.sampled_from([0.0, 0.3]))
@settings(max_examples=15)
def test_the_damped_trend_is_the_point_that_erred_least_so_far(seed, row, gaps):
    y = walk(seed, 60, gaps=gaps)
    y[0] = 1.0
    got = smoothed_without_season(batch_of(y, [row]), DAMPED, horizon=5)
    np.testing.assert_allclose(got[0], by_hand(y, 0, DAMPED, row, 5), rtol=1e-9, atol=1e-9)


@given(
    seed=SEEDS,
    season=st.sampled_from([4, 12, 30]),
    more=st.integers(0, 40),
    gaps=st.sampled_from([0.0, 0.3]),
)
@settings(max_examples=15)
def test_holt_winters_is_the_point_that_erred_least_so_far(seed, season, more, gaps):
    row = 2 * season - 1 + more
    y = walk(seed, 2 * season + 45, season=season, gaps=gaps)
    start = first_seasons(y[:, None], season)
    got = smoothed_paths(batch_of(y, [row]), start, GRID, horizon=35)
    np.testing.assert_allclose(got[0], by_hand(y, season, GRID, row, 35), rtol=1e-9, atol=1e-9)


def test_first_seasons_of_a_line_with_a_season_are_both():
    season, rows = np.array([3.0, -1.0, -4.0, 2.0]), np.arange(8)
    y = 10 + 0.5 * rows + np.tile(season, 2)
    start = first_seasons(np.column_stack([y, 2 * y, y + 1]), 4)
    np.testing.assert_allclose(start.level, [13.5, 27.0, 14.5])
    np.testing.assert_allclose(start.trend, [0.5, 1.0, 0.5])
    np.testing.assert_allclose(start.seasons.T, [season, 2 * season, season], atol=1e-12)
    assert start.row == 7


def test_first_seasons_take_what_there_is():
    y = np.array([1.0, np.nan, 3.0, 4.0, 1.0, np.nan, np.nan, 4.0])
    start = first_seasons(y[:, None], 4)
    assert start.seasons[1, 0] == 0.0
    assert np.isfinite([*start.level, *start.trend, *start.seasons[:, 0]]).all()
    y[4:] = np.nan
    start = first_seasons(y[:, None], 4)
    np.testing.assert_allclose([start.level[0], start.trend[0]], [8 / 3, 0.0])


def test_a_first_season_is_the_same_alone_and_among_others():
    y = np.random.default_rng(0).normal(size=(730, 5)) * 1e3
    together, alone = first_seasons(y, 365), first_seasons(y[:, 2:3], 365)
    for ours, theirs in ((together.level, alone.level), (together.trend, alone.trend)):
        assert ours[2] == theirs[0]
    assert together.seasons[:, 2].tobytes() == alone.seasons[:, 0].tobytes()


@pytest.mark.parametrize("width", [1, 7])
def test_members_of_all_lengths_are_put_side_by_side_once_each(width):
    random = np.random.default_rng(3)
    members, place = [], 0
    for length in random.integers(5, 40, size=20):
        rows = random.integers(0, length, size=3)
        members.append(Member(random.normal(size=length), rows, place + np.arange(3)))
        place += 3
    batches = list(side_by_side(members, points=16_384 // width))
    assert len(batches) == -(-20 // width)
    places = np.concatenate([batch.places for batch in batches])
    assert sorted(places) == list(range(60))
    for batch in batches:
        for member, row, at in zip(*batch.asked, batch.places, strict=True):
            assert batch.values[row, member] == members[at // 3].values[row]
        assert len(batch.values) == batch.asked.row.max() + 1


def test_a_batch_of_many_series_has_the_bytes_of_each_alone():
    ys = [walk(k, 50 + k % 7, gaps=0.2) for k in range(600)]
    series = [Series(str(k), "MS", 360, ("y",), y[:, None]) for k, y in enumerate(ys)]
    rows = [np.array([20 + k % 30, 45]) for k in range(600)]
    sizes = {"horizon": 4, "season_length": 12}
    together = damped_trend_paths(series, rows, **sizes)
    for k in (0, 7, 480, 599):
        (alone,) = damped_trend_paths([series[k]], [rows[k]], **sizes)
        assert alone.tobytes() == together[k].tobytes()

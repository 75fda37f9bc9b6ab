"""Fills: as of their time, by hand, by a plain loop, and deaf to later rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline.clean.observations import Series
from pipeline.windows.mask import fill_as_of

VALUES = st.floats(-1e6, 1e6) | st.just(np.nan)
TABLES = st.integers(1, 40).flatmap(lambda n: arrays.arrays(np.float64, (n, 2), elements=VALUES))


def series_of(values: np.ndarray, first_step: int = 0) -> Series:
    return Series("a", "MS", first_step, ("y", "wind"), values)


def test_a_gap_is_the_mean_of_its_season_so_far_else_the_last_value_else_nothing():
    nan = np.nan
    y = [nan, 1.0, nan, 3.0, 4.0, nan, nan, 8.0, nan, nan, nan]
    filled = fill_as_of(series_of(np.array([y, y]).T), season_length=3)
    assert np.isnan(filled.values[0, 0])
    assert filled.values[1:, 0].tolist() == [1.0, 1.0, 3.0, 4.0, 4.0, 3.0, 8.0, 8.0, 3.0, 13 / 3]
    assert filled.observed[:, 0].tolist() == [v == v for v in y]


def test_seasons_are_counted_on_the_calendar_and_not_from_the_first_row():
    values = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [np.nan, np.nan]])
    for first_step in (-14, 0, 5):
        filled = fill_as_of(series_of(values, first_step), season_length=3)
        assert filled.values[3].tolist() == [1.0, 1.0]


def filled_by_hand(values: np.ndarray, *, first_step: int, season_length: int) -> np.ndarray:
    """The rule once more, cell by cell."""
    out = values.copy()
    for column in range(values.shape[1]):
        seen: list[float] = []
        by_season: dict[int, list[float]] = {}
        for row, value in enumerate(values[:, column]):
            season = by_season.setdefault((first_step + row) % season_length, [])
            if not np.isnan(value):
                seen.append(value)
                season.append(value)
            elif season:
                out[row, column] = sum(season) / len(season)
            elif seen:
                out[row, column] = seen[-1]
    return out


@given(values=TABLES, first_step=st.integers(-50, 50), season_length=st.integers(2, 13))
def test_fills_are_those_of_a_plain_loop(values, first_step, season_length):
    filled = fill_as_of(series_of(values, first_step), season_length=season_length)
    theirs = filled_by_hand(values, first_step=first_step, season_length=season_length)
    np.testing.assert_allclose(filled.values, theirs, rtol=1e-12, atol=1e-9)
    np.testing.assert_array_equal(filled.observed, ~np.isnan(values))


@given(values=TABLES, other=TABLES, row=st.integers(0, 39), season_length=st.integers(2, 13))
def test_later_rows_change_no_bit_of_earlier_ones(values, other, row, season_length):
    row = min(row, len(values) - 1)
    changed = np.concatenate([values[: row + 1], other])
    ours, theirs = (
        fill_as_of(series_of(v), season_length=season_length) for v in (values, changed)
    )
    for a, b in zip(ours, theirs, strict=True):
        assert a[: row + 1].tobytes() == b[: row + 1].tobytes()


@given(values=TABLES, season_length=st.integers(2, 13))
def test_an_observed_value_keeps_every_bit(values, season_length):
    filled = fill_as_of(series_of(values), season_length=season_length)
    assert filled.values[filled.observed].tobytes() == values[filled.observed].tobytes()


def test_a_season_whose_sum_is_beyond_float64_falls_back_to_the_last_value():
    values = np.array([[1.7e308], [-1.0], [1.7e308], [2.0], [np.nan]])
    filled = fill_as_of(Series("a", "MS", 0, ("y",), values), season_length=2)
    assert filled.values[4, 0] == 2.0

"""The scale of an error: the seasonal naive's error up to the cutoff."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipeline.clean.observations import Series
from pipeline.scores.scale import mase_scales, rmsse_scales

VALUES = st.one_of(st.just(np.nan), st.floats(-1e6, 1e6))
TARGETS = hnp.arrays(np.float64, 60, elements=VALUES, fill=st.just(np.nan))


def series_of(y):
    return Series("a", "MS", 360, ("y",), np.asarray(y, dtype=np.float64)[:, None])


def test_it_is_the_mean_difference_one_season_back():
    y = [1.0, 2.0, 4.0, 8.0, np.nan, 8.0]
    got = mase_scales(series_of(y), np.arange(6), season_length=2)
    np.testing.assert_array_equal(got, [np.nan, np.nan, 3.0, 4.5, 4.5, 3.0])
    squared = rmsse_scales(series_of(y), np.arange(6), season_length=2)
    np.testing.assert_array_equal(squared, [np.nan, np.nan, 9.0, 22.5, 22.5, 15.0])


@given(y=TARGETS, row=st.integers(0, 59), season=st.integers(1, 24))
def test_it_is_the_mean_over_observed_pairs_up_to_the_cutoff(y, row, season):
    changes = [abs(y[t] - y[t - season]) for t in range(season, row + 1)]
    seen = [c for c in changes if not np.isnan(c)]
    got = mase_scales(series_of(y), np.array([row]), season_length=season)[0]
    if seen and np.mean(seen) > 0:
        np.testing.assert_allclose(got, np.mean(seen), rtol=1e-9)
    else:
        assert np.isnan(got)
    squares = [c * c for c in seen]
    got = rmsse_scales(series_of(y), np.array([row]), season_length=season)[0]
    if squares and np.mean(squares) > 0:
        np.testing.assert_allclose(got, np.mean(squares), rtol=1e-9)
    else:
        assert np.isnan(got)


@pytest.mark.parametrize("scales", [mase_scales, rmsse_scales])
@given(y=TARGETS, other=TARGETS, row=st.integers(0, 59))
def test_no_row_after_the_cutoff_and_no_other_cutoff_changes_a_byte(scales, y, other, row):
    changed = np.where(np.arange(60) > row, other, y)
    alone = scales(series_of(y), np.array([row]), season_length=12)
    among = scales(series_of(changed), np.array([3, row, 59]), season_length=12)
    assert alone[0].tobytes() == among[1].tobytes()


@pytest.mark.parametrize("scales", [mase_scales, rmsse_scales])
def test_a_series_that_repeats_itself_has_no_scale(scales):
    got = scales(series_of(np.tile([1.0, 2.0], 9)), np.arange(18), season_length=2)
    assert np.isnan(got).all()


def test_squares_that_no_number_holds_are_no_scale_and_not_an_infinite_one():
    y = series_of([1e200, -1e200, 1e200])
    assert np.isnan(rmsse_scales(y, np.array([1, 2]), season_length=1)).all()


def test_a_cutoff_outside_the_series_knows_none_or_all_of_it():
    got = mase_scales(series_of([1.0, 2.0, 4.0]), np.array([-4, 2, 9]), season_length=1)
    np.testing.assert_array_equal(got, [np.nan, 1.5, 1.5])


def test_a_series_shorter_than_a_season_has_no_scale():
    assert np.isnan(mase_scales(series_of([1.0, 2.0]), np.array([1]), season_length=12)).all()

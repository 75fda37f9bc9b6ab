import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.plots.thin import spread_out, thin

VALUES = st.one_of(
    st.just(float("nan")), st.floats(-1e300, 1e300, allow_nan=False), st.integers(0, 3).map(float)
)
LINES = st.lists(VALUES, min_size=1, max_size=300).map(np.array)
POINTS = st.integers(4, 60)


@given(y=LINES, points=POINTS)
def test_first_last_lowest_and_highest_are_kept(y, points):
    kept = thin(y, points=points)
    assert kept[0] == 0
    assert kept[-1] == len(y) - 1
    if not np.isnan(y).all():
        assert np.nanmin(y[kept]) == np.nanmin(y)
        assert np.nanmax(y[kept]) == np.nanmax(y)


@given(y=LINES, points=POINTS)
def test_never_more_rows_than_asked_and_each_once_in_order(y, points):
    kept = thin(y, points=points)
    assert len(kept) <= points
    assert (np.diff(kept) > 0).all()


@given(y=LINES)
def test_a_line_that_is_short_enough_stays_as_it_is(y):
    assert thin(y, points=max(len(y), 4)).tolist() == list(range(len(y)))


def test_a_spike_of_one_row_among_a_hundred_thousand_survives():
    y = np.zeros(100_000)
    y[77_777] = 1.0
    assert 77_777 in thin(y)


def test_a_long_gap_stays_a_gap():
    y = np.arange(10_000.0)
    y[4_000:6_000] = np.nan
    kept = y[thin(y, points=100)]
    assert np.isnan(kept).any()
    before, after = kept[: np.flatnonzero(np.isnan(kept))[0]], kept[np.isnan(kept).argmax() :]
    assert np.nanmax(before) == 3_999
    assert np.nanmin(after) == 6_000


@given(count=st.integers(1, 500), most=st.integers(2, 60))
def test_places_are_spread_from_the_first_to_the_last(count, most):
    places = spread_out(count, most)
    assert len(places) == min(count, most)
    assert places[0] == 0
    assert places[-1] == count - 1
    assert np.ptp(np.diff(places)) <= 1 if len(places) > 1 else True

"""Steps and dates: each the inverse of the other, and both what pandas says."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.calendar import (
    FREQ_MEANING,
    SEASON_LENGTH,
    Freq,
    dates_of,
    months_of_the_year,
    season_positions,
    steps_of,
)

FREQS = st.sampled_from(get_args(Freq))
DAYS = st.integers(-100_000, 100_000).map(lambda day: np.datetime64(day, "D"))
"""1696 to 2243: the span of datetime64[ns] is a little wider."""

PERIODS = {"MS": "M", "QS": "Q-DEC", "W": "W-SAT", "D": "D"}
"""The same spans in pandas' names of periods; a week is called by its last day there."""

RANGES = {"MS": "MS", "QS": "QS", "W": "W-SUN", "D": "D"}


@given(freq=FREQS, step=st.integers(-3_000, 3_000))
def test_a_step_has_a_date_and_the_date_has_that_step(freq, step):
    if freq == "QS":
        step //= 3
    date = dates_of(step, freq)
    assert date.dtype == np.dtype("datetime64[ns]")
    assert steps_of(date, freq) == step


@given(freq=FREQS, day=DAYS)
def test_every_day_lies_in_the_step_that_begins_at_or_before_it(freq, day):
    step = int(steps_of(np.array(day), freq))
    assert dates_of(step, freq) <= day < dates_of(step + 1, freq)


@given(freq=FREQS, days=st.lists(DAYS, min_size=1, max_size=20))
def test_steps_are_those_of_pandas_periods(freq, days):
    periods = pd.DatetimeIndex(np.array(days, dtype="datetime64[ns]")).to_period(PERIODS[freq])
    starts = periods.start_time.to_numpy().astype("datetime64[ns]")
    steps = steps_of(np.array(days), freq)
    np.testing.assert_array_equal(dates_of(steps, freq), starts)
    ordinals = periods.asi8
    np.testing.assert_array_equal(steps - steps[0], ordinals - ordinals[0])


@pytest.mark.parametrize("freq", get_args(Freq))
def test_the_dates_of_a_range_of_steps_are_those_of_pandas_date_range(freq):
    theirs = pd.date_range("1895-06-01", "2105-06-01", freq=RANGES[freq])
    steps = steps_of(theirs.to_numpy(), freq)
    np.testing.assert_array_equal(np.diff(steps), 1)
    np.testing.assert_array_equal(dates_of(steps, freq), theirs.to_numpy())


@pytest.mark.parametrize(
    ("freq", "day"), [("MS", "1970-01-01"), ("QS", "1970-01-01"), ("W", "1970-01-04")]
)
def test_steps_are_counted_from_1970(freq, day):
    assert steps_of(np.array(day, "M8[D]"), freq) == 0
    assert steps_of(np.array(day, "M8[D]") - 1, freq) == -1


@pytest.mark.parametrize("unit", ["D", "s", "ms", "us", "ns"])
def test_the_unit_of_the_dates_does_not_matter(unit):
    date = np.array(["2014-01-11"], dtype=f"datetime64[{unit}]")
    steps = {freq: int(steps_of(date, freq)[0]) for freq in get_args(Freq)}
    assert steps == {"MS": 528, "QS": 176, "W": 2296, "D": 16081}


@given(freq=FREQS, step=st.integers(-900, 900))
def test_the_month_of_a_step_is_that_of_pandas(freq, step):
    steps = np.array([step])
    theirs = pd.DatetimeIndex(dates_of(steps, freq)).month - 1
    assert months_of_the_year(steps, freq).tolist() == theirs.tolist()


@given(step=st.integers(-2_000, 2_000))
def test_the_place_in_a_season_of_twelve_months_is_the_calendar_month(step):
    steps = np.array([step])
    assert season_positions(steps, 12)[0] == months_of_the_year(steps, "MS")[0]


@given(step=st.integers(-2_000, 2_000), season_length=st.integers(2, 400))
def test_a_season_later_is_the_same_place(step, season_length):
    here, later = season_positions(np.array([step, step + season_length]), season_length)
    assert here == later
    assert 0 <= here < season_length


def test_every_freq_has_a_season_and_a_meaning():
    assert set(SEASON_LENGTH) == set(FREQ_MEANING) == set(get_args(Freq))

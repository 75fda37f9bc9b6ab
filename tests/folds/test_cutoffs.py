"""Partitions and cutoffs: what they mean by hand, by the clock, and as Dagster lists them."""

import datetime as dt
from itertools import pairwise
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.calendar import steps_of
from pipeline.components.partitions import partitions_of, reach
from pipeline.declaration import Every
from pipeline.errors import InputError
from pipeline.folds.cutoffs import cutoff_at, list_cutoffs, period_of, refit_cutoff

UTC = dt.UTC
EVERY = st.sampled_from(get_args(Every))
DAYS = [dt.datetime.fromisoformat(day) for day in ("1999-06-01", "2002-06-01")]
CLOCKS = st.datetimes(*DAYS, timezones=st.just(UTC))
FINER = {"D": "D", "W": "D", "MS": "MS", "QS": "MS"}
"""A freq that fits into each kind of window."""


def days(date: np.datetime64) -> str:
    return str(date.astype("datetime64[D]"))


def test_a_weekly_cutoff_of_daily_data_is_the_saturday_that_ends_its_week(declare):
    data_set = declare(freq="D", cutoffs={"first": "2014-01-05", "every": "W"})
    cutoff = list_cutoffs(data_set, now=dt.datetime(2014, 2, 1, tzinfo=UTC))[0]
    assert (cutoff.key, days(cutoff.ds)) == ("2014-01-05", "2014-01-11")
    assert pd.Timestamp(cutoff.ds).day_name() == "Saturday"


def test_a_monthly_cutoff_of_monthly_data_has_the_date_of_its_key(declare):
    cutoffs = list_cutoffs(declare(), now=dt.datetime(2001, 1, 1, tzinfo=UTC))
    assert [c.key for c in cutoffs] == [days(c.ds) for c in cutoffs]
    assert [c.key for c in cutoffs][:2] == ["2000-01-01", "2000-02-01"]
    assert len(cutoffs) == 12


@pytest.mark.parametrize(
    ("freq", "every", "key", "last_inside"),
    [
        ("D", "MS", "2000-02-01", "2000-02-29"),
        ("D", "QS", "2000-10-01", "2000-12-31"),
        ("MS", "QS", "2000-04-01", "2000-06-01"),
        ("W", "QS", "2000-04-01", "2000-06-25"),
        ("D", "D", "2000-02-29", "2000-02-29"),
    ],
)
def test_a_cutoff_is_the_last_step_of_the_grid_inside_its_window(
    declare, freq, every, key, last_inside
):
    data_set = declare(freq=freq, cutoffs={"first": key, "every": every})
    cutoff = cutoff_at(period_of(key, data_set, where="first"), data_set)
    assert (cutoff.key, days(cutoff.ds)) == (key, last_inside)
    assert steps_of(np.array(cutoff.ds), freq) == cutoff.step


def test_a_window_is_a_partition_from_the_moment_it_has_ended(declare):
    last_second = dt.datetime(2000, 2, 29, 23, 59, 59, tzinfo=UTC)
    before = list_cutoffs(declare(), now=last_second)
    after = list_cutoffs(declare(), now=last_second + dt.timedelta(seconds=1))
    assert [c.key for c in before] == ["2000-01-01"]
    assert [c.key for c in after] == ["2000-01-01", "2000-02-01"]


@given(every=EVERY, early=CLOCKS, later=CLOCKS)
def test_without_a_last_the_cutoffs_only_grow_with_the_clock(declare, every, early, later):
    first = "2000-01-02" if every == "W" else "2000-01-01"
    data_set = declare(freq=FINER[every], cutoffs={"first": first, "every": every})
    early, later = sorted((early, later))
    before, after = (list_cutoffs(data_set, now=now) for now in (early, later))
    assert after[: len(before)] == before
    assert all(b.step > a.step and b.period == a.period + 1 for a, b in pairwise(after))
    assert all(c.ds < np.datetime64(later.replace(tzinfo=None)) for c in after)


@given(every=EVERY, now=CLOCKS, n=st.none() | st.integers(0, 40), skip=st.integers(0, 30))
def test_the_keys_are_the_partition_keys_that_dagster_lists(declare, every, now, n, skip):
    any_set = declare(freq=FINER[every], cutoffs={"first": "2000-01-01", "every": every})
    start = int(steps_of(np.array("2000-01-02", "M8[D]"), every)) + skip
    cutoffs = {"first": cutoff_at(start, any_set).key, "every": every}
    if n is not None:
        cutoffs["last"] = cutoff_at(start + n, any_set).key
    data_set = declare(freq=FINER[every], cutoffs=cutoffs)
    theirs = partitions_of(data_set).get_partition_keys(current_time=now)
    assert [c.key for c in list_cutoffs(data_set, now=now)] == theirs


@pytest.mark.parametrize(
    ("zone", "left_out"), [("Pacific/Apia", "2011-12-30"), ("Pacific/Kwajalein", "1993-08-21")]
)
def test_where_a_zone_left_out_a_day_dagster_lists_the_same_keys_two_days_later(
    declare, zone, left_out
):
    day = dt.datetime.fromisoformat(left_out).replace(tzinfo=UTC)
    first = str((day - dt.timedelta(days=9)).date())
    data_set = declare(freq="D", cutoffs={"first": first, "every": "D"}, timezone=zone)
    theirs = partitions_of(data_set)
    differ = []
    for hour in range(24 * 18):
        now = day + dt.timedelta(days=-8, hours=hour)
        ours = [c.key for c in list_cutoffs(data_set, now=now)]
        if theirs.get_partition_keys(current_time=now) != ours:
            differ.append(now)
    assert 0 < len(differ) <= 24
    assert all(day <= now <= day + dt.timedelta(days=3) for now in differ)


@given(
    every=EVERY,
    refit=st.integers(1, 14),
    first=st.integers(380, 420),
    moved=st.integers(1, 30),
    at=st.integers(0, 60),
)
def test_moving_first_changes_no_refit_cutoff(declare, every, refit, first, moved, at):
    def of_first(period):
        blank = declare(freq=FINER[every], cutoffs={"first": "2000-01-01", "every": every})
        key = cutoff_at(period, blank).key
        return declare(freq=FINER[every], cutoffs={"first": key, "every": every})

    ours, theirs = of_first(first), of_first(first + moved)
    cutoff = cutoff_at(first + moved + at, ours)
    fitted = refit_cutoff(cutoff, refit=refit, data_set=ours)
    assert fitted == refit_cutoff(cutoff, refit=refit, data_set=theirs)
    assert fitted.period % refit == 0
    assert 0 <= cutoff.period - fitted.period < refit


@given(at=st.integers(0, 60))
def test_refit_0_is_once_at_the_first(declare, at):
    data_set = declare()
    first = period_of("2000-01-01", data_set, where="first")
    fitted = refit_cutoff(cutoff_at(first + at, data_set), refit=0, data_set=data_set)
    assert fitted.key == "2000-01-01"


def test_a_refit_cutoff_may_lie_before_the_first(declare):
    data_set = declare(cutoffs={"first": "2000-02-01"})
    cutoff = list_cutoffs(data_set, now=dt.datetime(2001, 1, 1, tzinfo=UTC))[0]
    assert refit_cutoff(cutoff, refit=12, data_set=data_set).key == "2000-01-01"


@pytest.mark.parametrize(
    ("cutoffs", "said"),
    [
        (
            {"first": "2000-01-15"},
            "cutoffs.first: no cutoff window (every: MS) starts on 2000-01-15; "
            "the one that holds it starts on 2000-01-01",
        ),
        (
            {"first": "2000-01-01", "last": "2001-05-31"},
            "cutoffs.last: no cutoff window (every: MS) starts on 2001-05-31; "
            "the one that holds it starts on 2001-05-01",
        ),
        (
            {"first": "2014-01-06", "every": "QS"},
            "cutoffs.first: no cutoff window (every: QS) starts on 2014-01-06; "
            "the one that holds it starts on 2014-01-01",
        ),
        ({"first": "2000-1-1"}, "cutoffs.first: '2000-1-1' is not a day written as 2014-01-05"),
        ({"first": "20000101"}, "cutoffs.first: '20000101' is not a day written as 2014-01-05"),
        ({"first": "2000-13-01"}, "cutoffs.first: '2000-13-01' is not a day written as"),
        ({"first": "2001-02-29"}, "cutoffs.first: '2001-02-29' is not a day written as"),
        (
            {"first": "2001-01-01", "last": "2000-01-01"},
            "cutoffs: first (2001-01-01) lies after last (2000-01-01); exchange them",
        ),
    ],
)
def test_a_first_or_last_that_is_no_window_is_told_in_a_sentence(declare, cutoffs, said):
    with pytest.raises(InputError) as error:
        list_cutoffs(declare(cutoffs=cutoffs), now=dt.datetime(2010, 1, 1, tzinfo=UTC))
    assert said in str(error.value)


def test_a_first_in_the_future_is_no_cutoff_yet(declare):
    assert list_cutoffs(declare(), now=dt.datetime(1990, 1, 1, tzinfo=UTC)) == []


@given(every=EVERY, horizon=st.integers(1, 99), at=st.integers(0, 300))
def test_a_horizon_ends_within_the_windows_that_scores_look_at(declare, every, horizon, at):
    first = "2000-01-02" if every == "W" else "2000-01-01"
    data_set = declare(freq=FINER[every], horizon=horizon, cutoffs={"first": first, "every": every})
    start = period_of(first, data_set, where="first") + at
    cutoff, last = (cutoff_at(start + k, data_set) for k in (0, reach(data_set)))
    assert cutoff.step + horizon <= last.step


@pytest.mark.parametrize("key", ["2999-01-01", "1600-01-01"])
def test_a_year_that_nanoseconds_do_not_reach_is_refused(declare, key):
    with pytest.raises(InputError, match=f"first: {key} is not in the years 1678 to 2199"):
        period_of(key, declare(), where="first")

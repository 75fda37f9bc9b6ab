"""The partitions of a data set and their cutoffs, from the declaration and the clock.

A partition is a window of time named by the day it starts; its cutoff is the last grid step inside
it, and it exists once the window has ended. Refits are counted on the calendar.
"""

import datetime as dt
import functools
import re
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.calendar import Freq, dates_of, steps_of
from pipeline.declaration import DataSet, Every
from pipeline.errors import InputError

_YEARS = (1678, 2199)
"""Nanoseconds since 1970 end in 2262; a horizon must still fit."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, order=True)
class Cutoff:
    """One partition.

    Attributes:
        period: its number, in windows since 1970.
        key: the day its window starts, as 2014-01-05: the partition key.
        step: the last grid step inside the window: the last that a forecast may know.
        ds: the date of that step, datetime64[ns].
    """

    period: int
    key: str
    step: int
    ds: np.datetime64


def cutoff_at(period: int, data_set: DataSet) -> Cutoff:
    """The cutoff of window number `period` since 1970."""
    return _cutoff(period, data_set.every, data_set.freq)


@functools.cache
def _cutoff(period: int, every: Every, freq: Freq) -> Cutoff:
    """Asked for once per fold: worked out once."""
    start, end = (dates_of(p, every) for p in (period, period + 1))
    step = int(steps_of(end - np.timedelta64(1, "D"), freq))
    return Cutoff(
        period, str(start.astype("datetime64[D]")), step, dates_of(np.array([step]), freq)[0]
    )


def period_of(key: str, data_set: DataSet, *, where: str) -> int:
    """The number of the window that a key names.

    Raises:
        InputError: it is no date, or no window starts on that day.
    """
    try:
        day = np.datetime64(dt.date.fromisoformat(key)) if _DAY.fullmatch(key) else None
    except ValueError:
        day = None
    if day is None:
        raise InputError(f"{where}: {key!r} is not a day written as 2014-01-05")
    if not _YEARS[0] <= int(key[:4]) <= _YEARS[1]:
        raise InputError(f"{where}: {key} is not in the years {_YEARS[0]} to {_YEARS[1]}")
    period = int(steps_of(np.array(day), data_set.every))
    start = str(dates_of(period, data_set.every).astype("datetime64[D]"))
    if start != key:
        raise InputError(
            f"{where}: no cutoff window (every: {data_set.every}) starts on {key}; "
            f"the one that holds it starts on {start}"
        )
    return period


def declared_periods(data_set: DataSet) -> tuple[int, int | None]:
    """The numbers of the declared first and last window; None where no last is declared.

    Raises:
        InputError: `first` or `last` is no start of a window, or they are reversed.
    """
    declared = data_set.cutoffs
    first = period_of(declared.first, data_set, where="cutoffs.first")
    if declared.last is None:
        return first, None
    last = period_of(declared.last, data_set, where="cutoffs.last")
    if last < first:
        raise InputError(
            f"cutoffs: first ({declared.first}) lies after last ({declared.last}); exchange them"
        )
    return first, last


def list_cutoffs(data_set: DataSet, *, now: dt.datetime) -> list[Cutoff]:
    """All cutoffs in order: `first` to `last`, or to the last window that has ended by `now`.

    Dagster lists the same keys, but where a zone left out a whole day (Pacific/Apia had no
    2011-12-30, Pacific/Kwajalein no 1993-08-21): there it ends the day after a day late, and a
    `first` or `last` on these days itself is off by one.

    Args:
        data_set: the declaration.
        now: the clock, with its time zone.

    Raises:
        InputError: as `declared_periods`.
    """
    first, last = declared_periods(data_set)
    ended = last_ended(data_set, now=now)
    end = ended if last is None else min(last, ended)
    return [cutoff_at(p, data_set) for p in range(first, end + 1)]


def last_ended(data_set: DataSet, *, now: dt.datetime) -> int:
    """The number of the last window that has ended by `now`: at midnight in the declared zone."""
    assert now.tzinfo is not None, "a clock without a zone names no moment"
    there = now.astimezone(zoneinfo.ZoneInfo(data_set.timezone))
    return int(steps_of(np.array(there.date(), "M8[D]"), data_set.every)) - 1


def refit_cutoff(cutoff: Cutoff, *, refit: int, data_set: DataSet) -> Cutoff:
    """The cutoff at which the model used at `cutoff` is fitted; it may lie before the first.

    Counted on the calendar (period number mod refit), so that moving `first` retrains nothing;
    refit 0 is once, at the first.
    """
    if refit == 0:
        first = period_of(data_set.cutoffs.first, data_set, where="cutoffs.first")
        return cutoff_at(first, data_set)
    return cutoff_at(cutoff.period - cutoff.period % refit, data_set)


def unknown_cutoff(data_set: DataSet, key: str, cutoffs: Sequence[Cutoff]) -> str:
    """The sentence for a cutoff that does not exist."""
    if not cutoffs:
        return (
            f"{data_set.name} has no cutoff yet: its first, {data_set.cutoffs.first}, is not over"
        )
    return (
        f"{data_set.name} has no cutoff {key!r}: they run from {cutoffs[0].key} to "
        f"{cutoffs[-1].key}, one per {data_set.every}"
    )

"""The freq, from the distances between the rows of each series; gaps do not disturb it.

What lies on no grid that the chain knows is told with what to do. Single rows off an otherwise
clear grid are left to cleaning, which names their lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from pipeline.calendar import Dates, Freq
from pipeline.errors import InputError
from pipeline.scaffold.dates import Time
from pipeline.scaffold.rewrite import dates_later
from pipeline.scaffold.sheet import shown

_CLEAR = 0.9
"""Share of rows on a grid from which on the others are mistakes."""

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Spacing:
    """The grid of the rows.

    Attributes:
        freq: its name.
        ds_format: how the time is to be read so that it lies on the grid; None for parts.
        ds: the columns it is read from.
        note: what the format leaves out, for people; empty where nothing.
    """

    freq: Freq
    ds: str | list[str]
    ds_format: str | None
    note: str = ""


def find_spacing(time: Time, series: Int[np.ndarray, " rows"], files: Sequence[str]) -> Spacing:
    """The grid that the rows of all series lie on.

    Args:
        time: the date of every row.
        series: by row the number of its series.
        files: their files, for the command that mends one.

    Raises:
        InputError: there is no such grid, or it is none that the chain knows.
    """
    known = ~np.isnat(time.days)
    gaps = _gaps(time.days[known].astype(np.int64), series[known])
    if not len(gaps):
        raise InputError(f"{_named(time)}: one row a series; a forecast needs rows over time")
    usual = float(np.median(gaps))
    days = time.days[known]
    if usual <= 2 and len(gaps) >= gaps.sum() / 2:
        return Spacing("D", time.ds, time.ds_format, time.note)
    if 5 <= usual <= 9:
        return _weeks(time, days, files)
    if 26 <= usual <= 35:
        return _months(time, days, freq="MS")
    if 88 <= usual <= 93:
        return _months(time, days, freq="QS")
    raise InputError(_no_grid(time, usual))


def _gaps(days: Int[np.ndarray, " rows"], series: Int[np.ndarray, " rows"]) -> np.ndarray:
    """Days from each row to the next of its series."""
    order = np.lexsort((days, series))
    gaps = np.diff(days[order])[np.diff(series[order]) == 0]
    return gaps[gaps > 0]


def _named(time: Time) -> str:
    return " ".join(shown(column) for column in time.columns)


def _no_grid(time: Time, usual: float) -> str:
    if 350 <= usual <= 380:
        return f"{_named(time)}: a row a year; years have no season, QS and shorter are forecast"
    return (
        f"{_named(time)}: mostly {usual:g} days from row to row, which is no grid (months MS, "
        "quarters QS, weeks W, days D): add up or average the rows of each month, week or day first"
    )


def _weeks(time: Time, days: Dates, files: Sequence[str]) -> Spacing:
    counts = np.bincount((days.astype(np.int64) + 3) % 7, minlength=7)
    usual = int(np.argmax(counts))
    if counts[usual] < _CLEAR * len(days):
        raise InputError(_no_grid(time, 7))
    if usual != 6:
        raise InputError(_other_weekday(time, days[0], usual, files))
    return Spacing("W", time.ds, time.ds_format, time.note)


def _other_weekday(time: Time, day: np.datetime64, usual: int, files: Sequence[str]) -> str:
    later = 6 - usual
    command = ""
    if isinstance(time.ds, str) and time.ds_format is not None:
        many = f", and so each of the {len(files)} files" if len(files) > 1 else ""
        command = f"{many}: {dates_later(files, time.ds, time.ds_format, later)}"
    return (
        f"{_named(time)}: weeks dated by a {_WEEKDAYS[usual]} ({day}); a week is dated by the "
        f"Sunday that ends it: write the date {later} day{'s' if later > 1 else ''} later "
        f"({day + later}){command}"
    )


def _months(time: Time, days: Dates, *, freq: Freq) -> Spacing:
    of_month = (days - days.astype("datetime64[M]")).astype(np.int64) + 1
    counts = np.bincount(of_month)
    usual = int(np.argmax(counts))
    if usual == 1 and counts[1] >= _CLEAR * len(days):
        _refuse_other_quarters(time, days, freq=freq)
        return Spacing(freq, time.ds, time.ds_format, time.note)
    if counts[usual] == len(days):
        _refuse_other_quarters(time, days, freq=freq)
        return _without_day(time, usual, freq=freq)
    ends = (days + 1).astype("datetime64[M]").astype("datetime64[D]") == days + 1
    what = "month" if freq == "MS" else "quarter"
    if ends.mean() >= _CLEAR:
        raise InputError(
            f"{_named(time)}: {what}s dated by their last day ({days[0]}); a {what} is dated by "
            f"its first day: write {days[0].astype('datetime64[M]')}-01 for {days[0]}"
        )
    raise InputError(
        f"{_named(time)}: a row a {what}, but on different days of it ({days[0]}, {days[1]}, ...); "
        f"a {what} is dated by its first day: write it so"
    )


def _refuse_other_quarters(time: Time, days: Dates, *, freq: Freq) -> None:
    months = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    if freq == "QS" and not np.isin(months, (1, 4, 7, 10)).mean() >= _CLEAR:
        raise InputError(
            f"{_named(time)}: quarters that begin in other months than January, April, July and "
            f"October ({days[0]}); date each by the first day of the calendar quarter"
        )


def _without_day(time: Time, day: int, *, freq: Freq) -> Spacing:
    """Every row is of the 15th, say: the month is read, and the day is a part of its writing."""
    note = f"every row is of day {day} of its month: the month counts"
    if not isinstance(time.ds, str):
        return Spacing(freq, time.ds[:2], None, note)
    assert time.ds_format is not None
    for letters in ("%d", "%e"):
        if letters in time.ds_format:
            return Spacing(freq, time.ds, time.ds_format.replace(letters, f"{day:02d}"), note)
    raise InputError(f"{_named(time)}: every row is of day {day} of its month; date it by the 1st")

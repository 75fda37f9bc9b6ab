"""Climatology: the mean of what was observed at the same time of the year, up to the cutoff.

Months, quarters and ISO weeks are averaged over all rows so far; days over the days around the same
date in earlier years. Running sums along the rows, so that every row can be a cutoff and none
depends on what comes after it.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from pipeline.baselines.as_of import mean_of, target_rows, target_until
from pipeline.calendar import Freq, dates_of, months_of_the_year
from pipeline.clean.observations import Series

DAYS_AROUND = 7
"""Days before and after the target's day of the year whose rows are averaged."""

LONGEST_HORIZON = 300
"""Steps of daily data: beyond, a cutoff in February would need 28 and 29 February told apart."""

_POSITIONS: dict[Freq, int] = {"MS": 12, "QS": 4, "W": 53}


class _Sums(NamedTuple):
    """What a mean is made of: the sum of the observed values, and how many they are."""

    total: Float[np.ndarray, "cutoffs horizon"]
    count: Float[np.ndarray, "cutoffs horizon"]


def climatology_paths(
    series: Series, rows: Int[np.ndarray, " cutoffs"], *, horizon: int, season_length: int
) -> Float[np.ndarray, "cutoffs horizon"]:
    """The mean of the observed rows <= cutoff at the target's time of the year.

    MS, QS, W: rows of the same month, quarter, ISO week. D: rows of calendar years before the
    target's, within 7 days of its day of the year on a circle of 365 (29 February counts as 28).
    Where no such row was observed: the mean of all observed rows <= cutoff.

    Args:
        series: its target in its own unit, NaN where nothing was observed.
        rows: the cutoffs, inclusive.
        horizon: steps to forecast; at most 300 for daily data.
        season_length: taken because all baselines are called alike; it changes nothing here.

    Returns:
        float64 in the unit of the target; NaN where nothing was observed yet.
    """
    y = target_until(series, rows)
    targets = target_rows(rows, horizon)
    find = _around_the_day if series.freq == "D" else _at_the_position
    same_time = find(y, series, rows=rows, targets=targets)
    seen = ~np.isnan(y)
    mean_so_far = mean_of(np.cumsum(np.where(seen, y, 0.0)), np.cumsum(seen, dtype=np.float64))
    mean = mean_of(same_time.total, same_time.count)
    return np.where(same_time.count > 0, mean, mean_so_far[rows, None])


def _at_the_position(
    y: Float[np.ndarray, " reached"],
    series: Series,
    *,
    rows: Int[np.ndarray, " cutoffs"],
    targets: Int[np.ndarray, "cutoffs horizon"],
) -> _Sums:
    """Sums over rows <= cutoff that lie in the same month, quarter or ISO week as the target."""
    own = _positions(series.first_step + np.arange(len(y)), series.freq)
    wanted = _positions(series.first_step + targets, series.freq)
    sums = []
    for part in (np.where(np.isnan(y), 0.0, y), (~np.isnan(y)).astype(np.float64)):
        table = np.zeros((len(y), _POSITIONS[series.freq]))
        table[np.arange(len(y)), own] = part
        sums.append(np.cumsum(table, axis=0)[rows[:, None], wanted])
    return _Sums(*sums)


def _positions(steps: Int[np.ndarray, "*shape"], freq: Freq) -> Int[np.ndarray, "*shape"]:
    """The month, quarter or ISO week of each step, from 0.

    An ISO week has the number of its Thursday's week in that Thursday's year (ISO 8601); steps of
    freq W are the Sundays that end it.
    """
    if freq == "MS":
        return months_of_the_year(steps, freq)
    if freq == "QS":
        return months_of_the_year(steps, freq) // 3
    thursdays = dates_of(steps, freq).astype("datetime64[D]") - 3
    first_days = thursdays.astype("datetime64[Y]").astype("datetime64[D]")
    return (thursdays - first_days).astype(np.int64) // 7


def _around_the_day(
    y: Float[np.ndarray, " reached"],
    series: Series,
    *,
    rows: Int[np.ndarray, " cutoffs"],
    targets: Int[np.ndarray, "cutoffs horizon"],
) -> _Sums:
    """Sums over rows <= cutoff in earlier years than the target's, on days around its day.

    These are all rows of the years before the cutoff's; and, for targets in a later year than the
    cutoff's, also rows of the cutoff's own year.
    """
    assert targets.shape[1] <= LONGEST_HORIZON, "28 and 29 February share a cell"
    years, days = _years_and_days(series.first_step + np.arange(len(y)))
    target_years, target_days = _years_and_days(series.first_step + targets)
    cell = (years - years[0]) * 365 + days
    own_year = years[rows] - years[0]
    later = np.nonzero(target_years > years[rows, None])
    row = rows[later[0]]
    sums = []
    for part in (np.where(np.isnan(y), 0.0, y), (~np.isnan(y)).astype(np.float64)):
        table = np.bincount(cell, part, minlength=(cell[-1] // 365 + 1) * 365).reshape(-1, 365)
        total = _years_before(table)[own_year[:, None], target_days]
        total[later] += _until_the_cutoff(
            table, own_year[later[0]], days=target_days[later], cutoff_days=days[row]
        )
        sums.append(total)
    return _Sums(*sums)


def _years_and_days(
    steps: Int[np.ndarray, "*shape"],
) -> tuple[Int[np.ndarray, "*shape"], Int[np.ndarray, "*shape"]]:
    """The calendar year of each day since 1970, and its day of the year 0 to 364.

    29 February is day 58, as is 28 February, and 1 March is day 59 in every year.
    """
    dates = dates_of(steps, "D").astype("datetime64[D]")
    years = dates.astype("datetime64[Y]")
    days = (dates - years.astype("datetime64[D]")).astype(np.int64)
    lengths = ((years + 1).astype("datetime64[D]") - years.astype("datetime64[D]")).astype(np.int64)
    return years.astype(np.int64) + 1970, days - ((lengths == 366) & (days >= 59))


def _years_before(table: Float[np.ndarray, "years 365"]) -> Float[np.ndarray, "years 365"]:
    """For each year and day the sum over all earlier years of the days around that day."""
    around = np.zeros_like(table)
    for offset in range(-DAYS_AROUND, DAYS_AROUND + 1):
        around += np.roll(table, -offset, axis=1)
    return np.concatenate([np.zeros((1, 365)), np.cumsum(around, axis=0)[:-1]])


def _until_the_cutoff(
    table: Float[np.ndarray, "years 365"],
    own_year: Int[np.ndarray, " targets"],
    *,
    days: Int[np.ndarray, " targets"],
    cutoff_days: Int[np.ndarray, " targets"],
) -> Float[np.ndarray, " targets"]:
    """For each target the sum over days around its day in the cutoff's year, up to the cutoff."""
    total = np.zeros(len(days))
    for offset in range(-DAYS_AROUND, DAYS_AROUND + 1):
        day = (days + offset) % 365
        total += np.where(day <= cutoff_days, table[own_year, day], 0.0)
    return total

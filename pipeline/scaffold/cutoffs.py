"""From when on the models are judged: the first cutoff, how often, how late a series may be.

Early enough for two dozen cutoffs where the rows allow it, late enough that every model has the
rows it needs.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from pipeline.calendar import dates_of, season_positions, steps_of
from pipeline.clean.observations import Observations, Series
from pipeline.declaration import DataSet
from pipeline.folds.cutoffs import cutoff_at
from pipeline.folds.fold import staleness

_WANTED = {"MS": 60, "QS": 24, "W": 52, "D": 90}
"""Cutoffs that are worth their time: five years of months, a year of weeks."""

ENOUGH = {"MS": 24, "QS": 12, "W": 24, "D": 24}
"""Cutoffs below which a leaderboard says little, by how often there is one."""

_LATEST = {"MS": 3, "QS": 1, "W": 2, "D": 7}
"""Steps that a series may be late and still be called so; later it has ended."""


@dataclass(frozen=True)
class History:
    """The cutoffs that the rows allow.

    Attributes:
        first: number of the first window, in windows since 1970.
        last: number of the last window that has ended and that some series reaches.
    """

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many cutoffs there are."""
        return max(0, self.last - self.first + 1)


NO_HISTORY = History(0, -1)
"""Nothing is known of the rows yet."""


def choose_history(data_set: DataSet, observations: Observations, *, now: dt.datetime) -> History:
    """The cutoffs to declare: those of the later half of the rows, or more if that is too few.

    Counted back from where the usual series ends, and not before it has the rows that the models
    need: where some series ended long ago their forecasts are of that time.

    Args:
        data_set: what is declared so far; its first cutoff says nothing yet.
        observations: the clean rows.
        now: the clock.
    """
    series, every = observations.series.values(), data_set.every
    ended = int(steps_of(np.array(now.date(), "M8[D]"), every)) - 1
    last = min(ended, _last_period(observations.last_step, data_set))
    starts = [step for s in series if (step := _needed_step(s, data_set.needed_rows)) is not None]
    if not starts:
        return History(last + 1, last)
    ends = [min(ended, _last_period(_last_step(s), data_set)) for s in series]
    usual_end = sorted(ends)[(len(ends) - 1) // 2]
    begin = _last_period(min(s.first_step for s in series), data_set)
    wanted = min(_WANTED[every], max(ENOUGH[every], (usual_end - begin) // 2))
    earliest = _first_period(sorted(starts)[(len(starts) - 1) // 2], data_set)
    return History(max(earliest, usual_end - wanted + 1), last)


def _needed_step(series: Series, needed: int) -> int | None:
    """The step at which a series has the observed targets that the models need."""
    observed = np.flatnonzero(~np.isnan(series.y))
    return series.first_step + int(observed[needed - 1]) if len(observed) >= needed else None


def _last_period(step: int, data_set: DataSet) -> int:
    """The last window whose cutoff is at or before a step."""
    day = dates_of(np.array([step]), data_set.freq)[0]
    period = int(steps_of(np.array(day), data_set.every))
    return period if cutoff_at(period, data_set).step <= step else period - 1


def _first_period(step: int, data_set: DataSet) -> int:
    """The first window whose cutoff is at or after a step."""
    return _last_period(step - 1, data_set) + 1


def find_staleness(data_set: DataSet, observations: Observations, history: History) -> int:
    """Steps that a series may be late: so many that nine in ten folds are ready, if a few do.

    Args:
        data_set: what is declared so far.
        observations: the clean rows.
        history: the cutoffs.
    """
    steps = np.array(
        [cutoff_at(p, data_set).step for p in range(history.first, history.last + 1)],
        dtype=np.int64,
    )
    limit = _LATEST[data_set.freq]
    late = np.concatenate([_lateness(s, steps, limit) for s in observations.series.values()])
    ends = [observations.last_step - _last_step(s) for s in observations.series.values()]
    lagging = max([end for end in ends if end <= limit], default=0)
    if not len(late):
        return lagging
    shares = [float((late <= k).mean()) for k in range(limit + 1)]
    if shares[0] >= 0.9 or shares[limit] < 0.9:
        return lagging
    return max(lagging, next(k for k, share in enumerate(shares) if share >= 0.9))


def _last_step(series: Series) -> int:
    return series.first_step + int(np.flatnonzero(~np.isnan(series.y))[-1])


def _lateness(
    series: Series, steps: Int[np.ndarray, " cutoffs"], limit: int
) -> Int[np.ndarray, " cutoffs"]:
    """Steps from the last observed target to each cutoff between the first and the last row."""
    rows = steps - series.first_step
    within = (rows >= 0) & (steps <= _last_step(series) + limit)
    return staleness(~np.isnan(series.y), rows[within])


def has_whole_season(series: Series, season_length: int, *, until: int) -> bool:
    """Whether each position of the season has been observed up to a step."""
    seen = series.steps[~np.isnan(series.y)]
    positions = season_positions(seen[seen <= until], season_length)
    return len(np.unique(positions)) == season_length


def complete_rows(series: Series, *, lags: int, until: int) -> int:
    """Rows up to a step whose target and lags are all observed: what AR is fitted on."""
    seen: Bool[np.ndarray, " rows"] = ~np.isnan(series.y[: max(0, until - series.first_step + 1)])
    counts = np.concatenate([[0], np.cumsum(seen)])
    if len(seen) <= lags:
        return 0
    return int((counts[lags + 1 :] - counts[: -(lags + 1)] == lags + 1).sum())

"""Where in its season each row lies, as sine and cosine: known for every row, past or to come.

Two numbers instead of one, so that December lies beside January. Weeks are those of ISO 8601. Years
have 365 or 366 days and 52 or 53 weeks: each goes once around its circle. No pandas here.
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int

from pipeline.calendar import Dates

Place = tuple[Int[np.ndarray, " rows"], Int[np.ndarray, " rows"]]
"""Position in the season, from 0, and the season's length."""


def calendar_features(dates: Dates, seasons: Sequence[str]) -> Float[np.ndarray, "rows features"]:
    """Sine and cosine of the position in each season: two columns a season, in their order.

    Args:
        dates: of each row, datetime64.
        seasons: of `SEASONS`.

    Returns:
        float64 in -1..1; a row's numbers depend on its date alone, to the bit.
    """
    days = dates.astype("datetime64[D]")
    columns = []
    for season in seasons:
        position, length = SEASONS[season](days)
        # A season has few lengths and positions: from a table, a row's bits do not depend on how
        # many rows are computed with it.
        longest = int(length.max(initial=1))
        for wave in (np.sin, np.cos):
            tables = {n: wave(2 * np.pi * np.arange(longest) / n) for n in np.unique(length)}
            found = np.empty(len(days))
            for n, table in tables.items():
                found[length == n] = table[position[length == n]]
            columns.append(found)
    return np.column_stack(columns) if columns else np.empty((len(days), 0))


def _month(days: Dates) -> Place:
    return _months(days), np.full(len(days), 12)


def _quarter(days: Dates) -> Place:
    return _months(days) // 3, np.full(len(days), 4)


def _week(days: Dates) -> Place:
    """Week of the ISO year: a week, and the year it counts to, is where its Thursday lies."""
    thursdays = days - _weekdays(days) + 3
    years = thursdays.astype("datetime64[Y]")
    # 28 December always lies in the last week of its ISO year.
    last = (years + 1).astype("datetime64[D]") - 4
    return _week_of(thursdays), _week_of(last - _weekdays(last) + 3) + 1


def _day_of_week(days: Dates) -> Place:
    return _weekdays(days), np.full(len(days), 7)


def _day_of_year(days: Dates) -> Place:
    years = days.astype("datetime64[Y]")
    starts, ends = years.astype("datetime64[D]"), (years + 1).astype("datetime64[D]")
    return (days - starts).astype(np.int64), (ends - starts).astype(np.int64)


SEASONS: dict[str, Callable[[Dates], Place]] = {
    "month": _month,
    "quarter": _quarter,
    "week": _week,
    "day_of_week": _day_of_week,
    "day_of_year": _day_of_year,
}
"""Every season by its name; which of them a freq has is in `pipeline/rnn/presets.py`."""


def _months(days: Dates) -> Int[np.ndarray, " rows"]:
    return days.astype("datetime64[M]").astype(np.int64) % 12


def _weekdays(days: Dates) -> Int[np.ndarray, " rows"]:
    """0 on Monday; 1970-01-01 was a Thursday."""
    return (days.astype(np.int64) + 3) % 7


def _week_of(thursdays: Dates) -> Int[np.ndarray, " rows"]:
    """The week of the year that a Thursday lies in, from 0."""
    starts = thursdays.astype("datetime64[Y]").astype("datetime64[D]")
    return (thursdays - starts).astype(np.int64) // 7

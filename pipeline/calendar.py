"""Time as whole steps since 1970: every regular grid is a range of integers, and back to dates.

A step number depends on the calendar alone, never on where a series begins, so rows put before or
after a series renumber nothing. No pandas here: definitions load without it.
"""

from typing import Literal

import numpy as np
from jaxtyping import Int

Freq = Literal["MS", "QS", "W", "D"]
"""Grid of a series: months and quarters by their first day, weeks by the Sunday they end on, days.

That is what pandas calls W (W-SUN), and the week is the ISO week of that Sunday."""

SEASON_LENGTH: dict[Freq, int] = {"MS": 12, "QS": 4, "W": 52, "D": 7}
"""Steps in a season, unless declared."""

FREQ_MEANING: dict[Freq, str] = {
    "MS": "the first day of a month",
    "QS": "the first day of a quarter (January, April, July, October)",
    "W": "a Sunday",
    "D": "a day",
}

_FIRST_SUNDAY = 3
"""1970-01-04 in days since 1970-01-01: the week that steps of freq W are counted from."""

Dates = np.ndarray
"""datetime64 of any unit; the functions here return unit ns, as pandas 2 stores it."""


def steps_of(dates: Dates, freq: Freq) -> Int[np.ndarray, "*shape"]:
    """The step that each date lies in: months, quarters, weeks or days since 1970.

    A date inside a step (the 15th of a month) gets the step's number; `dates_of` gives the step's
    own date back, so `dates_of(steps_of(d)) != d` tells a date that is off the grid.
    """
    if freq in ("MS", "QS"):
        months = dates.astype("datetime64[M]").astype(np.int64)
        return months if freq == "MS" else months // 3
    days = dates.astype("datetime64[D]").astype(np.int64)
    return days if freq == "D" else (days - _FIRST_SUNDAY) // 7


def dates_of(steps: Int[np.ndarray, "*shape"] | int, freq: Freq) -> Dates:
    """The date of each step: datetime64[ns], the inverse of `steps_of` on the grid."""
    number = np.asarray(steps, dtype=np.int64)
    if freq in ("MS", "QS"):
        months = number if freq == "MS" else number * 3
        return months.astype("datetime64[M]").astype("datetime64[ns]")
    days = number if freq == "D" else number * 7 + _FIRST_SUNDAY
    return days.astype("datetime64[D]").astype("datetime64[ns]")


def months_of_the_year(steps: Int[np.ndarray, "*shape"], freq: Freq) -> Int[np.ndarray, "*shape"]:
    """The calendar month of each step, 0 (January) to 11."""
    return dates_of(steps, freq).astype("datetime64[M]").astype(np.int64) % 12


def season_positions(
    steps: Int[np.ndarray, "*shape"], season_length: int
) -> Int[np.ndarray, "*shape"]:
    """Where in its season each step lies, 0 to season_length - 1, counted from 1970.

    For monthly data with season_length 12 this is the calendar month, January = 0.
    """
    return np.asarray(steps, dtype=np.int64) % season_length

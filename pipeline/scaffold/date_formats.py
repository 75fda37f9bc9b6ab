"""Text that is a date, and how it is written: formats tried on all values of a column.

A time of day that is the same in every row is no part of the date: it stands in the format as it
stands in the file. Which column is the time is decided in `dates.py`.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

_MARKS = ("-", "/", ".", " ")
"""What stands between the parts of a date."""

_WITH_NUMBERS = [
    order.replace(" ", mark)
    for order in ("%Y %m %d", "%d %m %Y", "%m %d %Y", "%d %m %y", "%m %d %y", "%y %m %d")
    for mark in _MARKS
]
"""Days in numbers."""

_WITH_NAMES = [
    order.replace(" ", mark).replace("%b", month)
    for order in ("%d %b %Y", "%d %b %y", "%Y %b %d", "%b %d %Y")
    for mark in _MARKS
    for month in ("%b", "%B")
]
"""Days with the month's English name, short or long."""

_IN_WORDS = [
    f"{weekday}{day}"
    for weekday in ("", "%a %", "%a, %", "%A, %")
    for day in ("b %d, %Y", "B %d, %Y", "b %d %Y", "d %b %Y", "d %B %Y", "d. %B %Y")
    if weekday
] + ["%b %d, %Y", "%B %d, %Y", "%d. %B %Y"]
"""Days as in letters, with or without the weekday."""

_DAYS = ("%Y-%m-%d", "%Y%m%d", *_WITH_NUMBERS, *_WITH_NAMES, *_IN_WORDS, "%d%b%Y", "%Y-%j")

_MONTHS = (
    "%Y%m",
    "%YM%m",
    "%Y_%m",
    *(
        order.replace(" ", mark)
        for order in ("%Y %m", "%m %Y", "%b %Y", "%B %Y", "%b %y", "%B %y", "%Y %b", "%Y %B")
        for mark in _MARKS
    ),
)
"""How months are written; their day is the first."""

FORMATS = (*_DAYS, *_MONTHS)
"""Tried in this order; of those that read the same dates the first is taken."""

_CLOCK = re.compile(
    r"(?P<date>.*?\d)(?P<clock>(?:T|,? +)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?"
    r"(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)"
)
"""A date with a time of day behind it."""

_MIDNIGHT = {" 00:00": " %H:%M", " 00:00:00": " %H:%M:%S", "T00:00:00": "T%H:%M:%S"}
"""Midnight is written with the letters that people know."""

_DIGITS = {"%Y%m%d": r"\d{8}", "%Y%m": r"\d{6}", "%Y-%j": r"\d{4}-\d{3}"}
"""Where strptime would read fewer digits too: 2024111 in two ways, 1949-01 as a day."""


@dataclass(frozen=True)
class Reading:
    """One way to read all values of a column as dates.

    Attributes:
        ds_format: in the letters of strptime.
        days: by text, its date.
        clocks: the times of day, as they are written; more than one: not a grid of days.
    """

    ds_format: str
    days: dict[str, dt.date]
    clocks: tuple[str, ...]

    @property
    def note(self) -> str:
        """That a time of day is left out, for people."""
        clock = self.clocks[0].strip(" ,T")
        return "" if not clock or self.clocks[0] in _MIDNIGHT else f"all at {clock}: the day counts"


def readings_of(values: Sequence[str], *, share: float = 1.0) -> list[Reading]:
    """Every way to read distinct texts as dates that says something else.

    Args:
        values: distinct texts, none of them empty.
        share: how many of them must be dates, 0 to 1; all of them where nothing is said.
    """
    if not values or len(values[0]) > 60:
        return []
    split = {value: split_clock(value) for value in values}
    clocks = tuple(dict.fromkeys(clock for _, clock in split.values()))
    found: list[Reading] = []
    for date_format in FORMATS:
        days = _days_of(split, date_format, share=share)
        if days and all(days != other.days for other in found):
            tail = _MIDNIGHT.get(clocks[0], clocks[0]) if len(clocks) == 1 else ""
            found.append(Reading(date_format + tail, days, clocks))
    return found


def split_clock(value: str) -> tuple[str, str]:
    """The date of a text, and the time of day behind it with what parts the two."""
    match = _CLOCK.fullmatch(value)
    return (match["date"], match["clock"]) if match else (value, "")


def is_day(text: str) -> bool:
    """Whether a text is a date of one day, with a year of four digits."""
    date, _ = split_clock(text)
    return any("%Y" in f and day_of(date, f) is not None for f in _DAYS)


def day_of(text: str, date_format: str) -> dt.date | None:
    """The date of a text in a format, None where it is not written so."""
    if date_format in _DIGITS and not re.fullmatch(_DIGITS[date_format], text):
        return None
    try:
        return dt.datetime.strptime(text, date_format).date()  # noqa: DTZ007 - files have no zones
    except (ValueError, OverflowError):
        return None


def _days_of(
    split: dict[str, tuple[str, str]], date_format: str, *, share: float
) -> dict[str, dt.date] | None:
    """The dates of all texts, None where too few are written so."""
    days: dict[str, dt.date] = {}
    allowed = int(len(split) * (1 - share))
    for number, (value, (date, _)) in enumerate(split.items()):
        day = day_of(date, date_format)
        if day is not None and 1678 <= day.year <= 2199:
            days[value] = day
        elif number + 1 - len(days) > allowed:
            return None
    return days

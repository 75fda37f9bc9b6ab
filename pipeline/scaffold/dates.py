"""Which column is the time, and how it is written.

Year, month and day in columns of their own are in `date_parts.py`, formats in `date_formats.py`,
distances between dates in `spacing.py`.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.calendar import Dates
from pipeline.errors import InputError
from pipeline.raw.text import trim_spaces
from pipeline.raw.times import check_format, read_date_parts, read_dates
from pipeline.raw.values import is_number
from pipeline.scaffold.date_formats import Reading, readings_of
from pipeline.scaffold.date_parts import NEARLY, days_of_parts, parts_by_name
from pipeline.scaffold.question import Answers, Ask, Candidate, Question
from pipeline.scaffold.rewrite import days_of_hours
from pipeline.scaffold.sheet import (
    Sheet,
    candidate,
    listed_columns,
    place_column,
    shown,
    split_names,
)

_NO_DATES = {
    r"\d{4}[- ]?[Qq][1-4]|[Qq][1-4][- /]?\d{4}": "quarters by number: write a quarter's first day, "
    "as 2024-04-01",
    r"\d{4}-?[Ww]\d{1,2}|[Ww]\d{1,2}[- /]?\d{4}": "weeks by number: write the Sunday that a week "
    "ends on, as 2024-02-04",
    r"1\d{9}(\d{3})?(\.0)?": "seconds or milliseconds since 1970: write dates, as 2024-02-04",
    r"[34]\d{4}": "days as a spreadsheet counts them: format the column as dates, as 2024-02-04",
    r"(17|18|19|20)\d{2}": "years: a series of years has no season; quarters (QS) and shorter are "
    "forecast",
}
"""How some columns tell the time that no format reads, and what to do."""


@dataclass(frozen=True)
class Time:
    """The time of every row.

    Attributes:
        ds: the column, or year, month and day.
        ds_format: how the column is written; None for parts.
        days: by row its date, datetime64[D]; NaT where none can be read.
        note: what the format leaves out, for people; empty where nothing.
    """

    ds: str | list[str]
    ds_format: str | None
    days: Dates
    note: str = ""

    @property
    def columns(self) -> list[str]:
        """The columns it is made of."""
        return [self.ds] if isinstance(self.ds, str) else self.ds


def find_time(sheet: Sheet, answers: Answers, ask: Ask) -> Time:
    """The time of every row; a column that can be read in two ways is asked for.

    Raises:
        InputError: no column, or not one alone, holds dates; or their time of day changes.
    """
    time = _find(sheet, answers, ask)
    _refuse_unreadable(sheet, time)
    return time


def _find(sheet: Sheet, answers: Answers, ask: Ask) -> Time:
    if answers.ds is not None:
        names = split_names(sheet, answers.ds, option="--ds")
        if len(names) > 1:
            return Time(names[:3], None, days_of_parts(sheet, names[:3]))
        return _time_of_column(sheet, names[0], answers.ds_format, ask=ask)
    if answers.ds_format is not None:
        column = _only(sheet, _written_as(sheet, answers.ds_format), ask=ask)
        return _time_of_column(sheet, column, answers.ds_format, ask=ask)
    dated = {c: readings_of(sheet.distinct(c)) for c in sheet.columns}
    plain = [c for c in sheet.columns if dated[c] and not is_number(sheet.distinct(c)[0])]
    parts = parts_by_name(sheet)
    if not plain and parts:
        return Time(parts, None, days_of_parts(sheet, parts))
    columns = plain or [c for c in sheet.columns if dated[c]] or _nearly_dated(sheet)
    if not columns:
        raise InputError(_no_dates(sheet))
    return _time_of_column(sheet, _only(sheet, _grids(dated, columns), ask=ask), None, ask=ask)


def _refuse_unreadable(sheet: Sheet, time: Time) -> None:
    """A cell that is no date, as the chain tells it."""
    if not np.isnat(time.days).any():
        return
    for part in sheet.parts:
        text = [trim_spaces(part.text[column]) for column in time.columns]
        if time.ds_format is None:
            read_date_parts(part, time.columns, text=text)
        else:
            read_dates(part, time.columns[0], text=text[0], ds_format=time.ds_format)


def _grids(dated: dict[str, list[Reading]], columns: list[str]) -> list[str]:
    """Without columns that hold one date, and without those whose time of day changes."""
    moving = [c for c in columns if not dated[c] or len(set(dated[c][0].days.values())) > 1]
    still = [c for c in moving if not dated[c] or len(dated[c][0].clocks) == 1]
    return still or moving or columns


def _only(sheet: Sheet, columns: list[str], *, ask: Ask) -> str:
    if len(columns) == 1:
        return columns[0]
    candidates = [candidate(c, _some(sheet.distinct(c))) for c in columns]
    return place_column(
        sheet, ask(Question("--ds", "which column is the time?", candidates)), option="--ds"
    )


def _some(values: Sequence[str]) -> str:
    return ", ".join(values[:3]) + (", ..." if len(values) > 3 else "")


def _written_as(sheet: Sheet, ds_format: str) -> list[str]:
    """The columns whose first value is written so."""
    check_format(ds_format)
    found = [
        c for c in sheet.columns if sheet.distinct(c)[:1] and _read(sheet.distinct(c)[0], ds_format)
    ]
    if not found:
        raise InputError(
            f"--ds-format: no column begins with a date written as {ds_format}; the files have "
            f"{listed_columns(sheet)}"
        )
    return found


def _read(text: str, ds_format: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, ds_format).date()  # noqa: DTZ007 - files have no zones
    except (ValueError, OverflowError):
        return None


def _time_of_column(sheet: Sheet, column: str, ds_format: str | None, *, ask: Ask) -> Time:
    values, note = sheet.distinct(column), ""
    if ds_format is None:
        readings = readings_of(values) or readings_of(values, share=NEARLY)
        if not readings:
            raise InputError(
                f"--ds: {shown(column)} holds no dates that can be read ({_some(values)}); say how "
                "they are written with --ds-format, as %d.%m.%Y"
            )
        _refuse_clocks(sheet, column, readings[0])
        ds_format, note = readings[0].ds_format, readings[0].note
        if len(readings) > 1:
            ds_format = ask(_which_order(column, readings))
    check_format(ds_format)
    days = {value: _read(value, ds_format) for value in values}
    if not any(days.values()):
        raise InputError(
            f"--ds-format: nothing in {shown(column)} is written as {ds_format}: {_some(values)}"
        )
    return Time(column, ds_format, _days_by_row(sheet, column, days), note)


def _which_order(column: str, readings: Sequence[Reading]) -> Question:
    """Whether 01/02/2024 is in January or in February; the values do not say it."""
    candidates = []
    for reading in readings:
        days = list(dict.fromkeys(reading.days.values()))[:3]
        words = ", ".join(f"{d.day} {d:%B} {d.year}" for d in days)
        candidates.append(Candidate(reading.ds_format, words))
    value = next(iter(readings[0].days))
    return Question(
        "--ds-format", f'how are the dates of {shown(column)} written ("{value}", ...)?', candidates
    )


def _refuse_clocks(sheet: Sheet, column: str, reading: Reading) -> None:
    if len(reading.clocks) > 1:
        clocks = ", ".join((c.strip(" ,T") or "none") for c in reading.clocks[:3])
        raise InputError(
            f"{shown(column)} has changing times of day ({clocks}, ...); the grids are months, "
            "quarters, weeks and days, none finer: add up or average the rows of each day first"
            f"{days_of_hours(sheet, column)}"
        )


def _days_by_row(sheet: Sheet, column: str, days: dict[str, dt.date | None]) -> Dates:
    coded = sheet.text[column].dictionary_encode()
    found = [days.get(text) for text in coded.dictionary.to_pylist()]
    return np.array(found, dtype="datetime64[D]")[coded.indices.to_numpy()]


def _nearly_dated(sheet: Sheet) -> list[str]:
    """Columns most of whose texts are dates: the reader names the line that is none."""
    return [c for c in sheet.columns if readings_of(sheet.distinct(c), share=NEARLY)]


def _no_dates(sheet: Sheet) -> str:
    for column in sheet.columns:
        for pattern, what in _NO_DATES.items():
            values = sheet.distinct(column)
            if values and all(re.fullmatch(pattern, value) for value in values):
                return f"{shown(column)} ({_some(values)}) seems to hold {what}"
    firsts = "; ".join(f"{shown(c)}: {_some(sheet.distinct(c)[:2])}" for c in sheet.columns[:8])
    return (
        "no column holds dates that can be read; name it with --ds and say how it is written with "
        f"--ds-format, as %d.%m.%Y. The files have {firsts}"
    )

"""Which columns are numbers, and which of those nobody would forecast.

The grammar of numbers is that of `raw/values.py`: a cell that the chain refuses is no number here.
"""

import re
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from pipeline.calendar import Dates
from pipeline.errors import InputError
from pipeline.raw.text import blank, is_one_of, trim_spaces
from pipeline.raw.values import is_number, read_numbers
from pipeline.scaffold.dates import Time
from pipeline.scaffold.sheet import Sheet

_DECORATED = re.compile(r"[^A-Za-z]{0,4}[0-9][0-9\s.,'_\u2019]*[^0-9]{0,4}")
"""What people read as a number: 1,234.50 or 12 % or $ 3."""

_CODES = re.compile(r"[+-]?9{2,6}(\.[09]{1,2})?")
"""What stands for "missing" in many archives: -9999, -99.9, 99999."""


@dataclass(frozen=True)
class Numbers:
    """A column that holds numbers, or is meant to.

    Attributes:
        name: the column.
        values: float64 [rows], NaN where a cell is empty or, with a fault, no number.
        fault: what the chain says about the first cell that is no number; empty where all are.
        n_faults: how many cells are no number.
        odd: the first of these cells.
    """

    name: str
    values: Float[np.ndarray, " rows"]
    fault: str = ""
    n_faults: int = 0
    odd: str = ""

    @property
    def meaning(self) -> str:
        """Its range, for a person who has to choose."""
        if self.fault:
            return "not all of its cells are numbers"
        return f"{np.nanmin(self.values):g} to {np.nanmax(self.values):g}"


def numbers_in(sheet: Sheet, column: str) -> Numbers | None:
    """A column as numbers, None where its texts are something else."""
    distinct = [text for text in sheet.distinct(column) if text not in sheet.missing]
    plain = {text for text in distinct if is_number(text)}
    looking = [text for text in distinct if text in plain or _DECORATED.fullmatch(text)]
    if not distinct or len(looking) < max(1, len(distinct) / 2):
        return None
    values, fault = [], ""
    for part in sheet.parts:
        text = trim_spaces(part.text[column])
        try:
            found, _ = read_numbers(part, column, blank(text, is_one_of(text, sheet.missing)))
        except InputError as error:
            fault = fault or str(error)
            found = np.full(len(part.lines), np.nan)
        values.append(found)
    if not fault and np.isnan(np.concatenate(values)).all():
        return None
    fine = {"", *plain, *sheet.missing}
    odd = [text for text in sheet.text[column].to_pylist() if text not in fine]
    return Numbers(column, np.concatenate(values), fault, len(odd), odd[0] if odd else "")


def why_not(numbers: Numbers, time: Time, series: Int[np.ndarray, " rows"]) -> str:
    """Why nobody would forecast a column, in words; empty where somebody might.

    Args:
        numbers: the column.
        time: the date of every row.
        series: by row the number of its series.
    """
    if numbers.fault:
        return ""
    values = numbers.values
    if _never_changes(values, series):
        return "never changes"
    if _counts_rows(values):
        return "a row number"
    if _of_the_calendar(values, time.days):
        return "follows from the date"
    return ""


def _never_changes(values: Float[np.ndarray, " rows"], series: Int[np.ndarray, " rows"]) -> bool:
    """Whether a series has one value in all its rows: where it lies, what number it has."""
    pairs = np.unique(np.stack([series.astype(np.float64), values]), axis=1, equal_nan=False)
    return pairs.shape[1] == len(np.unique(series)) < len(values)


def _counts_rows(values: Float[np.ndarray, " rows"]) -> bool:
    return bool(len(values) > 2 and values[0] in (0, 1) and (np.diff(values) == 1).all())


def _of_the_calendar(values: Float[np.ndarray, " rows"], days: Dates) -> bool:
    """Whether a column is the year, month, day, weekday, week or quarter of its row."""
    if np.isnat(days).any():
        return False
    months = days.astype("datetime64[M]").astype(np.int64)
    year_starts = days.astype("datetime64[Y]").astype("datetime64[D]")
    day_of_year = (days - year_starts).astype(np.int64) + 1
    weekday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    thursdays = days - weekday + 3
    thursday_years = thursdays.astype("datetime64[Y]").astype("datetime64[D]")
    week = (thursdays - thursday_years).astype(np.int64) // 7 + 1
    features = [
        months // 12 + 1970,
        months % 12 + 1,
        (days - days.astype("datetime64[M]")).astype(np.int64) + 1,
        day_of_year,
        weekday,
        weekday + 1,
        (weekday + 1) % 7,
        (weekday + 1) % 7 + 1,
        week,
        months % 12 // 3 + 1,
        (weekday >= 5).astype(np.int64),
    ]
    return any(np.array_equal(values, feature) for feature in features)


def refuse_codes(numbers: Numbers) -> None:
    """Numbers that stand for "missing" would be learnt as if they had been measured.

    Raises:
        InputError: a value like -9999 lies far from all others.
    """
    values = numbers.values[~np.isnan(numbers.values)]
    for code in np.unique(values):
        others = values[values != code]
        if not len(others) or not _CODES.fullmatch(f"{code:.10g}"):
            continue
        low, high = others.min(), others.max()
        if not low - (high - low) / 2 <= code <= high + (high - low) / 2:
            raise InputError(
                f"{numbers.name}: {code:g} stands in {np.sum(values == code)} cells, far from all "
                f'others ({low:g} to {high:g}): a code for "missing", it seems; empty these cells, '
                "or say that they were measured with --codes-are-values"
            )

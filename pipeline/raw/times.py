"""From text to dates: one column with a declared format, or year, month and day in their own.

Python's strptime decides, on each distinct text once. Whether a date lies on the grid is decided in
`clean`.
"""

import datetime as dt
import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int

from pipeline.calendar import Dates
from pipeline.errors import InputError
from pipeline.raw.rows import Cells, quote
from pipeline.raw.text import cast_numbers, matches

_YEARS = (1678, 2199)
"""datetime64[ns] ends in 1677 and in 2262; the years after 2199 are left to forecasts."""

_PROBE = dt.datetime(2015, 11, 28, 13, 45)  # noqa: DTZ001 - only its letters matter


def check_format(ds_format: str) -> None:
    """Whether a declared format tells one date from another.

    Raises:
        InputError: it has no year, a directive that strptime does not know, or parts that cannot
            be read back.
    """
    where = f"columns.ds_format: {quote(ds_format)}"
    if not re.search(r"%[YyGcx]", ds_format):
        raise InputError(f"{where} has no year; add %Y (2015) or %y (15)")
    try:
        text = _PROBE.strftime(ds_format)
        same = dt.datetime.strptime(text, ds_format).strftime(ds_format) == text  # noqa: DTZ007
    except (ValueError, re.error) as error:
        raise InputError(f"{where} cannot be read ({error}); use the letters of strptime") from None
    if not same:
        raise InputError(f"{where} does not tell the day; use %Y, %m, %d or %j")


def read_dates(cells: Cells, column: str, *, text: pa.StringArray, ds_format: str) -> Dates:
    """The dates of one column.

    Args:
        cells: the file, for saying where a cell stands.
        column: the column's name in it.
        text: its cells without surrounding spaces.
        ds_format: how they are written, in the letters of strptime.

    Returns:
        datetime64[ns], one a row.

    Raises:
        InputError: a cell is empty, not written so, no date, or outside the years 1678 to 2199.
    """
    coded = text.dictionary_encode()
    parsed = [_date_of(value, ds_format) for value in coded.dictionary.to_pylist()]
    refused = np.array([date is None for date in parsed], dtype=bool)
    codes = coded.indices.to_numpy()
    if refused.any():
        row = int(np.argmax(refused[codes]))
        raise InputError(
            f"{cells.place(row, column)}: {_wrong_date(text[row].as_py(), ds_format)}; "
            "correct the cell, or declare columns.ds_format"
        )
    return np.array(parsed, dtype="datetime64[us]").astype("datetime64[ns]")[codes]


def _date_of(text: str, ds_format: str) -> dt.datetime | None:
    try:
        date = dt.datetime.strptime(text, ds_format)  # noqa: DTZ007 - the files have no zones
    except (ValueError, OverflowError):
        return None
    return date if _YEARS[0] <= date.year <= _YEARS[1] else None


def _wrong_date(value: str, ds_format: str) -> str:
    if value == "":
        return "an empty cell where a date belongs"
    try:
        dt.datetime.strptime(value, ds_format)  # noqa: DTZ007 - only whether it can be read
    except (ValueError, OverflowError):
        return f"{quote(value)} is not a date written as {ds_format}"
    return f"{quote(value)} lies outside the years {_YEARS[0]} to {_YEARS[1]}"


def read_date_parts(cells: Cells, columns: Sequence[str], *, text: list[pa.StringArray]) -> Dates:
    """The dates of year, month and day columns; a month or day without a column is the first.

    Args:
        cells: the file, for saying where a cell stands.
        columns: names of the columns, in the order year, month, day.
        text: their cells without surrounding spaces.

    Returns:
        datetime64[ns], one a row.

    Raises:
        InputError: a cell is empty or no whole number, or together they are no date.
    """
    parts = [_whole_numbers(cells, c, text=t) for c, t in zip(columns, text, strict=True)]
    ones = np.ones(len(cells.lines), dtype=np.int64)
    year, month, day = (*parts, ones, ones)[:3]
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    next_first = (first + 1).astype("datetime64[D]")
    dates = first.astype("datetime64[D]") + (day - 1)
    wrong = (month < 1) | (month > 12) | (day < 1) | (dates >= next_first)
    _refuse_parts(cells, columns, text=text, wrong=wrong, rule="is no date")
    rule = f"lies outside the years {_YEARS[0]} to {_YEARS[1]}"
    far = (year < _YEARS[0]) | (year > _YEARS[1])
    _refuse_parts(cells, columns, text=text, wrong=far, rule=rule)
    return dates.astype("datetime64[ns]")


def _whole_numbers(cells: Cells, column: str, *, text: pa.StringArray) -> Int[np.ndarray, " rows"]:
    whole = matches(text, "^[0-9]{1,4}$")
    if not whole.all():
        row = int(np.argmin(whole))
        value = text[row].as_py()
        raise InputError(
            f"{cells.place(row, column)}: {quote(value)} is not a whole number (part of a date); "
            "correct the cell"
        )
    return cast_numbers(text, whole).astype(np.int64)


def _refuse_parts(
    cells: Cells,
    columns: Sequence[str],
    *,
    text: list[pa.StringArray],
    wrong: Bool[np.ndarray, " rows"],
    rule: str,
) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        value = "-".join(t[row].as_py() for t in text)
        raise InputError(
            f"{cells.file} line {cells.lines[row]}, columns {', '.join(columns)}: "
            f"{quote(value)} {rule}; correct the cells"
        )

"""From text to numbers: one grammar, and a reason for everything that is outside it.

A number is: sign, digits with "." as decimal mark, exponent. An empty cell is a missing number.
Thousands separators, other marks and words for "missing" are refused, never guessed; words that are
declared are gone before (`read.py`).
"""

import re

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Float

from pipeline.errors import InputError
from pipeline.raw.rows import Cells, quote
from pipeline.raw.text import cast_numbers, count_bytes, equals, matches

_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_TOO_MANY_DIGITS = r"^[+-]?[0.]*[1-9](?:\.?[0-9]){16,}\.?[1-9]"
"""18 or more digits from the first that is not zero to the last: float64 keeps 17."""

_NOT_ZERO = r"^[+-]?[0.]*[1-9]"
_MISSING = {"na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "-", "--", ".", "?"}


def read_numbers(
    cells: Cells, column: str, text: pa.StringArray
) -> tuple[Float[np.ndarray, " rows"], Bool[np.ndarray, " rows"]]:
    """The numbers of a column, and where it has none.

    Args:
        cells: the file, for saying where a cell stands.
        column: the column's name in it.
        text: its cells without surrounding spaces.

    Returns:
        The numbers in the file's own unit, NaN where the cell is empty; and where it is empty.

    Raises:
        InputError: a cell is neither empty nor a number that float64 holds.
    """
    empty = equals(text, "")
    values = cast_numbers(text, matches(text, _NUMBER))
    refused = ~empty & (~np.isfinite(values) | _inexact(text, values))
    if refused.any():
        row = int(np.argmax(refused))
        value = text[row].as_py()
        raise InputError(
            f"{cells.place(row, column)}: {quote(value)} is not a number {_reason(value)}"
        )
    return values, empty


def is_number(text: str) -> bool:
    """Whether a cell without surrounding spaces is written as a number."""
    return re.search(_NUMBER, text) is not None


def _inexact(text: pa.StringArray, values: Float[np.ndarray, " rows"]) -> Bool[np.ndarray, " rows"]:
    """Where float64 would silently hold another number: too many digits, or zero for a tiny one."""
    inexact = np.zeros(len(values), dtype=bool)
    for suspect, pattern in (
        (count_bytes(text) > 17, _TOO_MANY_DIGITS),
        (values == 0, _NOT_ZERO),
    ):
        rows = np.flatnonzero(suspect)
        inexact[rows] |= matches(text.take(pa.array(rows)), pattern)
    return inexact


def _reason(value: str) -> str:
    """Which rule a cell breaks, and what to do about it."""
    if re.search(_NUMBER, value):
        if re.search(_TOO_MANY_DIGITS, value):
            return "(more than the 17 digits that float64 keeps); round it"
        size = "large" if np.isinf(float(value)) else "small"
        return f"(too {size} for float64); correct the cell"
    if value.lower() in _MISSING:
        return (
            "(a missing value is an empty cell); empty the cell, or declare columns.missing: "
            f"[{quote(value)}]"
        )
    if "inf" in value.lower():
        return "(it must be finite); correct or empty the cell"
    if "," in value:
        return '(decimal mark is ".", no thousands separators); write it so'
    if re.fullmatch(r"[+-]?[0-9][0-9\s'_.]*", value):
        return "(no thousands separators); write it without them"
    return '(sign, digits, "." as decimal mark, exponent); correct the cell'

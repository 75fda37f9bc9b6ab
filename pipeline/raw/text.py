"""Columns of text, all rows at once: trimmed, compared, matched. What the text means is elsewhere.

Functions of Arrow are called by their names, since `pyarrow.compute` makes its own when it is
imported and type checkers do not see them.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float

_SPACES = " \t\u00a0"
"""Space, tab and no-break space: what spreadsheets leave around a cell."""


def trim_spaces(text: pa.StringArray) -> pa.StringArray:
    """The cells without surrounding spaces, tabs and no-break spaces."""
    return pc.call_function("utf8_trim", [text], pc.TrimOptions(_SPACES))


def equals(text: pa.StringArray, other: pa.StringArray | str) -> Bool[np.ndarray, " rows"]:
    """Where two columns hold the same text, or a column holds this text."""
    return np.array(pc.call_function("equal", [text, other]).to_numpy(zero_copy_only=False))


def is_one_of(text: pa.StringArray, others: Sequence[str]) -> Bool[np.ndarray, " rows"]:
    """Where a column holds one of some texts."""
    options = pc.SetLookupOptions(pa.array(list(others), pa.string()))
    found = pc.call_function("is_in", [text], options)
    return np.array(found.to_numpy(zero_copy_only=False))


def blank(text: pa.StringArray, where: Bool[np.ndarray, " rows"]) -> pa.StringArray:
    """A column with nothing in the cells where `where` holds."""
    empty = pa.scalar("", pa.string())
    return pc.call_function("if_else", [pa.array(where), empty, text])


def matches(text: pa.StringArray, pattern: str) -> Bool[np.ndarray, " rows"]:
    """Where a regular expression is found."""
    options = pc.MatchSubstringOptions(pattern)
    found = pc.call_function("match_substring_regex", [text], options)
    return np.array(found.to_numpy(zero_copy_only=False))


def count_bytes(text: pa.StringArray) -> np.ndarray:
    """The length of each cell in UTF-8, int32 [rows]."""
    return pc.call_function("binary_length", [text]).to_numpy()


def cast_numbers(
    text: pa.StringArray, where: Bool[np.ndarray, " rows"]
) -> Float[np.ndarray, " rows"]:
    """float64 nearest to each decimal number; NaN where `where` is false.

    Arrow takes no plus sign in front; infinity is what it gives for a number beyond float64.
    """
    bare = pc.call_function("utf8_ltrim", [text], pc.TrimOptions("+"))
    chosen = pc.call_function("if_else", [pa.array(where), bare, pa.scalar(None, pa.string())])
    return np.array(pc.cast(chosen, pa.float64()).to_numpy(zero_copy_only=False))


def repeat_text(value: str, rows: int) -> pa.StringArray:
    """A column that holds the same text in each row."""
    return pa.repeat(pa.scalar(value, pa.string()), rows)

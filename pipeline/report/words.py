"""Numbers, dates and lists as they are read; an en dash where there is no number."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.report.parts import Table

NONE = "\u2013"

_ROWS = 48
"""Rows of a table of a figure, at most."""


def number(value: Any, *, digits: int = 4) -> str:  # noqa: ANN401 - a cell of a frame
    """So many significant digits; powers of ten only where it would be too wide."""
    if pd.isna(value) or not math.isfinite(value):
        return NONE
    plain = float(value)
    size = abs(float(f"{plain:.{digits - 1}e}"))
    if plain and not 1e-4 <= size < 1e9:
        return f"{plain:.{digits - 1}e}"
    places = digits - 1 - math.floor(math.log10(size)) if plain else 0
    text = f"{plain:,.{min(max(places, 0), digits)}f}".replace(",", "\u00a0")
    return text.replace("-", "\u2212")


def error(value: Any) -> str:  # noqa: ANN401
    """What is measured is not known to more than three digits."""
    return number(value, digits=3)


def count(value: Any) -> str:  # noqa: ANN401
    """A whole number, in groups of three."""
    return NONE if pd.isna(value) else f"{int(value):,}".replace(",", "\u00a0")


def percent(value: float, *, sign: bool = False) -> str:
    """A share in percent, with one digit behind the point below 10."""
    if not math.isfinite(value):
        return NONE
    digits = 1 if abs(value) < 0.0995 else 0
    text = f"{100 * value:{'+' if sign else ''}.{digits}f}"
    text = text if float(text) else "0"
    return f"{text}\u00a0%".replace("-", "\u2212")


def probability(p_value: float) -> str:
    """A p-value, as p = 0.41."""
    if not math.isfinite(p_value):
        return NONE
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.{2 if p_value >= 0.1 else 3}f}"


def date(moment: Any) -> str:  # noqa: ANN401
    """The day, with hyphens at which no line is broken."""
    return str(np.datetime64(moment, "D")).replace("-", "\u2011")


def key(text: str) -> str:
    """The key of a cutoff, the same way."""
    return text.replace("-", "\u2011")


def listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def capped(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> Table:
    """A table of at most so many rows as a page has room for, and what is left out."""
    more = f"The first {_ROWS} of {count(len(rows))} rows." if len(rows) > _ROWS else ""
    return Table(tuple(head), tuple(tuple(row) for row in rows[:_ROWS]), left, more=more)


def newest(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> Table:
    """The same of rows in the order of time: the newest ones, the newest first."""
    more = f"The newest {_ROWS} of {count(len(rows))} rows." if len(rows) > _ROWS else ""
    kept = tuple(tuple(row) for row in rows[::-1][:_ROWS])
    return Table(tuple(head), kept, left, more=more)

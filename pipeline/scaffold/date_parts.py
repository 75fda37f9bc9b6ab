"""Year, month and day in columns of their own: which ones, and the dates that they make."""

import datetime as dt
import re

import numpy as np

from pipeline.calendar import Dates
from pipeline.scaffold.sheet import Sheet

_PARTS = (
    {"year", "yr", "yyyy", "jahr", "annee", "année", "año", "ano", "anno"},
    {"month", "mon", "mo", "mm", "monat", "mois", "mes", "mês", "mese"},
    {"day", "dy", "dd", "tag", "jour", "dia", "día", "giorno", "dayofmonth"},
)
"""What columns with parts of a date are called."""

_LIMITS = ((1678, 2199), (1, 12), (1, 31))

NEARLY = 0.8
"""Share of cells that are as they should be from which on the others are mistakes, to be told."""


def parts_by_name(sheet: Sheet) -> list[str]:
    """The columns called year, month and day that hold such numbers; fewer than two are none.

    A few cells may be mistaken: the reader names them.
    """
    found: list[str] = []
    for names, limits in zip(_PARTS, _LIMITS, strict=True):
        fitting = [c for c in sheet.columns if c.strip().casefold() in names]
        if len(fitting) != 1 or _share_within(sheet, fitting[0], limits) < NEARLY:
            break
        found.append(fitting[0])
    return found if len(found) > 1 else []


def _share_within(sheet: Sheet, column: str, limits: tuple[int, int]) -> float:
    """The share of rows that hold a whole number within limits."""
    fine = {
        text
        for text in sheet.distinct(column)
        if re.fullmatch(r"[0-9]{1,4}", text) and limits[0] <= int(text) <= limits[1]
    }
    return sum(text in fine for text in sheet.text[column].to_pylist()) / max(sheet.n_rows, 1)


def days_of_parts(sheet: Sheet, names: list[str]) -> Dates:
    """By row its date; NaT where the parts make none: the reader names the line.

    Args:
        sheet: the files.
        names: the columns of year, month and day; without the last ones the first is meant.
    """
    texts = [sheet.text[name].to_pylist() for name in names]
    return np.array([_day_of(*row) for row in zip(*texts, strict=True)], "M8[D]")


def _day_of(year: str, month: str = "1", day: str = "1") -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None

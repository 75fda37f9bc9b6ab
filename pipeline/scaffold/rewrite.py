"""Commands that write a copy of a file on a grid that the chain knows.

They stand in the sentence that refuses the file: a row a day of rows with changing times of day,
weeks dated by their Sunday. Cells between other marks are `marks.py`.
"""

import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Int

from pipeline.scaffold.sheet import Sheet, shown

_MOSTLY = 0.9
"""Share of rows whose time is no other row's, from which on they are of one series.

Where clocks are put back, an hour stands there twice."""


def days_of_hours(sheet: Sheet, column: str) -> str:
    """How rows with changing times of day become a row a day; "" where no column tells them apart.

    The time of day is cut off as text, so nothing about its writing or its zone has to be known.

    Args:
        sheet: the files.
        column: the time.
    """
    series = _series_of(sheet, column)
    if series is None:
        return ""
    keys = [column, *series]
    each = "".join(f" for each {shown(name)}" for name in series)
    program = (
        f"import pandas as pd;k={keys!r};"
        f"t=pd.read_csv({sheet.parts[0].file!r},dtype=dict.fromkeys(k,str));"
        f"t[{column!r}]=t[{column!r}].str.replace('(T|,? +)[0-9]+:[0-9]+.*','',regex=True);"
        "t.groupby(k,sort=False).sum(numeric_only=True,min_count=1).to_csv('days.csv')"
    )
    return (
        f". This adds up what is there of each day{each}; for what is no amount write "
        f"mean(numeric_only=True) instead of sum(...){_of_many(sheet)}: "
        f"{_own_python()} -c {_in_a_shell(program)}"
    )


def _series_of(sheet: Sheet, column: str) -> list[str] | None:
    """The column that tells rows of one time apart; [] where none has to, None where none does."""
    times = _pairs(sheet.file_of, sheet.codes(column))
    if len(np.unique(times)) >= _MOSTLY * sheet.n_rows:
        return []
    others = [c for c in sheet.columns if c != column and 2 * len(sheet.distinct(c)) < sheet.n_rows]
    found = [c for c in others if len(np.unique(_pairs(times, sheet.codes(c)))) == sheet.n_rows]
    return [min(found, key=lambda c: len(sheet.distinct(c)))] if found else None


def _pairs(ones: Int[np.ndarray, " rows"], others: Int[np.ndarray, " rows"]) -> np.ndarray:
    """A number for every pair of numbers."""
    return ones * (int(others.max(initial=0)) + 1) + others


def dates_later(files: Sequence[str], column: str, ds_format: str, days: int) -> str:
    """How every date of a column becomes one so many days later, in the writing that it has.

    Args:
        files: the files as a person names them.
        column: the time.
        ds_format: how it is written.
        days: how many.
    """
    program = (
        "import csv,sys,datetime as d;sys.stdin.reconfigure(encoding='utf-8-sig',newline='');"
        f"f={ds_format!r};r=csv.reader(sys.stdin);h=next(r);i=h.index({column!r});"
        "w=csv.writer(sys.stdout).writerow;w(h);"
        f"[w(c[:i]+[(d.datetime.strptime(c[i].strip(),f)+d.timedelta({days})).strftime(f)]+c[i+1:])"
        "for c in r if c]"
    )
    return f"python3 -c {_in_a_shell(program)} < {shlex.quote(files[0])} > sundays.csv"


def _of_many(sheet: Sheet) -> str:
    return f", and so for each of the {len(sheet.parts)} files" if len(sheet.parts) > 1 else ""


def _own_python() -> str:
    """The Python that runs this, which has pandas, as short as it can be written here."""
    own, here = Path(sys.executable), Path.cwd()
    return shlex.quote(str(own.relative_to(here) if own.is_relative_to(here) else own))


def _in_a_shell(program: str) -> str:
    """In double quotes, where nothing in it means something to a shell there."""
    return shlex.quote(program) if re.search(r'["$`!\\]', program) else f'"{program}"'

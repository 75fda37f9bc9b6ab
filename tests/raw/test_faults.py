"""Damaged files and contradicting declarations: the exact words of each refusal."""

import pytest

from pipeline.errors import InputError
from pipeline.raw.read import RawFile, RawObservations, read_observations
from pipeline.raw.settings import Columns

PLAIN = Columns(ds="date", y="rain")


def read(content: str | bytes, columns: Columns = PLAIN, name: str = "a.csv") -> RawObservations:
    body = content.encode() if isinstance(content, str) else content
    return read_observations([RawFile(name, body)], columns)


NOT_UTF8 = "date,rain\n2001-01-01,1\nK\u00f6ln,2\n".encode("latin-1")
FAULTS = {
    "no bytes": (b"", "a.csv: the file is empty; put a header and rows in it or remove it"),
    "header alone": (b"date,rain\n", "a.csv: a header and no rows; add rows or remove the file"),
    "blank first line": (
        b"\ndate,rain\n2001-01-01,1\n",
        "a.csv line 1: a blank line where the header belongs; remove it",
    ),
    "latin-1": (NOT_UTF8, "a.csv line 3: byte 0xf6 is not UTF-8; save the file as UTF-8"),
    "NUL": (
        b"date,rain\n2001-01-01,\0\n",
        "a.csv line 2: a NUL byte (damaged, or UTF-16); save the file as UTF-8",
    ),
    "missing column": (
        b"date,snow\n2001-01-01,1\n",
        'a.csv line 1: no column "rain"; the header has date, snow: correct the header or the '
        "declaration",
    ),
    "twin column": (
        b"date, Rain_\n2001-01-01,1\n",
        'a.csv line 1: no column "rain"; the header has " Rain_", and names match exactly: '
        "declare it as the file spells it",
    ),
    "semicolons": (
        b"date;rain\n2001-01-01;1\n",
        'a.csv line 1: no column "date"; the header is separated by semicolons, only commas are '
        "read: save it with commas",
    ),
    "doubled column": (
        b"date,rain,rain\n2001-01-01,1,2\n",
        'a.csv line 1: the header has the column "rain" twice; rename one of them',
    ),
    "too few cells": (
        b"date,rain\n2001-01-01,1\n2001-01-02\n",
        "a.csv line 3: 1 cells, the header has 2; quote a cell that holds a comma, and leave an "
        "empty cell for a missing value",
    ),
    "too many cells": (
        b"date,rain\n2001-01-01,1,5\n",
        "a.csv line 2: 3 cells, the header has 2; quote a cell that holds a comma, and leave an "
        "empty cell for a missing value",
    ),
    "broken quotes": (
        b'date,rain\n2001-01-01,"4"5\n',
        "a.csv line 2: no row of CSV can be read here (',' expected after '\"'); correct the "
        "quotes from this line on",
    ),
    "open quotes": (
        b'date,rain\n2001-01-01,1\n2001-01-02,"4\n2001-01-03,5\n',
        "a.csv line 3: no row of CSV can be read here (unexpected end of data); correct the "
        "quotes from this line on",
    ),
    "no date": (
        b"date,rain\n2001-01-01,1\n2001-02-29,2\n",
        'a.csv line 3, column date: "2001-02-29" is not a date written as %Y-%m-%d; correct the '
        "cell, or declare columns.ds_format",
    ),
    "empty date": (
        b"date,rain\n,1\n",
        "a.csv line 2, column date: an empty cell where a date belongs; correct the cell, or "
        "declare columns.ds_format",
    ),
    "far date": (
        b"date,rain\n2001-01-01,1\n9999-12-31,2\n",
        'a.csv line 3, column date: "9999-12-31" lies outside the years 1678 to 2199; correct '
        "the cell, or declare columns.ds_format",
    ),
}


@pytest.mark.parametrize(("content", "message"), FAULTS.values(), ids=FAULTS)
def test_a_damaged_file_is_told_in_exactly_these_words(content, message):
    with pytest.raises(InputError) as caught:
        read(content)
    assert str(caught.value) == message


PARTS = Columns(ds=["Year", "Month", "Day"], y="rain")
PART_FAULTS = {
    "2001,2,29": 'line 2, columns Year, Month, Day: "2001-2-29" is no date; correct the cells',
    "2001,13,1": 'line 2, columns Year, Month, Day: "2001-13-1" is no date; correct the cells',
    "2001,0,1": 'line 2, columns Year, Month, Day: "2001-0-1" is no date; correct the cells',
    "9999,1,1": 'line 2, columns Year, Month, Day: "9999-1-1" lies outside the years 1678 to 2199',
    "2001.0,1,1": 'line 2, column Year: "2001.0" is not a whole number (part of a date)',
    "2001,,1": 'line 2, column Month: "" is not a whole number (part of a date)',
    "2001,1,-1": 'line 2, column Day: "-1" is not a whole number (part of a date)',
}


@pytest.mark.parametrize(("cells", "message"), PART_FAULTS.items())
def test_parts_that_make_no_date_are_told(cells, message):
    with pytest.raises(InputError) as caught:
        read(f"Year,Month,Day,rain\n{cells},1\n", PARTS)
    assert str(caught.value).startswith(f"a.csv {message}")


DECLARED = {
    "y is the date": (Columns(ds="date", y="date"), '"date" is declared twice'),
    "y is exogenous": (
        Columns(ds="date", y="rain", hist_exog=["rain"]),
        '"rain" is declared twice',
    ),
    "the year is the day": (Columns(ds=["Y", "M", "Y"], y="rain"), '"Y" is declared twice'),
    "a name of ours": (Columns(ds="date", y="rain", hist_exog=["y"]), 'the name "y" is taken'),
    "another of ours": (Columns(ds="date", y="rain", hist_exog=["ds"]), 'the name "ds" is taken'),
    "a name of ours ahead": (
        Columns(ds="date", y="rain", futr_exog=["line"]),
        'columns.futr_exog: the name "line" is taken',
    ),
    "known ahead and not": (
        Columns(ds="date", y="rain", hist_exog=["wind"], futr_exog=["wind"]),
        '"wind" is declared twice',
    ),
    "no year": (Columns(ds="date", y="rain", ds_format="%m-%d"), "has no year"),
    "no such letter": (Columns(ds="date", y="rain", ds_format="%Y-%Q"), "cannot be read"),
    "a week without a day": (
        Columns(ds="date", y="rain", ds_format="%Y %U"),
        "does not tell the day",
    ),
    "a zone": (Columns(ds="date", y="rain", ds_format="%Y-%m-%d %z"), "cannot be read"),
}


@pytest.mark.parametrize(("columns", "words"), DECLARED.values(), ids=DECLARED)
def test_a_declaration_that_contradicts_itself_is_refused(columns, words):
    with pytest.raises(InputError, match=words):
        read("date,rain\n2001-01-01,1\n", columns)


def test_a_row_without_a_series_is_refused():
    columns = Columns(ds="date", y="rain", unique_id="city")
    with pytest.raises(InputError, match=r"^a\.csv line 3, column city: an empty cell where"):
        read("city,date,rain\nOslo,2001-01-01,1\n ,2001-01-02,1\n", columns)


def test_two_files_with_one_stem_are_named_both():
    files = [RawFile(f"{d}/oslo.csv", b"date,rain\n2001-01-01,1\n") for d in ("a", "b")]
    with pytest.raises(InputError, match=r'^a/oslo\.csv and b/oslo\.csv would both be .* "oslo"'):
        read_observations(files, PLAIN)


def test_no_file_at_all_is_refused():
    with pytest.raises(InputError, match="no CSV file to read"):
        read_observations([], PLAIN)

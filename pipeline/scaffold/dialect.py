"""What of a file cannot be read, told before anything else is, with what to do about it.

`raw/dialect.py` refuses the same files; here the way out stands beside it, for a person who has
never seen this program. Nothing is converted.
"""

import csv
import io
import shlex
from collections import Counter

from pipeline.errors import InputError
from pipeline.raw.dialect import RawFile, read_text
from pipeline.scaffold.date_formats import is_day
from pipeline.scaffold.marks import refuse_other_marks

_MAGIC = {
    b"PK\x03\x04": "an Excel workbook or a zip file: save the sheet as CSV UTF-8, or unpack it",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save the sheet as CSV UTF-8",
    b"\x1f\x8b": "compressed with gzip: unpack it with gunzip",
    b"PAR1": "a Parquet file: write it as CSV",
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
}
"""First bytes of what is often called .csv and is none."""

_LOOKED_AT = 50
"""Rows that are looked at to see where the table begins."""


def header_of(file: RawFile) -> list[str]:
    """The column names of a file that can be read.

    Raises:
        InputError: it is no CSV in UTF-8 with commas and one header line; what to do stands there.
    """
    _refuse_other_kinds(file)
    refuse_other_marks(file)
    rows = _first_rows(file)
    header = rows[0] if rows else []
    if not header:
        raise InputError(f"{file.name} line 1: a blank line where the header belongs; remove it")
    _refuse_titles(file, rows)
    _refuse_data_as_header(file, header)
    return header


def _refuse_other_kinds(file: RawFile) -> None:
    for magic, what in _MAGIC.items():
        if file.content.startswith(magic):
            raise InputError(f"{file.name} is no CSV but {what}")
    try:
        file.content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = file.content.count(b"\n", 0, error.start) + 1
        named = shlex.quote(file.name)
        raise InputError(
            f"{file.name} line {line}: byte 0x{file.content[error.start]:02x} is not UTF-8; save "
            'the file as UTF-8 (in a spreadsheet "CSV UTF-8"), or, if Windows wrote it: '
            f"iconv -f WINDOWS-1252 -t UTF-8 {named} > utf8.csv"
        ) from None


def _first_rows(file: RawFile) -> list[list[str]]:
    """The first rows, each in its line where no cell spans lines; [] for a blank line."""
    text = read_text(file).decode("utf-8")
    reader = csv.reader(io.StringIO(text, newline="\n"), strict=True)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) > _LOOKED_AT:
                break
    except csv.Error as error:
        if not rows:
            raise InputError(
                f"{file.name} line 1: the header cannot be read ({error}); correct its quotes"
            ) from None
    return rows


def _refuse_titles(file: RawFile, rows: list[list[str]]) -> None:
    """Lines with a title or notes above the column names."""
    widths = Counter(len(row) for row in rows[1:] if row)
    if not widths or not rows[0]:
        return
    width, _ = widths.most_common(1)[0]
    if len(rows[0]) > 1 and not rows[0][0].startswith("#"):
        return
    if width > 1 and len(rows[0]) < width:
        line = next(i for i, row in enumerate(rows, 1) if len(row) == width)
        above = "line 1" if line == 2 else f"lines 1 to {line - 1}"
        raise InputError(
            f"{file.name} line 1: no header; the column names seem to stand in line {line}: "
            f"remove {above}"
        )


def _refuse_data_as_header(file: RawFile, header: list[str]) -> None:
    days = [cell for cell in header if is_day(cell.strip())]
    if len(days) >= 3:
        raise InputError(
            f"{file.name} line 1: a column for each date ({days[0]}, {days[1]}, ...); a row for "
            "each date is read: turn the table round, as date,series,value"
        )
    if days:
        raise InputError(
            f'{file.name} line 1: a row of data ("{days[0]}") where the column names belong; put '
            "a line with the names above it, as date,value"
        )

"""Files -> long frame and verdicts: the one door of this stage.

Here the columns are put together; what text means is in `values.py` and `times.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Bool

from pipeline.calendar import Dates
from pipeline.errors import InputError
from pipeline.raw.dialect import RawFile
from pipeline.raw.rows import Cells, read_cells
from pipeline.raw.settings import Columns
from pipeline.raw.text import blank, equals, is_one_of, repeat_text, trim_spaces
from pipeline.raw.times import check_format, read_date_parts, read_dates
from pipeline.raw.values import read_numbers
from pipeline.raw.verdicts import (
    DECLARED_MISSING,
    EMPTY_CELL,
    SURROUNDING_SPACES,
    list_verdicts,
    verdict_frame,
)
from pipeline.tables import RAW, Column


@dataclass(frozen=True)
class RawObservations:
    """The rows of all files as read.

    Attributes:
        frame: columns of `tables.RAW`, then the exogenous columns as the files spell them; ds
            datetime64[ns], numbers float64 in the files' own units, NaN where a cell is empty;
            rows in the order of the files.
        verdicts: columns of `tables.VERDICTS`, one row for each cell that is missing or changed.
        ignored: columns of the files that nobody declared, each once.
    """

    frame: pd.DataFrame
    verdicts: pd.DataFrame
    ignored: list[str]


def read_observations(files: Sequence[RawFile], columns: Columns) -> RawObservations:
    """Read CSV files into one long frame, strictly.

    Args:
        files: the files; without `columns.unique_id` each is one series, named by its stem.
        columns: what is declared about their columns.

    Raises:
        InputError: a file, a header, a row, a date or a number is not what was declared; the
            message names file, line, column, value, rule and what to do.
    """
    wanted = _check_columns(columns)
    if not files:
        raise InputError("no CSV file to read; correct the pattern under files, or add a file")
    if columns.unique_id is None:
        _check_stems(files)
    rows, verdicts, ignored = [], [], {}
    for file in files:
        cells = read_cells(file, wanted)
        table, found = _read_rows(cells, columns)
        rows.append(table)
        verdicts.extend(found)
        ignored |= dict.fromkeys(c for c in cells.header if c not in wanted)
    frame = pa.concat_tables(rows).to_pandas()
    return RawObservations(frame, verdict_frame(verdicts), list(ignored))


def _check_columns(columns: Columns) -> list[str]:
    """The declared columns in order, each once; none may bear a name of ours."""
    if isinstance(columns.ds, str):
        check_format(columns.ds_format)
    dates = [columns.ds] if isinstance(columns.ds, str) else columns.ds
    names = [] if columns.unique_id is None else [columns.unique_id]
    wanted = [*names, *dates, *columns.values]
    for i, column in enumerate(wanted):
        if column in wanted[:i]:
            raise InputError(f'columns: "{column}" is declared twice; declare each column once')
    for column in columns.exog:
        if column in RAW.names:
            part = "hist_exog" if column in columns.hist_exog else "futr_exog"
            raise InputError(
                f'columns.{part}: the name "{column}" is taken by a column of ours '
                f"({', '.join(RAW.names)}); rename it in the files and here"
            )
    return wanted


def _check_stems(files: Sequence[RawFile]) -> None:
    seen: dict[str, str] = {}
    for file in files:
        stem = PurePosixPath(file.name).stem
        if stem in seen:
            raise InputError(
                f'{seen[stem]} and {file.name} would both be the series "{stem}"; rename one, or '
                "declare columns.unique_id"
            )
        seen[stem] = file.name


def _read_rows(cells: Cells, columns: Columns) -> tuple[pa.Table, list[pa.Table]]:
    """The rows of one file, and the verdicts on its cells."""
    text = {name: trim_spaces(cells.text[name]) for name in cells.text}
    values, empty, said = {}, {}, {}
    names, ds = _names_of(cells, columns, text), _dates_of(cells, columns, text)
    for name in columns.values:
        said[name] = is_one_of(text[name], columns.missing)
        values[name], empty[name] = read_numbers(cells, name, blank(text[name], said[name]))
    file = repeat_text(cells.file, len(ds))
    exogenous = [Column(name, "float64", "of the source", "") for name in columns.exog]
    table = pa.table(
        [names, pa.array(ds), file, pa.array(cells.lines), *map(pa.array, values.values())],
        schema=RAW.with_columns(exogenous).schema(),
    )
    return table, _verdicts_on(cells, text, rows=table, empty=empty, said=said)


def _names_of(cells: Cells, columns: Columns, text: dict[str, pa.StringArray]) -> pa.StringArray:
    """The series of each row."""
    if columns.unique_id is None:
        return repeat_text(PurePosixPath(cells.file).stem, len(cells.lines))
    names = text[columns.unique_id]
    nameless = equals(names, "")
    if nameless.any():
        place = cells.place(int(np.argmax(nameless)), columns.unique_id)
        raise InputError(f"{place}: an empty cell where the name of the series belongs; fill it")
    return names


def _dates_of(cells: Cells, columns: Columns, text: dict[str, pa.StringArray]) -> Dates:
    if isinstance(columns.ds, str):
        ds = text[columns.ds]
        return read_dates(cells, columns.ds, text=ds, ds_format=columns.ds_format)
    return read_date_parts(cells, columns.ds, text=[text[part] for part in columns.ds])


def _verdicts_on(
    cells: Cells,
    text: dict[str, pa.StringArray],
    *,
    rows: pa.Table,
    empty: dict[str, Bool[np.ndarray, " rows"]],
    said: dict[str, Bool[np.ndarray, " rows"]],
) -> list[pa.Table]:
    """One verdict a cell: missing where it is empty or said to be, else changed by its spaces."""
    found = []
    for name, original in cells.text.items():
        nowhere = np.zeros(len(original), dtype=bool)
        missing, declared = empty.get(name, nowhere), said.get(name, nowhere)
        trimmed = ~equals(original, text[name]) & ~missing
        for where, rule, verdict in (
            (missing & ~declared, EMPTY_CELL, "missing"),
            (declared, DECLARED_MISSING, "missing"),
            (trimmed, SURROUNDING_SPACES, "changed"),
        ):
            part = list_verdicts(cells, name, rows=rows, where=where, rule=rule, verdict=verdict)
            found += [] if part is None else [part]
    return found

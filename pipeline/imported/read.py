"""Files -> a frame: the one door of this stage. A frame with a doubtful row is refused whole."""

from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.calendar import Freq, dates_of
from pipeline.errors import InputError
from pipeline.imported.cells import Columns
from pipeline.imported.frame import Frame
from pipeline.raw.dialect import RawFile, check_header
from pipeline.raw.rows import read_cells

_POINT = ("unique_id", "ds", "cutoff")
"""What Nixtla calls series, time and the last time known."""


def read_frame(files: Sequence[RawFile], column: str, *, freq: Freq) -> Frame:
    """The forecasts of one model from Parquet and CSV files.

    Args:
        files: at least one; `unique_id`, `ds`, `cutoff` and the model's column are read of each.
        column: the model's column.
        freq: the grid that all times lie on.

    Raises:
        InputError: a file cannot be read or lacks a column, a cell is not what it should be, a
            forecast is not finite or lies at or before its cutoff, or a point stands twice; the
            message names file and row.
    """
    parts = [_read(file, [*_POINT, column]) for file in files]
    names = np.concatenate([part.names("unique_id") for part in parts])
    step, cutoff = (np.concatenate([p.steps(c, freq) for p in parts]) for c in ("ds", "cutoff"))
    y_hat = np.concatenate([part.numbers(column) for part in parts])
    for part, ahead in zip(parts, _split(step - cutoff, parts), strict=True):
        _refuse_the_past(part, ahead)
    distinct, codes = np.unique(names, return_inverse=True)
    order = np.lexsort((step, cutoff, codes))
    frame = Frame(
        tuple(file.name for file in files),
        distinct[codes[order]],
        cutoff[order],
        step[order],
        y_hat[order],
    )
    _refuse_doubled(frame, freq)
    return frame


def _read(file: RawFile, columns: Sequence[str]) -> Columns:
    if PurePosixPath(file.name).suffix.lower() == ".csv":
        cells = read_cells(file, columns)
        return Columns(file.name, dict(cells.text), cells.lines)
    try:
        parquet = pq.ParquetFile(pa.BufferReader(file.content))
        check_header(file.name, parquet.schema_arrow.names, columns)
        table = parquet.read(columns=list(columns))
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{file.name}: neither a .csv nor Parquet that can be read ({error}); write it again"
        ) from None
    whole = {name: table.column(name).combine_chunks() for name in columns}
    return Columns(file.name, {k: _joined(v) for k, v in whole.items()})


def _joined(cells: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array; of no chunk at all an empty one."""
    if isinstance(cells, pa.ChunkedArray):
        return pa.concat_arrays(cells.chunks) if cells.num_chunks else pa.array([], cells.type)
    return cells


def _split(ahead: np.ndarray, parts: Sequence[Columns]) -> list[np.ndarray]:
    ends = np.cumsum([len(part.cells["ds"]) for part in parts])
    return np.split(ahead, ends[:-1])


def _refuse_the_past(part: Columns, ahead: np.ndarray) -> None:
    """A forecast is of a time after its cutoff."""
    hits = np.flatnonzero(ahead < 1)
    if len(hits):
        row = int(hits[0])
        ds, cutoff = (str(part.cells[name][row].as_py())[:10] for name in ("ds", "cutoff"))
        raise InputError(
            f"{part.place(row, 'ds')}: {ds} does not lie after its cutoff {cutoff}, the last time "
            f"that a forecast knows; {len(hits)} such rows"
        )


def _refuse_doubled(frame: Frame, freq: Freq) -> None:
    """Of a point there is one forecast."""
    same = np.ones(max(len(frame) - 1, 0), dtype=bool)
    for key in (frame.unique_id, frame.cutoff, frame.step):
        same &= key[1:] == key[:-1]
    hits = np.flatnonzero(same)
    if len(hits):
        row = int(hits[0])
        ds, cutoff = (
            str(dates_of(int(steps[row]), freq))[:10] for steps in (frame.step, frame.cutoff)
        )
        raise InputError(
            f"{', '.join(frame.files)}: {frame.unique_id[row]}, {ds} at cutoff {cutoff} stands "
            f"there more than once, {len(hits)} rows too many; keep one of each"
        )

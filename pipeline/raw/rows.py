"""From the text of a file to its cells: still text, each with the line it stands in.

Two readers that agree: pyarrow for plain files, Python's strict `csv` for quotes, blank lines and
for saying which line is wrong. What the text means is not decided here.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from jaxtyping import Int

from pipeline.errors import InputError
from pipeline.raw.dialect import RawFile, check_header, read_text

_LONGEST = 60
"""Characters of a cell that a message shows."""


@dataclass(frozen=True)
class Cells:
    """The cells of the declared columns of one file.

    Attributes:
        file: its name.
        header: all its columns.
        lines: the line each row begins in; the header is line 1.
        text: by column, the cells as they stand there, one string a row.
    """

    file: str
    header: list[str]
    lines: Int[np.ndarray, " rows"]
    text: dict[str, pa.StringArray]

    def place(self, row: int, column: str) -> str:
        """Where a cell stands, in the words of every message."""
        return f"{self.file} line {self.lines[row]}, column {column}"


def quote(value: str) -> str:
    """A cell's text as a message shows it: quoted, on one line, cut if long."""
    shown = value if len(value) <= _LONGEST else value[:_LONGEST] + "..."
    return json.dumps(shown, ensure_ascii=False)


def read_cells(file: RawFile, columns: Sequence[str]) -> Cells:
    """The cells of the declared columns of a file.

    Args:
        file: the CSV file.
        columns: names of the columns, each once.

    Raises:
        InputError: no UTF-8, no rows, a column missing or doubled, a row with more or fewer cells
            than the header, or quotes that do not match.
    """
    body = read_text(file)
    line, header = next(_rows_of(file.name, body), (0, []))
    if line != 1:
        raise InputError(f"{file.name} line 1: a blank line where the header belongs; remove it")
    check_header(file.name, header, columns)
    places = [header.index(c) for c in columns]
    read = _read_fast(body, len(header), places) or _read_exactly(file.name, body, places)
    lines, text = read
    if len(lines) == 0:
        raise InputError(f"{file.name}: a header and no rows; add rows or remove the file")
    return Cells(file.name, header, lines, dict(zip(columns, text, strict=True)))


def _read_fast(
    body: bytes, width: int, places: list[int]
) -> tuple[Int[np.ndarray, " rows"], list[pa.StringArray]] | None:
    """The reading of pyarrow, or None where only the exact reader is sure of lines and cells."""
    if b'"' in body or b"\n\n" in body.rstrip(b"\n"):
        return None
    names = [str(i) for i in range(width)]
    wanted = [names[p] for p in places]
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(body),
            pa_csv.ReadOptions(column_names=names, skip_rows=1, encoding="utf8"),
            pa_csv.ParseOptions(quote_char=False, double_quote=False),
            pa_csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    lines = np.arange(2, table.num_rows + 2, dtype=np.int64)
    return lines, [table.column(name).combine_chunks() for name in wanted]


def _read_exactly(
    name: str, body: bytes, places: list[int]
) -> tuple[Int[np.ndarray, " rows"], list[pa.StringArray]]:
    """Python's strict reading, slow and exact."""
    rows = _rows_of(name, body)
    _, header = next(rows)
    lines: list[int] = []
    text: list[list[str]] = [[] for _ in places]
    for line, row in rows:
        if len(row) != len(header):
            raise InputError(
                f"{name} line {line}: {len(row)} cells, the header has {len(header)}; quote a cell "
                "that holds a comma, and leave an empty cell for a missing value"
            )
        lines.append(line)
        for cells, place in zip(text, places, strict=True):
            cells.append(row[place])
    return np.array(lines, dtype=np.int64), [pa.array(cells, pa.string()) for cells in text]


def _rows_of(name: str, body: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file with the line each begins in; blank lines hold no row."""
    reader = csv.reader(io.StringIO(body.decode("utf-8"), newline="\n"), strict=True)
    line = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise InputError(
                f"{name} line {line}: no row of CSV can be read here ({error}); "
                "correct the quotes from this line on"
            ) from None
        if row is None:
            return
        if row:
            yield line, row
        line = reader.line_num + 1

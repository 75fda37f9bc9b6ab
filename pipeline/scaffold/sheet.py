"""The files as columns of text, all rows behind each other: what everything else is found from.

Cells are read by the chain's own reader; what they mean is decided in the other files.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from jaxtyping import Bool, Int

from pipeline.errors import InputError
from pipeline.raw.dialect import RawFile
from pipeline.raw.rows import Cells, read_cells
from pipeline.raw.text import equals, is_one_of, trim_spaces
from pipeline.scaffold.dialect import header_of
from pipeline.scaffold.question import Candidate


@dataclass(frozen=True)
class Sheet:
    """All rows of all files.

    Attributes:
        parts: the files as read, in the order they were named.
        columns: the columns that every file has, as the first file orders them.
        text: by column the trimmed cells of all files.
        file_of: by row the number of its file.
        missing: what stands in cells of numbers where nothing was observed.
    """

    parts: list[Cells]
    columns: list[str]
    text: dict[str, pa.StringArray]
    file_of: Int[np.ndarray, " rows"]
    missing: Sequence[str] = ()

    @property
    def n_rows(self) -> int:
        """Rows of all files."""
        return len(self.file_of)

    def place(self, row: int) -> str:
        """Where a row stands, in the words of every message."""
        number = int(self.file_of[row])
        part = self.parts[number]
        return f"{part.file} line {part.lines[row - int(np.argmax(self.file_of == number))]}"

    def empty(self, column: str) -> Bool[np.ndarray, " rows"]:
        """Where a column has an empty cell."""
        return equals(self.text[column], "")

    def unobserved(self, column: str) -> Bool[np.ndarray, " rows"]:
        """Where a column of numbers says that nothing was observed."""
        return self.empty(column) | is_one_of(self.text[column], self.missing)

    def codes(self, column: str) -> Int[np.ndarray, " rows"]:
        """By row the number of its text: equal texts, equal numbers."""
        return np.asarray(self.text[column].dictionary_encode().indices.to_numpy(), dtype=np.int64)

    def distinct(self, column: str) -> list[str]:
        """The texts of a column, each once, the empty one left out."""
        found = self.text[column].dictionary_encode().dictionary.to_pylist()
        return [text for text in found if text]


def read_sheet(files: Sequence[RawFile], missing: Sequence[str] = ()) -> Sheet:
    """Read all columns of all files as text.

    Args:
        files: the files.
        missing: what stands in cells of numbers where nothing was observed.

    Raises:
        InputError: a file is no CSV that the chain reads, or they have no column in common.
    """
    headers = [header_of(file) for file in files]
    names = [c for c in headers[0] if c or headers[0].count("") == 1]
    columns = [c for c in dict.fromkeys(names) if all(c in header for header in headers)]
    if not columns:
        odd = next(f for f, h in zip(files, headers, strict=True) if not set(h) & set(headers[0]))
        raise InputError(
            f"{files[0].name} and {odd.name} have no column in common; make a data set of each"
        )
    parts = [read_cells(file, columns) for file in files]
    text = {c: trim_spaces(pa.concat_arrays([part.text[c] for part in parts])) for c in columns}
    sizes = [len(part.lines) for part in parts]
    return Sheet(parts, columns, text, np.repeat(np.arange(len(parts)), sizes), missing)


def shown(column: str) -> str:
    """A column's name in a sentence."""
    return f'"{column}"' if column.strip() else "the column without a name"


def candidate(column: str, meaning: str) -> Candidate:
    """A column as an answer; one without a name is told by what it is."""
    return Candidate(column, meaning if column.strip() else f"{shown(column)}, {meaning}")


def listed_columns(sheet: Sheet) -> str:
    """The names of all columns, for messages."""
    return ", ".join(name if name.strip() else "one without a name" for name in sheet.columns)


def place_column(sheet: Sheet, name: str, *, option: str) -> str:
    """A column that was named on the command line.

    Raises:
        InputError: the files have none of this name.
    """
    if name not in sheet.columns:
        raise InputError(f'{option}: no column "{name}"; the files have {listed_columns(sheet)}')
    return name


def split_names(sheet: Sheet, said: str, *, option: str) -> list[str]:
    """Names with commas between; a column whose own name holds a comma may stand alone.

    Raises:
        InputError: as `place_column`.
    """
    if said in sheet.columns:
        return [said]
    return [place_column(sheet, name.strip(), option=option) for name in said.split(",")]

"""Columns as they lie in a file -> names, steps and numbers, whatever type wrote them.

Of CSV every cell is text, with the grammar of the raw files; of Parquet names and days may be.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int

from pipeline.calendar import FREQ_MEANING, Dates, Freq, dates_of, steps_of
from pipeline.errors import InputError
from pipeline.raw.rows import Cells, quote
from pipeline.raw.text import blank, equals, matches, trim_spaces
from pipeline.raw.values import read_numbers

_DAY = r"^\d{4}-\d{2}-\d{2}([ T]00:00(:00(\.0+)?)?)?$"
"""How a date is written as text: by pandas, polars, or a person."""

_NOT_FINITE = r"(?i)^[+-]?(nan|inf|infinity|null|none|na|<na>)$"
"""How programs write a number that is none."""


@dataclass(frozen=True)
class Columns:
    """Some columns of one file.

    Attributes:
        file: its name.
        cells: by name, as Arrow holds them.
        lines: of a CSV file the line of each row; None of Parquet, whose rows are counted from 1.
    """

    file: str
    cells: dict[str, pa.Array]
    lines: Int[np.ndarray, " rows"] | None = None

    def names(self, column: str) -> np.ndarray:
        """Texts without surrounding spaces; whole numbers become texts."""
        cells = self._plain(column)
        if not (_is_text(cells) or pa.types.is_integer(cells.type)):
            raise InputError(f"{self._head(column)} is of type {cells.type}; write names as text")
        text = trim_spaces(pc.fill_null(pc.cast(cells, pa.string()), ""))
        self._refuse(equals(text, ""), column, "names no series; write its name")
        return np.array(text.to_pylist(), dtype=object)

    def steps(self, column: str, freq: Freq) -> Int[np.ndarray, " rows"]:
        """Times on the grid, as steps since 1970."""
        dates = self._dates(column)
        steps = steps_of(dates, freq)
        rule = f"lies off the grid: a time of freq {freq} is {FREQ_MEANING[freq]}; write it so"
        self._refuse(dates_of(steps, freq) != dates, column, rule)
        return steps

    def numbers(self, column: str) -> Float[np.ndarray, " rows"]:
        """Finite numbers."""
        cells = self._plain(column)
        if self.lines is not None:
            text = trim_spaces(cells)
            text = blank(text, matches(text, _NOT_FINITE))
            values, _ = read_numbers(Cells(self.file, [], self.lines, {}), column, text)
        elif pa.types.is_floating(cells.type) or pa.types.is_integer(cells.type):
            values = np.array(pc.cast(cells, pa.float64()).to_numpy(zero_copy_only=False))
        else:
            raise InputError(f"{self._head(column)} is of type {cells.type}; write numbers")
        rule = "is no finite number; forecast this point, or leave the model out"
        self._refuse(~np.isfinite(values), column, rule)
        return values

    def place(self, row: int, column: str) -> str:
        """Where a cell stands, in the words of every message."""
        at = f"row {row + 1}" if self.lines is None else f"line {self.lines[row]}"
        return f"{self.file} {at}, column {column}"

    def _dates(self, column: str) -> Dates:
        cells = self._plain(column)
        if _is_text(cells):
            return self._days(trim_spaces(pc.fill_null(pc.cast(cells, pa.string()), "")), column)
        is_time = pa.types.is_timestamp(cells.type) and cells.type.tz is None
        if not (is_time or pa.types.is_date(cells.type)):
            raise InputError(
                f"{self._head(column)} is of type {cells.type}; write days, without a time zone"
            )
        self._refuse(cells.is_null(), column, "is no time; write one")
        return pc.cast(cells, pa.timestamp("ns")).to_numpy(zero_copy_only=False)

    def _days(self, text: pa.StringArray, column: str) -> Dates:
        """Days written as text, each distinct one read once."""
        self._refuse(~matches(text, _DAY), column, "is not a day written as 2014-01-31; correct it")
        coded = text.dictionary_encode()
        days = [_day_of(day[:10]) for day in coded.dictionary.to_pylist()]
        codes = coded.indices.to_numpy()
        unknown = np.array([day is None for day in days], dtype=bool)[codes]
        self._refuse(unknown, column, "is no day of the calendar; correct it")
        return np.array(days, dtype="datetime64[D]").astype("datetime64[ns]")[codes]

    def _plain(self, column: str) -> pa.Array:
        """Without the coding by which Arrow stores categories."""
        cells = self.cells[column]
        return cells.dictionary_decode() if pa.types.is_dictionary(cells.type) else cells

    def _head(self, column: str) -> str:
        return f"{self.file}: column {column}"

    def _refuse(self, wrong: pa.Array | np.ndarray, column: str, rule: str) -> None:
        hits = np.flatnonzero(np.asarray(wrong))
        if len(hits):
            row, more = int(hits[0]), len(hits) - 1
            value = quote(str(self.cells[column][row].as_py()))
            also = f" ({more} more such rows)" if more else ""
            raise InputError(f"{self.place(row, column)}: {value} {rule}{also}")


def _is_text(cells: pa.Array) -> bool:
    return pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)


def _day_of(text: str) -> np.datetime64 | None:
    try:
        return np.datetime64(text, "D")
    except ValueError:
        return None

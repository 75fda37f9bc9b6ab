"""The clean rows in memory: series on a regular grid, the form that every later stage reads."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from pipeline.calendar import Dates, Freq, dates_of


@dataclass(frozen=True)
class Series:
    """One series on its regular grid, from its first row to its last.

    Attributes:
        unique_id: its name.
        freq: the grid.
        first_step: step number (`calendar.py`) of row 0.
        columns: names of the columns of `values`: "y" first, then the exogenous ones as declared.
        values: one row a step, in the units of the source; NaN where nothing was observed.
    """

    unique_id: str
    freq: Freq
    first_step: int
    columns: tuple[str, ...]
    values: Float[np.ndarray, "rows columns"]

    @property
    def y(self) -> Float[np.ndarray, " rows"]:
        """The target."""
        return self.values[:, 0]

    @property
    def steps(self) -> Int[np.ndarray, " rows"]:
        """Step number of each row."""
        return self.first_step + np.arange(len(self.values), dtype=np.int64)

    @property
    def ds(self) -> Dates:
        """Date of each row, datetime64[ns]."""
        return dates_of(self.steps, self.freq)

    def row_of(self, step: int) -> int:
        """The row of a step; it may lie outside 0..rows-1."""
        return step - self.first_step

    def until(self, row: int) -> "Series":
        """The rows up to and including `row`: all that a fold with this cutoff may see.

        Past the end of the series rows are missing: an absent row and an empty cell are the same.
        """
        values = self.values[: row + 1]
        absent = row + 1 - len(values)
        if absent > 0:
            values = np.concatenate([values, np.full((absent, values.shape[1]), np.nan)])
        return Series(self.unique_id, self.freq, self.first_step, self.columns, values)

    def pick(self, columns: list[str] | tuple[str, ...]) -> "Series":
        """The same rows with these columns only."""
        places = [self.columns.index(c) for c in columns]
        return Series(
            self.unique_id, self.freq, self.first_step, tuple(columns), self.values[:, places]
        )


@dataclass(frozen=True)
class Observations:
    """All series of a data set, sorted by name, with the same freq and columns."""

    freq: Freq
    columns: tuple[str, ...]
    series: dict[str, Series]

    @property
    def last_step(self) -> int:
        """The last step at which any series has an observed target."""
        return max(
            s.first_step + int(np.flatnonzero(~np.isnan(s.y))[-1])
            for s in self.series.values()
            if not np.isnan(s.y).all()
        )

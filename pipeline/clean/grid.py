"""The regular grid: every row on a step of it, no step twice, and which steps have no row.

Rows are numbers here, all series at once: no loop over rows or series.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int

from pipeline.calendar import FREQ_MEANING, Dates, Freq, dates_of, steps_of
from pipeline.errors import InputError


@dataclass(frozen=True)
class Grid:
    """Where each raw row lies when all series stand behind each other on their grids.

    Attributes:
        names: the series, sorted.
        first_step: by series, the step of its first row.
        offsets: by series, the place of its first row; one more for the end of the last.
        order: raw rows by series and step.
        places: the place on the grids of each raw row in that order.
    """

    names: list[str]
    first_step: Int[np.ndarray, " series"]
    offsets: Int[np.ndarray, " series+1"]
    order: Int[np.ndarray, " rows"]
    places: Int[np.ndarray, " rows"]

    @property
    def absent(self) -> Bool[np.ndarray, " places"]:
        """The places that no raw row lies on."""
        absent = np.ones(self.offsets[-1], dtype=bool)
        absent[self.places] = False
        return absent

    @property
    def series_of_places(self) -> Int[np.ndarray, " places"]:
        """By place, the number of its series."""
        return np.repeat(np.arange(len(self.names)), np.diff(self.offsets))

    def dates(self, freq: Freq) -> Dates:
        """By place, its date, datetime64[ns]."""
        return dates_of(
            np.arange(self.offsets[-1])
            + np.repeat(self.first_step - self.offsets[:-1], self.sizes),
            freq,
        )

    @property
    def sizes(self) -> Int[np.ndarray, " series"]:
        """By series, its steps from first row to last."""
        return np.diff(self.offsets)


def lay_grid(frame: pd.DataFrame, *, freq: Freq, ds_column: str) -> Grid:
    """Put every raw row on its step.

    Args:
        frame: rows with the columns of `tables.RAW`, in any order.
        freq: the declared grid.
        ds_column: what the files call the timestamp, for messages.

    Raises:
        InputError: a date is off the grid, or a series has two rows for one step.
    """
    steps = _steps_on_grid(frame, freq=freq, ds_column=ds_column)
    codes, names = _codes_of(frame["unique_id"])
    order = np.lexsort((steps, codes))
    codes, steps = codes[order], steps[order]
    same = (codes[1:] == codes[:-1]) & (steps[1:] == steps[:-1])
    if same.any():
        raise InputError(_told_twice(frame, order[np.argmax(same) :][:2]))
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    ends = np.append(starts[1:], len(codes)) - 1
    first = steps[starts]
    offsets = np.concatenate([[0], np.cumsum(steps[ends] - first + 1)])
    return Grid(names, first, offsets, order, offsets[codes] + steps - first[codes])


def _codes_of(unique_id: pd.Series) -> tuple[Int[np.ndarray, " rows"], list[str]]:
    """By row, the number of its series in the sorted list of names; and that list."""
    codes, found = pd.factorize(unique_id)
    names = sorted(found)
    rank = pd.Index(names).get_indexer(found)
    return rank[codes].astype(np.int64), names


def _steps_on_grid(frame: pd.DataFrame, *, freq: Freq, ds_column: str) -> Int[np.ndarray, " rows"]:
    ds = frame["ds"].to_numpy().astype("datetime64[ns]")
    steps = steps_of(ds, freq)
    off = dates_of(steps, freq) != ds
    if off.any():
        row = frame.iloc[int(np.argmax(off))]
        raise InputError(
            f"{row['file']} line {row['line']}, column {ds_column}: {_date(row['ds'])} is off the "
            f"grid (freq {freq} needs {FREQ_MEANING[freq]}, without a time of day); correct the "
            "cell or declare another freq"
        )
    return steps


def _told_twice(frame: pd.DataFrame, rows: Int[np.ndarray, " two"]) -> str:
    """The message for two rows of one series and step, whatever order they came in."""
    pair = frame.iloc[rows].sort_values(["file", "line"])
    places = " and ".join(f"{f} line {n}" for f, n in zip(pair["file"], pair["line"], strict=True))
    first = pair.iloc[0]
    return (
        f'{places}: two rows of the series "{first["unique_id"]}" for {_date(first["ds"])} (one '
        "row a step, even where the values agree); remove one, or declare columns.unique_id if the "
        "file holds several series"
    )


def _date(ds: pd.Timestamp) -> str:
    return str(ds.date()) if ds == ds.normalize() else str(ds)

"""Raw rows -> observations on a regular grid, and what is missing from it. Fills nothing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.calendar import Freq
from pipeline.clean.grid import Grid, lay_grid
from pipeline.clean.observations import Observations, Series
from pipeline.errors import InputError
from pipeline.raw.read import RawObservations
from pipeline.raw.settings import Columns
from pipeline.raw.text import repeat_text
from pipeline.raw.verdicts import verdict_frame
from pipeline.tables import OBSERVATIONS, VERDICTS, Column

ABSENT_ROW = "no row for this step of the grid"


@dataclass(frozen=True)
class Clean:
    """The clean rows, and the verdicts on how they came to be.

    Attributes:
        observations: every series on its grid.
        verdicts: columns of `tables.VERDICTS`: those of the reading, and one for each absent row,
            sorted by series and time.
    """

    observations: Observations
    verdicts: pd.DataFrame


def clean_observations(raw: RawObservations, *, freq: Freq, columns: Columns) -> Clean:
    """Put the rows of every series on its regular grid, from its first row to its last.

    Args:
        raw: the rows as read.
        freq: the declared grid.
        columns: what is declared about the columns.

    Raises:
        InputError: a date is off the grid, a series has two rows for one step, or its target is
            never observed.
    """
    ds_column = columns.ds if isinstance(columns.ds, str) else ", ".join(columns.ds)
    grid = lay_grid(raw.frame, freq=freq, ds_column=ds_column)
    names = ("y", *columns.exog)
    values = np.full((grid.offsets[-1], len(names)), np.nan)
    values[grid.places] = raw.frame[list(names)].to_numpy(dtype=np.float64)[grid.order]
    bounds = zip(grid.offsets[:-1], grid.offsets[1:], grid.first_step, grid.names, strict=True)
    series = {
        name: Series(name, freq, int(first), names, values[start:end])
        for start, end, first, name in bounds
    }
    _check_observed(series, target=columns.y)
    verdicts = _sorted(raw.verdicts, _absent_rows(grid, freq))
    return Clean(Observations(freq, names, series), verdicts)


def _check_observed(series: dict[str, Series], *, target: str) -> None:
    for name, one in series.items():
        if np.isnan(one.y).all():
            raise InputError(
                f'series "{name}": the column {target} is empty in all of its {len(one.y)} rows; '
                "fill it, or remove the series"
            )


def _absent_rows(grid: Grid, freq: Freq) -> pa.Table:
    """A verdict for each step between a series' first row and its last that has no row."""
    places = np.flatnonzero(grid.absent)
    texts = {"file": "", "column": "", "value": "", "rule": ABSENT_ROW, "verdict": "missing"}
    found = {name: repeat_text(text, len(places)) for name, text in texts.items()}
    found["line"] = pa.nulls(len(places), pa.int64())
    series = pa.array(grid.series_of_places[places])
    found["unique_id"] = pa.array(grid.names, pa.string()).take(series)
    found["ds"] = pa.array(grid.dates(freq)[places])
    return pa.table([found[name] for name in VERDICTS.names], schema=VERDICTS.schema())


def _sorted(verdicts: pd.DataFrame, absent: pa.Table) -> pd.DataFrame:
    frame = pd.concat([verdicts, verdict_frame([absent])], ignore_index=True)
    keys = ["unique_id", "ds", "column", "file", "line"]
    return frame.sort_values(keys, ignore_index=True)


def observations_frame(observations: Observations) -> pd.DataFrame:
    """The clean rows as one long frame, series after series.

    Returns:
        Columns of `tables.OBSERVATIONS`, then the exogenous ones; ds datetime64[ns], numbers
        float64 in their own units, NaN where nothing was observed.
    """
    series = observations.series.values()
    sizes = np.array([len(s.values) for s in series])
    values = np.concatenate([s.values for s in series])
    places = pa.array(np.repeat(np.arange(len(sizes)), sizes))
    names = pa.array(list(observations.series), pa.string()).take(places)
    exogenous = [Column(name, "float64", "of the source", "") for name in observations.columns[1:]]
    ds = np.concatenate([s.ds for s in series])
    table = pa.table(
        [names, pa.array(ds), *(pa.array(column) for column in values.T.copy())],
        schema=OBSERVATIONS.with_columns(exogenous).schema(),
    )
    return table.to_pandas()

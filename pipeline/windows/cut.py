"""Windows up to a cutoff: `input_size` rows that a network sees, and the `horizon` rows after them.

Stored is where they start; the tensors are gathered on request, since they are the same rows many
times over.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.clean.observations import Series
from pipeline.errors import InputError
from pipeline.windows.mask import Filled, fill_as_of


class WindowIndex(NamedTuple):
    """The training windows of a fold, and the inputs of its forecast.

    Attributes:
        starts: first row of each window.
        observed: which of its targets are observed; at least one is.
        context: the last `input_size` rows up to the cutoff, gaps filled, in raw units.
        context_observed: where the context was observed and not filled.
    """

    starts: Int[np.ndarray, " N"]
    observed: Bool[np.ndarray, "N horizon"]
    context: Float[np.ndarray, "input_size columns"]
    context_observed: Bool[np.ndarray, "input_size columns"]


class Tensors(NamedTuple):
    """What a network is trained on, in the units of the source.

    Attributes:
        inputs: rows of each window, gaps filled.
        inputs_observed: where they were observed and not filled.
        targets: the target in the rows after them; NaN where it is missing.
        futr: the columns known ahead in these rows after them; never missing.
    """

    inputs: Float[np.ndarray, "N input_size columns"]
    inputs_observed: Bool[np.ndarray, "N input_size columns"]
    targets: Float[np.ndarray, "N horizon"]
    futr: Float[np.ndarray, "N horizon K"]


def cut_windows(
    series: Series,
    row: int,
    *,
    input_size: int,
    horizon: int,
    season_length: int,
    futr: Sequence[str] = (),
) -> WindowIndex:
    """Every training window of a series that lies wholly at or before a row.

    Args:
        series: a series on its grid; rows after `row` change no byte of the result.
        row: the cutoff, inclusive; it may lie after the last row, where nothing is observed.
        input_size: rows that the network sees.
        horizon: rows to forecast.
        season_length: steps in a season, for filling gaps of the inputs.
        futr: columns known ahead: a window in whose horizon one of them is missing is left out,
            since they are never filled there.

    Raises:
        InputError: not one window fits.
    """
    assert row >= 0, "a ready fold has an observed row at or before its cutoff"
    known = series.until(row)
    filled = fill_as_of(known, season_length=season_length)
    first = _first_full_row(filled)
    starts = np.arange(first, row + 2 - input_size - horizon, dtype=np.int64)
    sizes = {"input_size": input_size, "horizon": horizon}
    observed = _behind(filled.observed[:, 0], starts, **sizes)
    usable = np.any(observed, axis=1)
    _refuse_none(
        usable,
        known,
        f"{max(row + 1 - first, 0)} rows from the first with every column "
        f"observed, a window needs {input_size + horizon} and an observed target; take a later "
        "cutoff or a smaller input_size",
    )
    ahead = np.all(filled.observed[:, _places(series, futr)], axis=1)
    usable = usable & np.all(_behind(ahead, starts, **sizes), axis=1)
    _refuse_none(
        usable,
        known,
        f"each has a step to forecast without a value of {' or '.join(futr)}; "
        "fill the cells, or declare the column as hist_exog",
    )
    last = slice(row + 1 - input_size, row + 1)
    return WindowIndex(starts[usable], observed[usable], filled.values[last], filled.observed[last])


def _refuse_none(usable: Bool[np.ndarray, " N"], known: Series, why: str) -> None:
    if not usable.any():
        last = known.ds[-1].astype("M8[D]")
        raise InputError(f'series "{known.unique_id}": no window fits up to {last}: {why}')


def window_tensors(
    series: Series,
    index: WindowIndex,
    *,
    input_size: int,
    horizon: int,
    season_length: int,
    futr: Sequence[str] = (),
) -> Tensors:
    """The inputs and targets of windows.

    Args:
        series: the series they were cut from.
        index: where they start, from `cut_windows` with the same sizes.
        input_size: rows that the network sees.
        horizon: rows to forecast.
        season_length: steps in a season, for filling gaps of the inputs.
        futr: columns known ahead.
    """
    known = series.until(int(index.starts[-1]) + input_size + horizon - 1)
    filled = fill_as_of(known, season_length=season_length)
    rows = index.starts[:, None] + np.arange(input_size)
    after = index.starts[:, None] + input_size + np.arange(horizon)
    ahead = known.values[after][..., _places(series, futr)]
    return Tensors(filled.values[rows], filled.observed[rows], known.y[after], ahead)


def _first_full_row(filled: Filled) -> int:
    """The first row at which every column has been observed: from there on all gaps are filled."""
    unfilled = np.isnan(filled.values).any(axis=1)
    return int(unfilled.sum())


def _places(series: Series, columns: Sequence[str]) -> list[int]:
    """Where these columns stand among the series' own."""
    return [series.columns.index(column) for column in columns]


def _behind(
    column: np.ndarray, starts: Int[np.ndarray, " N"], *, input_size: int, horizon: int
) -> np.ndarray:
    """The `horizon` entries of a column behind the inputs of each window, [N, horizon]."""
    if len(starts) == 0:
        return np.empty((0, horizon), dtype=column.dtype)
    return sliding_window_view(column, horizon)[starts + input_size]

"""Which forecast to correct: the one whose squared errors so far are the least, as of any row.

Of the references in `PICKED_FROM` no one is the best everywhere. A reference is judged as of every
row from the second season on whose horizon has ended, over all steps of the horizon, in running
sums: the choice as of a row depends on rows <= it only, and all rows of a series cost one pass.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from pipeline.baselines.as_of import target_rows, target_until
from pipeline.baselines.forecast import reference_paths
from pipeline.clean.observations import Series

NOT_JUDGED = "seasonal_naive"
"""What is picked where no horizon has ended: it needs the fewest rows of all."""


def pick_references(
    series: Sequence[Series],
    rows: Sequence[Int[np.ndarray, " _"]],
    *,
    candidates: Sequence[str],
    horizon: int,
    season_length: int,
) -> list[Int[np.ndarray, " _"]]:
    """The candidate with the least squared error so far, as of each row of each series.

    All are judged on the same points: a row counts as a cutoff where every candidate has a forecast
    of each target that was observed.

    Args:
        series: their targets in their own units, NaN where nothing was observed.
        rows: the cutoffs of each, inclusive.
        candidates: names of references, seasonal_naive among them; of equals the first is picked.
        horizon: steps to forecast.
        season_length: steps in a season.

    Returns:
        For each series the places of the picked ones among the candidates.
    """
    judged = [np.arange(season_length, int(own.max(initial=-1)) + 1 - horizon) for own in rows]
    sizes = {"horizon": horizon, "season_length": season_length}
    squares = []
    for name in candidates:
        paths = reference_paths(name, series, judged, **sizes)
        squares.append([_squares(*of) for of in zip(series, judged, paths, strict=True)])
    unjudged = list(candidates).index(NOT_JUDGED)
    return [
        _least(np.stack([of_each[k] for of_each in squares]), unjudged)[
            np.maximum(own - horizon - season_length, -1) + 1
        ]
        for k, own in enumerate(rows)
    ]


def _squares(
    series: Series, rows: Int[np.ndarray, " rows"], paths: Float[np.ndarray, "rows horizon"]
) -> Float[np.ndarray, " rows"]:
    """The sum of squared errors as of each row; NaN where nothing was observed or forecast."""
    horizon = paths.shape[1]
    y = target_until(series, rows + horizon)[target_rows(rows, horizon)]
    seen = ~np.isnan(y)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.where(seen, (y - paths) ** 2, 0.0)
    # One after the other: numpy's own sum adds in an order that depends on the number of rows.
    return np.where(seen.any(axis=1), np.cumsum(squares, axis=1)[:, -1], np.nan)


def _least(
    squares: Float[np.ndarray, "candidates rows"], unjudged: int
) -> Int[np.ndarray, " rows_and_one"]:
    """The place of the least sum after 0, 1, 2, ... rows; `unjudged` where there is none yet."""
    known = ~np.isnan(squares).any(axis=0)
    with np.errstate(over="ignore"):
        sums = np.cumsum(np.where(known, squares, 0.0), axis=1)
    judged = (np.cumsum(known) > 0) & np.isfinite(sums.min(axis=0))
    return np.append(unjudged, np.where(judged, np.argmin(sums, axis=0), unjudged))

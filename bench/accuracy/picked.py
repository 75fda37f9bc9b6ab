"""Which forecast to correct, chosen by what its errors were, as of each cutoff."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from pipeline.baselines.forecast import reference_paths
from pipeline.baselines.picked import pick_references
from pipeline.baselines.settings import PICKED_FROM
from pipeline.calendar import steps_of
from pipeline.clean.observations import Observations, Series

REFERENCES: tuple[str, ...] = PICKED_FROM
"""What a network with `corrects: auto` picks from."""


def pick(
    frames: Mapping[str, pd.DataFrame],
    observations: Observations,
    *,
    horizon: int,
    season: int,
    looked_at: int | None = None,
) -> dict[str, pd.DataFrame]:
    """From the points of several models those of the preferred one at each cutoff, and their mean.

    Args:
        frames: by reference the points of it, or of a network that corrects it.
        observations: the clean rows.
        horizon: steps that are forecast.
        season: steps in a season.
        looked_at: cutoffs that they are compared on, the last ones whose horizon has ended; by
            default all of them, by the pipeline's own rule.
    """
    columns = ["unique_id", "cutoff", "step"]
    aligned = {name: own.sort_values(columns, ignore_index=True) for name, own in frames.items()}
    names = list(aligned)
    points = aligned[names[0]]
    y_hat = np.stack([aligned[name]["y_hat"].to_numpy() for name in names])
    which = np.zeros(len(points), dtype=np.int64)
    for unique_id, own in points.groupby("unique_id"):
        series = observations.series[str(unique_id)]
        cutoffs = own["cutoff"].to_numpy().astype("datetime64[ns]")
        rows = steps_of(cutoffs, series.freq) - series.first_step
        if looked_at is None:
            sizes = {"horizon": horizon, "season_length": season}
            (which[own.index],) = pick_references([series], [rows], candidates=names, **sizes)
        else:
            sizes = {"horizon": horizon, "season": season, "looked_at": looked_at}
            which[own.index] = preferred(series, rows, names, **sizes)
    made = {"picked": y_hat[which, np.arange(len(points))], "mean": y_hat.mean(axis=0)}
    return {
        name: points.assign(model=name, y_hat=values, error=values - points["y"])
        for name, values in made.items()
    }


def preferred(
    series: Series,
    cutoffs: Int[np.ndarray, " cutoffs"],
    names: Sequence[str],
    *,
    horizon: int,
    season: int,
    looked_at: int,
) -> Int[np.ndarray, " cutoffs"]:
    """The number of the reference with the least squared error on the last cutoffs so far.

    Where no horizon has ended yet, seasonal_naive where it is among them: of five it needs least.
    """
    least = list(names).index("seasonal_naive")
    rows = np.arange(season, len(series.y) - horizon)
    errors = np.stack([_errors(name, series, rows, horizon, season) for name in names])
    found = []
    for cutoff in cutoffs:
        known = (rows + horizon <= cutoff) & (rows > cutoff - horizon - looked_at)
        means = np.nanmean(errors[:, known], axis=1) if known.any() else np.full(len(names), np.nan)
        found.append(least if np.isnan(means).any() else int(np.argmin(means)))
    return np.array(found, dtype=np.int64)


def _errors(
    name: Any,  # noqa: ANN401 - one of REFERENCES
    series: Series,
    rows: Int[np.ndarray, " rows"],
    horizon: int,
    season: int,
) -> Float[np.ndarray, " rows"]:
    """The mean squared error of a reference at each row, over its horizon."""
    (paths,) = reference_paths(name, [series], [rows], horizon=horizon, season_length=season)
    missed = paths - series.y[rows[:, None] + 1 + np.arange(horizon)]
    seen = np.isfinite(missed)
    total = np.where(seen, missed, 0.0) ** 2
    return np.divide(
        total.sum(1), seen.sum(1), out=np.full(len(rows), np.nan), where=seen.any(axis=1)
    )

"""Anomaly persistence: the climatology, and what is left of how far the series lies off it.

The anomaly a_t is y_t less the climatology as of the row before. It is smoothed, and dies away:

    l_t = rho l_(t-1) + alpha (a_t - rho l_(t-1))
    path_h = climatology_h + rho^h l_t

Where y_t is missing l_t = rho l_(t-1): the anomaly goes on dying away. rho = 0 is the climatology
itself, to the last bit.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
from jaxtyping import Float, Int

from pipeline.baselines.as_of import target_until
from pipeline.baselines.climatology import climatology_paths
from pipeline.baselines.grid import (
    HORIZONS,
    MEMORY,
    Member,
    SquaredErrors,
    Together,
    by_series,
    fill_paths,
    gaps_of,
)
from pipeline.clean.observations import Series

POINTS = np.array(
    [(1.0, 0.0), *product((1.0, 0.8, 0.6, 0.4, 0.2), (0.3, 0.5, 0.7, 0.85, 0.95))], dtype=np.float64
)
"""alpha and rho of 26 points; the first, which is chosen among equals, is the climatology."""


def anomaly_persistence_paths(
    series: Sequence[Series],
    rows: Sequence[Int[np.ndarray, " _"]],
    *,
    horizon: int,
    season_length: int,
) -> list[Float[np.ndarray, "_ horizon"]]:
    """The climatology and what is left of the anomaly, at the best point as of each cutoff.

    Args:
        series: their targets in their own units, NaN where nothing was observed.
        rows: the cutoffs of each, inclusive.
        horizon: steps to forecast; at most 300 for daily data.
        season_length: steps in a season; taken because all baselines are called alike, it changes
            nothing here: the climatology knows the time of the year.

    Returns:
        For each series float64 in the unit of its target; NaN where nothing was observed yet, inf
        where something overflows.
    """
    members, climatologies, begin = [], [np.empty((0, horizon))], 0
    for one, own in zip(series, rows, strict=True):
        if len(own):
            places = np.arange(begin, begin + len(own))
            y = target_until(one, own)[: int(own.max()) + 1]
            every = climatology_paths(
                one, np.arange(len(y)), horizon=max(horizon, MEMORY), season_length=season_length
            )
            members.append(Member(_anomalies(y, every), own, places))
            climatologies.append(every[own, :horizon])
        begin += len(own)
    left = np.zeros((begin, horizon))
    fill_paths(
        left,
        members,
        points=len(POINTS),
        forecast=lambda batch: fading_anomalies(batch, POINTS, horizon=horizon),
    )
    paths = np.concatenate(climatologies) + left
    return by_series(paths, rows)


def _anomalies(
    y: Float[np.ndarray, " rows"], climatology: Float[np.ndarray, "rows ahead"]
) -> Float[np.ndarray, "rows horizons"]:
    """How far each row lies off the climatology as of 1, 2, ... rows before it; NaN if unknown."""
    off = np.full((len(y), len(HORIZONS)), np.nan)
    for k, ahead in enumerate(HORIZONS):
        off[ahead:, k] = y[ahead:] - climatology[: max(len(y) - ahead, 0), ahead - 1]
    return off


def fading_anomalies(
    batch: Together, points: Float[np.ndarray, "points 2"], *, horizon: int
) -> Float[np.ndarray, "asked horizon"]:
    """rho^h l_t of what is asked for, each at the point with the smallest errors so far.

    Args:
        batch: the anomalies of each row, as of so many rows before it as `HORIZONS` says.
        points: alpha and rho of each; the first is chosen among equals.
        horizon: steps to forecast.
    """
    alpha, rho = points.T[:, :, None]
    anomaly = np.zeros((MEMORY, len(points), batch.values.shape[2]))
    errors, asked = SquaredErrors(*anomaly.shape[1:]), batch.asked.by_row()
    left = np.empty((len(batch.places), horizon))
    for row, off in enumerate(batch.values):
        missed = _judge(anomaly, errors, rho, row=row, off=off)
        now = anomaly[row % MEMORY]
        np.multiply(rho, anomaly[(row - 1) % MEMORY], out=now)
        now += alpha * missed
        if row in asked:
            members = batch.asked.member[asked[row]]
            best = errors.best(members)
            fading = np.cumprod(np.repeat(rho[best], horizon, axis=1), axis=1)
            left[asked[row]] = fading * now[best, members][:, None]
    return left


def _judge(
    anomaly: Float[np.ndarray, "kept points members"],
    errors: SquaredErrors,
    rho: Float[np.ndarray, "points 1"],
    *,
    row: int,
    off: Float[np.ndarray, "horizons members"],
) -> Float[np.ndarray, "points members"]:
    """Add the squared errors of a row; returns the errors one step ahead, 0 where unknown."""
    missed = np.zeros(anomaly.shape[1:])
    for k, ahead in enumerate(HORIZONS):
        if ahead > row:
            break
        gaps = gaps_of(off[k])
        error = off[k] - rho**ahead * anomaly[(row - ahead) % MEMORY]
        if ahead == 1:
            missed = error.copy()
            if gaps is not None:
                missed[:, gaps] = 0.0
        errors.add(error, gaps)
    return missed

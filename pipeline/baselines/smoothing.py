"""Exponential smoothing of many series at every point of a grid, forecast as of any row.

Additive level, damped trend and season (Hyndman et al. 2008, table 2.2; the ETS model A,Ad,A). With
e_t = y_t - l_(t-1) - phi b_(t-1) - s_(t-m), and beta as Holt and statsmodels define it:

    l_t = l_(t-1) + phi b_(t-1) + alpha_t e_t
    b_t = phi b_(t-1) + alpha_t beta e_t
    s_t = s_(t-m) + gamma_t e_t
    path_h = l_t + (phi + ... + phi^h) b_t + s_(t+h-m*ceil(h/m))

alpha_t is alpha, but at least 1 / n_t with n_t values so far; gamma_t is gamma, but at least
(1 - alpha) / k_t with k_t values so far at this place of the season: the first values are averaged,
so that a small alpha or gamma does not hold on to the first of them. With alpha 0 the level is the
mean of all. Where y_t is missing e_t is 0: every state moves by its own equation, and the path as
of the next row is the rest of the path as of this one. The loop over rows is the only one; rows
after an asked row cannot matter to it.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from pipeline.baselines.grid import HORIZONS, MEMORY, Grid, SquaredErrors, Together, gaps_of


@dataclass(frozen=True)
class Start:
    """The states of some series at the row that smoothing begins after, the same at every point.

    Attributes:
        row: that row.
        level: in the unit of the values.
        trend: in the unit of the values per step.
        seasons: of the last rows up to it, a season of them; no row where there is no season.
    """

    row: int
    level: Float[np.ndarray, " members"]
    trend: Float[np.ndarray, " members"]
    seasons: Float[np.ndarray, "season members"]


class Row(NamedTuple):
    """One row of some series.

    Attributes:
        number: its number.
        values: what was observed, NaN where missing.
        seen: how many values were observed up to it.
        seen_here: how many of these at its place of the season; read with a season alone.
    """

    number: int
    values: Float[np.ndarray, " members"]
    seen: Int[np.ndarray, " members"]
    seen_here: Int[np.ndarray, " members"]


@dataclass(frozen=True)
class States:
    """The newest states of every point and series, each row in the place row % places.

    Attributes:
        start: the row of the oldest that there is.
        level: of the last 24 rows.
        trend: of the last 24 rows.
        seasons: of the last rows, of whole seasons.
        season_length: rows of a season; 0 without one.
        damped: how many times the trend is added by 0 to 24 steps ahead.
    """

    start: int
    level: Float[np.ndarray, "kept points members"]
    trend: Float[np.ndarray, "kept points members"]
    seasons: Float[np.ndarray, "whole_seasons points members"]
    season_length: int
    damped: Float[np.ndarray, "steps points 1"]


def smoothed_paths(
    batch: Together, start: Start, grid: Grid, *, horizon: int
) -> Float[np.ndarray, "asked horizon"]:
    """The forecasts that are asked for, each at the point with the smallest errors so far.

    Args:
        batch: the values and what is asked for, at or after the row of the start.
        start: the states to begin with.
        grid: the points.
        horizon: steps to forecast.

    Returns:
        float64 in the unit of the values; no number where something overflows.
    """
    assert batch.asked.row.min() >= start.row, "asked for before smoothing begins"
    states = begin(start, grid)
    errors = SquaredErrors(len(grid.alpha), batch.values.shape[1])
    asked = batch.asked.by_row()
    paths = np.empty((len(batch.places), horizon))
    for row in rows_of(batch.values, states.season_length)[start.row :]:
        if row.number > start.row:
            learn(states, grid, errors, row)
        if row.number in asked:
            places = asked[row.number]
            members = batch.asked.member[places]
            best = errors.best(members)
            paths[places] = _paths_from(states, grid, row.number, best, members, horizon)
    return paths


def rows_of(values: Float[np.ndarray, "rows members"], season_length: int) -> list[Row]:
    """The rows one by one, with the counts of what was observed."""
    observed = ~np.isnan(values)
    seen = np.cumsum(observed, axis=0)
    seen_here = observed.astype(np.int64)
    if season_length:
        for row in range(season_length, len(values)):
            seen_here[row] += seen_here[row - season_length]
    return [Row(*row) for row in zip(range(len(values)), values, seen, seen_here, strict=True)]


def begin(start: Start, grid: Grid) -> States:
    """Room for the states, with those to begin with in it."""
    points, members = len(grid.alpha), len(start.level)
    season = len(start.seasons)
    # So many seasons that the season as of 24 rows before the newest is still there.
    kept = season * -(-MEMORY // season) if season else 0
    states = States(
        start.row,
        np.zeros((MEMORY, points, members)),
        np.zeros((MEMORY, points, members)),
        np.zeros((kept, points, members)),
        season,
        damping(grid.phi, MEMORY)[:, :, None],
    )
    states.level[start.row % MEMORY] = start.level
    states.trend[start.row % MEMORY] = start.trend
    for k, values in enumerate(start.seasons):
        states.seasons[(start.row - season + 1 + k) % kept] = values
    return states


def learn(states: States, grid: Grid, errors: SquaredErrors, row: Row) -> None:
    """Judge the forecasts of a row, and move the states on to it.

    Args:
        states: those of the rows before it; its own are put in.
        grid: the points.
        errors: the squared errors so far; those of this row are added.
        row: the row.
    """
    missed = _judge(states, errors, row)
    alpha, beta, gamma, phi = (part[:, None] for part in grid)
    now, before = row.number % MEMORY, (row.number - 1) % MEMORY
    trend = phi * states.trend[before]
    level = states.level[before] + trend
    if states.season_length:
        kept = len(states.seasons)
        last = states.seasons[(row.number - states.season_length) % kept]
        share = np.maximum(gamma, (1 - alpha) / np.maximum(row.seen_here, 1))
        np.add(last, share * missed, out=states.seasons[row.number % kept])
    missed *= np.maximum(alpha, 1.0 / np.maximum(row.seen, 1))
    np.add(level, missed, out=states.level[now])
    missed *= beta
    np.add(trend, missed, out=states.trend[now])


def _judge(states: States, errors: SquaredErrors, row: Row) -> Float[np.ndarray, "points members"]:
    """Add the squared errors at all horizons; returns the errors one step ahead, 0 in gaps."""
    gaps, season, kept = gaps_of(row.values), states.season_length, len(states.seasons)
    missed, rest, seasons_back = np.zeros(states.level.shape[1:]), row.values, 0
    for ahead in HORIZONS:
        if row.number - ahead < states.start:
            break
        if season and -(-ahead // season) != seasons_back:
            seasons_back = -(-ahead // season)
            rest = row.values - states.seasons[(row.number - season * seasons_back) % kept]
        place = (row.number - ahead) % MEMORY
        error = states.damped[ahead] * states.trend[place]
        error += states.level[place]
        np.subtract(rest, error, out=error)
        if ahead == 1:
            missed = error.copy()
        errors.add(error, gaps)
    if gaps is not None:
        missed[:, gaps] = 0.0
    return missed


def _paths_from(
    states: States,
    grid: Grid,
    row: int,
    points: Int[np.ndarray, " some"],
    members: Int[np.ndarray, " some"],
    horizon: int,
) -> Float[np.ndarray, "some horizon"]:
    """The forecasts of some series as of a row, each at its own point."""
    level, trend = (ring[row % MEMORY, points, members] for ring in (states.level, states.trend))
    season, kept = states.season_length, len(states.seasons)
    damped, paths = damping(grid.phi[points], horizon), np.empty((len(members), horizon))
    for ahead in range(1, horizon + 1):
        paths[:, ahead - 1] = level + damped[ahead] * trend
        if season:
            place = (row + ahead - season * -(-ahead // season)) % kept
            paths[:, ahead - 1] += states.seasons[place, points, members]
    return paths


def damping(phi: Float[np.ndarray, " some"], steps: int) -> Float[np.ndarray, "_ some"]:
    """How many times the trend is added by step h, phi + ... + phi^h, for h from 0 to `steps`."""
    powers = np.cumprod(np.tile(phi, (steps, 1)), axis=0)
    return np.concatenate([np.zeros((1, len(phi))), np.cumsum(powers, axis=0)])

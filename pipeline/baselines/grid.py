"""A grid of parameters, judged as of every row: which point forecast best so far.

The forecasts that are judged are made in `smoothing.py` and `anomaly_persistence.py`. Here are the
horizons they are judged over, their squared errors, and who asks for a forecast at which row.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

HORIZONS = (1, 2, 3, 6, 9, 12, 18, 24)
"""Steps ahead over which a point is judged, whatever the declared horizon.

One step alone would choose what follows the last value too closely to be good a season ahead."""

MEMORY = max(HORIZONS)
"""Rows whose states are kept: the oldest forecast of the newest row was made so long before it."""

_CELLS = 16_384
"""Points times series whose states move together: their arrays stay in a processor's cache."""


class Grid(NamedTuple):
    """Parameters of exponential smoothing, one of each a point; the first is chosen among equals.

    Attributes:
        alpha: of the level, in [0, 1].
        beta: of the trend: the share of a change of the level that it takes up, in [0, 1].
        gamma: of the season: the share of an error that it takes up, in [0, 1 - alpha].
        phi: how much of the trend is left a step later, in [0, 1]; 0 is no trend.
    """

    alpha: Float[np.ndarray, " points"]
    beta: Float[np.ndarray, " points"]
    gamma: Float[np.ndarray, " points"]
    phi: Float[np.ndarray, " points"]


def grid_of(
    alphas: Sequence[float],
    trends: Sequence[tuple[float, float]],
    gammas: Sequence[float] = (0.0,),
) -> Grid:
    """Every trend with every alpha and gamma.

    Args:
        alphas: of the level.
        trends: beta and phi of each, the simplest first.
        gammas: of the season as shares of 1 - alpha: more would not forget the beginning.
    """
    points = [(a, b, g * (1 - a), p) for (b, p), a, g in product(trends, alphas, gammas)]
    return Grid(*np.array(points, dtype=np.float64).T.copy())


class Asked(NamedTuple):
    """The forecasts that are asked for.

    Attributes:
        member: which of the series that move together each is of.
        row: the row that it is made as of.
    """

    member: Int[np.ndarray, " asked"]
    row: Int[np.ndarray, " asked"]

    def by_row(self) -> dict[int, Int[np.ndarray, " some"]]:
        """By row the numbers of the forecasts that are asked for as of it."""
        order = np.argsort(self.row, kind="stable")
        rows, begins = np.unique(self.row[order], return_index=True)
        return dict(zip(rows.tolist(), np.split(order, begins[1:]), strict=True))


class SquaredErrors:
    """The sum of squared errors of each point so far, over all horizons."""

    def __init__(self, points: int, members: int) -> None:
        """Nothing is judged yet."""
        self._sums = np.zeros((points, members))

    def add(
        self, errors: Float[np.ndarray, "points members"], gaps: Bool[np.ndarray, " members"] | None
    ) -> None:
        """Add the errors of one row and horizon; they are overwritten.

        Args:
            errors: of every point and member.
            gaps: the members that have none here; None for no member.
        """
        np.multiply(errors, errors, out=errors)
        if gaps is not None:
            errors[:, gaps] = 0.0
        self._sums += errors

    def best(self, members: Int[np.ndarray, " some"]) -> Int[np.ndarray, " some"]:
        """The point with the smallest sum of each of these members, the first among equals."""
        return np.argmin(self._sums[:, members], axis=0)


def gaps_of(values: Float[np.ndarray, " members"]) -> Bool[np.ndarray, " members"] | None:
    """Where nothing is known; None where everything is."""
    gaps = np.isnan(values)
    return gaps if gaps.any() else None


class Member(NamedTuple):
    """One series among those that move together.

    Attributes:
        values: its rows, of one value or several each; NaN where missing.
        rows: as of which a forecast is asked for.
        places: where these forecasts belong.
    """

    values: Float[np.ndarray, "rows *columns"]
    rows: Int[np.ndarray, " asked"]
    places: Int[np.ndarray, " asked"]


class Together(NamedTuple):
    """Some members side by side, all beginning in row 0.

    Attributes:
        values: those of each member in the last place, NaN where missing or not asked for.
        asked: the forecasts of all of them.
        places: where these belong.
    """

    values: Float[np.ndarray, "rows *columns members"]
    asked: Asked
    places: Int[np.ndarray, " asked"]


def side_by_side(members: Sequence[Member], *, points: int) -> Iterator[Together]:
    """The members in batches of those that end at about the same row.

    Args:
        members: each with at least one forecast asked for.
        points: of the grid.
    """
    last = [int(one.rows.max()) for one in members]
    order = sorted(range(len(members)), key=last.__getitem__)
    width = max(1, _CELLS // points)
    for begin in range(0, len(order), width):
        some = [members[k] for k in order[begin : begin + width]]
        end = last[order[begin : begin + width][-1]] + 1
        values = np.full((end, *some[0].values.shape[1:], len(some)), np.nan)
        for k, one in enumerate(some):
            known = one.values[: int(one.rows.max()) + 1]
            values[: len(known), ..., k] = known
        number = np.repeat(np.arange(len(some)), [len(one.rows) for one in some])
        rows, places = (np.concatenate(part) for part in zip(*[m[1:] for m in some], strict=True))
        yield Together(values, Asked(number, rows), places)


def fill_paths(
    paths: Float[np.ndarray, "places horizon"],
    members: Sequence[Member],
    *,
    points: int,
    forecast: Callable[[Together], Float[np.ndarray, "asked horizon"]],
) -> None:
    """Put the forecasts of all members in their places, batch by batch.

    Args:
        paths: where they are put; places of no member stay as they are.
        members: each with at least one forecast asked for.
        points: of the grid.
        forecast: gives those of a batch.
    """
    for batch in side_by_side(members, points=points):
        found = forecast(batch)
        # Something was observed as of every row that is asked for: what is no number overflowed.
        paths[batch.places] = np.where(np.isnan(found), np.inf, found)


def by_series(
    paths: Float[np.ndarray, "places horizon"], rows: Sequence[Int[np.ndarray, " _"]]
) -> list[Float[np.ndarray, "_ horizon"]]:
    """The forecasts of each series, whose places follow one another."""
    edges = np.cumsum([0, *(len(own) for own in rows)]).tolist()
    return [paths[a:b] for a, b in pairwise(edges)]

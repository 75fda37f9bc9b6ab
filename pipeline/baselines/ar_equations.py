"""The equations of an autoregression: one per complete row, of many series, one after the other.

What stands in them and how many of them a cutoff may see. They are solved in `ar_all_cutoffs.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.baselines.ar import ArTerms
from pipeline.calendar import season_positions
from pipeline.clean.observations import Series


@dataclass(frozen=True)
class Equations:
    """All rows whose target and lags are observed, series after series.

    Attributes:
        terms: what the target is regressed on.
        values: the targets of all series end to end, float64, a NaN behind each series.
        levels: of each series a value that it has near its beginning; 0 where nothing is fitted.
        starts: where row 0 of each series lies in `values`.
        ends: where the target of each equation lies in `values`; rising.
        begins: number of the first equation of each series, and behind it how many there are.
        rows: the row of each equation's target in its own series.
        positions: where in the season that row lies, from 0.
    """

    terms: ArTerms
    values: Float[np.ndarray, " values"]
    levels: Float[np.ndarray, " series"]
    starts: Int[np.ndarray, " series"]
    ends: Int[np.ndarray, " equations"]
    begins: Int[np.ndarray, " series+1"]
    rows: Int[np.ndarray, " equations"]
    positions: Int[np.ndarray, " equations"]

    @property
    def width(self) -> int:
        """Columns of an equation: its terms, and the target behind them."""
        return self.terms.count + 1

    @property
    def terms_in_order(self) -> list[int]:
        """The column of each term: equations hold the oldest lag first, coefficients the newest."""
        target, lags = self.width - 1, self.terms.lags
        return [*range(target - lags), *range(target - 1, target - lags - 1, -1)]

    def known(
        self, of: Int[np.ndarray, " folds"], rows: Int[np.ndarray, " folds"]
    ) -> Int[np.ndarray, " folds"]:
        """How many equations of a fold's series end at or before a row; it may lie outside."""
        lengths = np.diff(np.append(self.starts, len(self.values))) - 1
        last = self.starts[of] + np.clip(rows, -1, lengths[of] - 1)
        return np.searchsorted(self.ends, last, side="right") - self.begins[of]

    @cached_property
    def from_levels(self) -> Float[np.ndarray, " values"]:
        """`values` as distances from the level of their series; inf where they overflow."""
        lengths = np.diff(np.append(self.starts, len(self.values)))
        with np.errstate(all="ignore"):
            return self.values - np.repeat(self.levels, lengths)

    def columns(
        self, numbers: Int[np.ndarray, "*shape"], values: Float[np.ndarray, " values"]
    ) -> Float[np.ndarray, "*shape width"]:
        """The numbers in these equations: const, trend, seasons, lags from the oldest, target.

        Args:
            numbers: which equations.
            values: what lags and target are taken from: `values` or `from_levels`.
        """
        terms = self.terms
        found = np.empty((*numbers.shape, self.width))
        found[..., 0] = 1.0
        if terms.trend:
            found[..., 1] = self.rows[numbers] + 1
        first_lag = self.width - terms.lags - 1
        position = self.positions[numbers][..., None]
        found[..., 1 + terms.trend : first_lag] = position == np.arange(1, terms.seasons)
        windows = sliding_window_view(values, terms.lags + 1)
        found[..., first_lag:] = windows[self.ends[numbers] - terms.lags]
        return found

    @cached_property
    def seen_after(self) -> Int[np.ndarray, "series seasons"]:
        """How many equations of a series it takes to have one at each position of the season."""
        series = np.repeat(np.arange(len(self.starts)), np.diff(self.begins))
        found = np.full((len(self.starts), self.terms.seasons), np.iinfo(np.int64).max)
        number = np.arange(len(self.ends)) - self.begins[series]
        np.minimum.at(found, (series, self.positions), number + 1)
        return found


def equations_of(series: Sequence[Series], terms: ArTerms) -> Equations:
    """Every complete row of these series.

    Args:
        series: their targets in their own units, NaN where nothing was observed.
        terms: what the target is regressed on.
    """
    # The NaN behind each series keeps windows from reaching into the series before.
    parts = [np.append(s.y.astype(np.float64), np.nan) for s in series]
    values = np.concatenate([*parts, np.empty(0)])
    starts = np.cumsum([0, *map(len, parts)])
    missing = np.cumsum(np.append(0, np.isnan(values)))
    whole = missing[terms.lags + 1 :] == missing[: -terms.lags - 1]
    ends = np.flatnonzero(whole) + terms.lags
    begins = np.searchsorted(ends, starts)
    by_equation = np.repeat(np.arange(len(parts)), np.diff(begins))
    rows = ends - starts[by_equation]
    steps = np.array([s.first_step for s in series], dtype=np.int64)[by_equation] + rows
    positions = season_positions(steps, terms.seasons)
    levels = _levels(values[ends], begins, fewest=terms.count + 1)
    return Equations(terms, values, levels, starts[:-1], ends, begins, rows, positions)


def _levels(
    targets: Float[np.ndarray, " equations"], begins: Int[np.ndarray, " edges"], *, fewest: int
) -> Float[np.ndarray, " edges-1"]:
    """The median of the targets of the fewest equations of a series that are fitted.

    Every fold that is fitted sees them, so that all folds of a series have one level, and none a
    level that it cannot know.
    """
    found = np.zeros(len(begins) - 1)
    enough = np.flatnonzero(np.diff(begins) >= fewest)
    first = targets[begins[enough, None] + np.arange(fewest)]
    median = np.sort(first, axis=1)[:, fewest // 2]
    found[enough] = np.where(np.isfinite(median), median, 0.0)
    return found

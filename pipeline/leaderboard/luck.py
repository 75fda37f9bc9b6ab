"""Luck: what a skill might have been on other cutoffs, and how surprising it is.

Errors of cutoffs near each other go together: their horizons overlap, and bad seasons last. So
neither cutoffs nor points count as independent here.

- An interval: whole blocks of neighbouring cutoffs are drawn with replacement, round the end to the
  beginning (Politis and Romano 1992, "A circular block-resampling procedure for stationary data"),
  the same ones for every model and series, and every skill is worked out anew.
- A test of equal errors (Diebold and Mariano 1995) with the long-run variance of `mean_test.py`. It
  keeps its size where horizons overlap, at 5 %, 50 cutoffs and 12 that overlap 5 to 6 % in
  simulation, where the usual variance has twice that.
"""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from pipeline.mean_test import ewc_test

DRAWS = 1000
"""Times that the blocks are drawn."""

LEVEL = 95
"""Of the interval, in percent."""

FEWEST_PER_OVERLAP = 4
"""Cutoffs for each that a forecast overlaps with: with fewer nothing is tested, or bounded."""

LUCK = ["skill_lower", "skill_upper", "p_value"]

_AT_ONCE = 2**22
"""Drawn errors in memory at once: 32 MB."""


def add_luck(
    rows: pd.DataFrame, points: pd.DataFrame, *, references: Mapping[str, str]
) -> pd.DataFrame:
    """Adds skill_lower, skill_upper and p_value to rows over all steps, NaN where there is none.

    There is none for the reference itself, for a series without a scale, and where there are too
    few cutoffs. The errors are those of skill: absolute ones over the scale of their cutoff.

    Args:
        rows: one per (unique_id, model), or per model with a null unique_id for the mean over
            series.
        points: the scores that they are made of.
        references: the declared reference of each series.
    """
    found = _Errors.of(points, references)
    if found is None:
        return rows.assign(**dict.fromkeys(LUCK, np.nan))
    mean = rows["unique_id"].isna().all()
    table = found.of_the_mean() if mean else found.of_each()
    keys = ["model"] if mean else ["unique_id", "model"]
    return rows.merge(table, on=keys, how="left", validate="one_to_one")


def draw_blocks(n: int, *, length: int, draws: int = DRAWS) -> Int[np.ndarray, "draws n"]:
    """How often each of n cutoffs is drawn, in blocks of `length` neighbours; the same each time.

    A draw holds n cutoffs, those of its last block that are too many left out.
    """
    blocks = -(-n // length)
    first = np.random.default_rng(0).integers(n, size=(draws, blocks, 1))
    drawn = ((first + np.arange(length)) % n).reshape(draws, -1)[:, :n]
    place = drawn + n * np.arange(draws)[:, None]
    return np.bincount(place.ravel(), minlength=draws * n).reshape(draws, n)


def cutoffs_in_a_horizon(points: pd.DataFrame) -> int:
    """How many cutoffs in a row have forecasts of a common time, at most; 1 where none overlap."""
    last = points.groupby("cutoff")["ds"].max().sort_index()
    cutoffs = last.index.to_numpy()
    return int(max(np.searchsorted(cutoffs, last.to_numpy()) - np.arange(len(cutoffs))))


class _Errors:
    """Scaled errors of every cutoff, summed over the steps of the horizon.

    Attributes:
        sums: of series s, model m and cutoff c.
        counts: of points of series s and cutoff c, the same for every model.
        reference: the number of each series' reference among the models.
    """

    def __init__(
        self,
        sums: Float[np.ndarray, "S M n"],
        counts: Float[np.ndarray, "S n"],
        names: tuple[list[str], list[str]],
        reference: Int[np.ndarray, " S"],
        overlap: int,
    ) -> None:
        self.sums, self.counts, self.reference = sums, counts, reference
        self._overlap = overlap
        self._series, self._models = names
        n = counts.shape[1]
        self.drawn = draw_blocks(n, length=max(overlap, math.ceil(n ** (1 / 3)))).astype(float)

    @classmethod
    def of(cls, points: pd.DataFrame, references: Mapping[str, str]) -> "_Errors | None":
        """Those of all points with a scale; None where there are too few cutoffs."""
        scaled = points[points["scale"].notna()]
        overlap = cutoffs_in_a_horizon(points) if len(points) else 1
        n = scaled["cutoff"].nunique()
        if n < max(FEWEST_PER_OVERLAP * overlap, FEWEST_PER_OVERLAP):
            return None
        axes = [pd.Categorical(scaled[k]) for k in ("unique_id", "model", "cutoff")]
        series, models = (list(map(str, axis.categories)) for axis in axes[:2])
        shape = (len(series), len(models), n)
        place = np.ravel_multi_index([axis.codes.astype(np.int64) for axis in axes], shape)
        sizes = (scaled["error"].abs() / scaled["scale"]).to_numpy()
        size = math.prod(shape)
        sums = np.bincount(place, weights=sizes, minlength=size).reshape(shape)
        counts = np.bincount(place, minlength=size).reshape(shape)[:, 0].astype(float)
        reference = np.array([models.index(references[name]) for name in series])
        return cls(sums, counts, (series, models), reference, overlap)

    def of_each(self) -> pd.DataFrame:
        """A row per series and model."""
        blocks = []
        for s, name in enumerate(self._series):
            drawn, ours = self._drawn(slice(s, s + 1)), self.reference[s]
            bounds = self._bounds(drawn[0], drawn[0][ours])
            seen = self.counts[s] > 0
            means = self.sums[s][:, seen] / self.counts[s][seen]
            blocks.append(self._table(bounds, means - means[ours]).assign(unique_id=name))
        return pd.concat(blocks, ignore_index=True)

    def of_the_mean(self) -> pd.DataFrame:
        """A row per model: of the mean over series."""
        S, M, n = self.sums.shape
        at_once = max(1, _AT_ONCE // (M * DRAWS))
        total, reference, differences = np.zeros((M, DRAWS)), np.zeros(DRAWS), np.zeros((M, n))
        for first in range(0, S, at_once):
            some = slice(first, first + at_once)
            drawn, own = self._drawn(some), self.reference[some]
            total += np.nansum(drawn, axis=0)
            reference += np.nansum(drawn[np.arange(len(drawn)), own], axis=0)
            sums = self.sums[some]
            ours = sums[np.arange(len(sums)), own][:, None]
            weights = self.counts[some].sum(axis=1)[:, None, None]
            differences += ((sums - ours) / weights).sum(axis=0)
        return self._table(self._bounds(total, reference), differences)

    def _drawn(self, some: slice) -> Float[np.ndarray, "s M draws"]:
        """MASE of every draw; NaN where a draw holds no point of the series."""
        counts = self.counts[some] @ self.drawn.T
        with np.errstate(invalid="ignore"):
            return self.sums[some] @ self.drawn.T / np.where(counts > 0, counts, np.nan)[:, None]

    def _bounds(
        self, drawn: Float[np.ndarray, "M draws"], reference: Float[np.ndarray, " draws"]
    ) -> Float[np.ndarray, "2 M"]:
        with np.errstate(divide="ignore", invalid="ignore"):
            skill = 1 - drawn / np.where(reference > 0, reference, np.nan)
        tail = (100 - LEVEL) / 2
        return np.nanpercentile(skill, [tail, 100 - tail], axis=1)

    def _table(
        self, bounds: Float[np.ndarray, "2 M"], differences: Float[np.ndarray, "M _"]
    ) -> pd.DataFrame:
        """Bounds and p-values of the models; none of those that are the reference everywhere."""
        p_values = [
            ewc_test(own, overlap=self._overlap) if own.any() else math.nan for own in differences
        ]
        other = differences.any(axis=1)
        lower, upper = np.where(other, bounds, np.nan)
        return pd.DataFrame(
            {
                "model": self._models,
                "skill_lower": lower,
                "skill_upper": upper,
                "p_value": p_values,
            }
        )

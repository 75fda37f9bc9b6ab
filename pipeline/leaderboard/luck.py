"""Luck: how large a skill may be in truth, and how surprising a difference is.

Errors of cutoffs near each other go together: their horizons overlap, and bad seasons last. So
neither cutoffs nor points count as independent; how they do count is in `pipeline/mean_test.py`.
Skill is 1 less a ratio of two mean errors, and its interval is that of the ratio; `p_value` is a
test of equal errors (Diebold and Mariano 1995) on the same numbers, so the two never contradict
each other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from pipeline.mean_test import ewc_test, ratio_bounds

LEVEL = 95
"""Of the interval, in percent."""

FEWEST_PER_OVERLAP = 4
"""Cutoffs for each that a forecast overlaps with: with fewer nothing is tested, or bounded."""

LUCK = ["skill_lower", "skill_upper", "p_value"]


def add_luck(
    rows: pd.DataFrame, points: pd.DataFrame, *, references: Mapping[str, str]
) -> pd.DataFrame:
    """Adds skill_lower, skill_upper and p_value, NaN where there is none.

    There is none for the reference itself, for a series without a scale, and where there are too
    few cutoffs. The errors are those of skill: absolute ones over the scale of their cutoff.

    Args:
        rows: one per (unique_id, model) and step, or per model and step with a null unique_id for
            the mean over series; a null step is all steps together.
        points: the scores that they are made of.
        references: the declared reference of each series.
    """
    keys = ["model"] if rows["unique_id"].isna().all() else ["unique_id", "model"]
    blocks = []
    for step, block in rows.groupby("step", dropna=False, sort=False):
        own = points if pd.isna(step) else points[points["step"] == step]
        errors = _Errors.of(own, references)
        found = errors.of_the_mean() if keys == ["model"] else errors.of_each()
        blocks.append(block.merge(found, on=keys, how="left", validate="one_to_one"))
    if not blocks:
        return rows.assign(**dict.fromkeys(LUCK, np.nan))
    return pd.concat(blocks, ignore_index=True)


def cutoffs_in_a_horizon(points: pd.DataFrame) -> int:
    """How many cutoffs in a row have forecasts of a common time, at most; 1 where none overlap."""
    last = points.groupby("cutoff")["ds"].max().sort_index()
    cutoffs = last.index.to_numpy()
    reached = np.searchsorted(cutoffs, last.to_numpy()) - np.arange(len(cutoffs))
    return int(reached.max(initial=1))


@dataclass(frozen=True)
class _Errors:
    """Scaled errors of every cutoff, summed over its points.

    Attributes:
        sums: of series s, model m and cutoff c.
        counts: of points of series s and cutoff c, the same for every model.
        reference: the number of each series' reference among the models.
        series: names of the axes.
        models: the same.
        overlap: cutoffs in a row whose forecasts have times in common.
    """

    sums: Float[np.ndarray, "S M n"]
    counts: Float[np.ndarray, "S n"]
    reference: Int[np.ndarray, " S"]
    series: list[str]
    models: list[str]
    overlap: int

    @classmethod
    def of(cls, points: pd.DataFrame, references: Mapping[str, str]) -> "_Errors":
        """Those of all points with a scale."""
        scaled = points[points["scale"].notna()]
        axes = [pd.Categorical(scaled[k]) for k in ("unique_id", "model", "cutoff")]
        series, models = (list(map(str, axis.categories)) for axis in axes[:2])
        shape = tuple(len(axis.categories) for axis in axes)
        place = np.ravel_multi_index([axis.codes.astype(np.int64) for axis in axes], shape)
        sizes = (scaled["error"].abs() / scaled["scale"]).to_numpy()
        size = int(np.prod(shape))
        sums = np.bincount(place, weights=sizes, minlength=size).reshape(shape)
        counts = np.bincount(place, minlength=size).reshape(shape).max(axis=1, initial=0)
        reference = np.array([models.index(references[name]) for name in series], dtype=np.int64)
        overlap = cutoffs_in_a_horizon(points)
        return cls(sums, counts.astype(float), reference, series, models, overlap)

    def of_each(self) -> pd.DataFrame:
        """A row per series and model."""
        blocks = [self._table([], np.zeros((0, len(self.models), 1)), np.zeros((0, 1)))]
        for some, seen in self._alike():
            sums, own = self.sums[some][:, :, seen], self.reference[some]
            names = [self.series[s] for s in some]
            blocks.append(self._table(names, sums, sums[np.arange(len(some)), own]))
        return pd.concat(blocks, ignore_index=True)

    def of_the_mean(self) -> pd.DataFrame:
        """A row per model: of the mean over series."""
        weights = 1 / self.counts.sum(axis=1)
        total = np.tensordot(weights, self.sums, axes=1)
        below = weights @ self.sums[np.arange(len(self.series)), self.reference]
        if len(same := set(self.reference.tolist())) == 1:  # to the bit: it has no luck of its own
            below = total[same.pop()]
        return self._table([""], total[None], below[None]).drop(columns="unique_id")

    def _alike(self) -> Iterator[tuple[Int[np.ndarray, " s"], Int[np.ndarray, " seen"]]]:
        """Series with the same cutoffs, and these: most often all of them."""
        kinds, kind = np.unique(self.counts > 0, axis=0, return_inverse=True)
        for k, seen in enumerate(kinds):
            yield np.flatnonzero(kind.ravel() == k), np.flatnonzero(seen)

    def _table(
        self,
        names: list[str],
        errors: Float[np.ndarray, "s M n"],
        references: Float[np.ndarray, "s n"],
    ) -> pd.DataFrame:
        """Bounds and p-values of each series and model; none of those that are the reference."""
        numbers = dict.fromkeys(LUCK, np.full(errors.shape[:2], np.nan))
        if len(names) and errors.shape[-1] >= FEWEST_PER_OVERLAP * self.overlap:
            below = np.broadcast_to(references[:, None], errors.shape)
            lower, upper = ratio_bounds(errors, below, overlap=self.overlap, level=LEVEL)
            p_values = ewc_test(errors - below, overlap=self.overlap)
            told = (errors != below).any(axis=-1) & below.any(axis=-1)
            found = (1 - upper, 1 - lower, p_values)
            numbers = {k: np.where(told, v, np.nan) for k, v in zip(LUCK, found, strict=True)}
        return pd.DataFrame(
            {
                "unique_id": np.repeat(np.array(names, dtype=object), len(self.models)),
                "model": np.tile(np.array(self.models, dtype=object), len(names)),
            }
            | {name: own.ravel() for name, own in numbers.items()}
        )

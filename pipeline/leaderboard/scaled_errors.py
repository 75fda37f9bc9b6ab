"""Scaled errors of every cutoff, or of every time: what luck, ranks and drift are worked out from.

Errors of cutoffs near each other go together, so they stand in the order of time, and how many in a
row have horizons in common is said beside them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int


class Alike(NamedTuple):
    """Series that were scored at the same cutoffs.

    Attributes:
        names: of the series; one empty name for the mean over series.
        errors: of series s, model m and cutoff c, up to a factor that all models share.
        references: the same of each series' reference.
    """

    names: list[str]
    errors: Float[np.ndarray, "s M n"]
    references: Float[np.ndarray, "s n"]


@dataclass(frozen=True)
class ScaledErrors:
    """Absolute errors over the scale of their cutoff, summed over the points of each cutoff.

    Attributes:
        sums: of series s, model m and cutoff c, or forecast time.
        counts: of points of series s and cutoff c, the same for every model.
        reference: the number of each series' reference among the models.
        series: names of the axes.
        models: the same.
        times: the same, in order: cutoffs, or forecast times.
        overlap: cutoffs in a row whose forecasts have times in common.
    """

    sums: Float[np.ndarray, "S M n"]
    counts: Float[np.ndarray, "S n"]
    reference: Int[np.ndarray, " S"]
    series: list[str]
    models: list[str]
    times: np.ndarray
    overlap: int

    @classmethod
    def of(
        cls, points: pd.DataFrame, references: Mapping[str, str], *, along: str = "cutoff"
    ) -> "ScaledErrors":
        """Those of all points with a scale.

        Args:
            points: the columns of `tables.SCORES`, the same points for every model.
            references: the declared reference of each series.
            along: the column that is summed over no more: cutoff, or ds for forecast times.
        """
        scaled = points[points["scale"].notna()]
        axes = [pd.Categorical(scaled[k]) for k in ("unique_id", "model", along)]
        series, models = (list(map(str, axis.categories)) for axis in axes[:2])
        shape = tuple(len(axis.categories) for axis in axes)
        place = np.ravel_multi_index([axis.codes.astype(np.int64) for axis in axes], shape)
        sizes = (scaled["error"].abs() / scaled["scale"]).to_numpy()
        size = int(np.prod(shape))
        sums = np.bincount(place, weights=sizes, minlength=size).reshape(shape)
        counts = np.bincount(place, minlength=size).reshape(shape).max(axis=1, initial=0)
        reference = np.array([models.index(references[name]) for name in series], dtype=np.int64)
        times = axes[2].categories.to_numpy()
        overlap = cutoffs_in_a_horizon(points)
        return cls(sums, counts.astype(float), reference, series, models, times, overlap)

    def of_each(self) -> Iterator[Alike]:
        """Every series, those with the same cutoffs together: most often all of them."""
        kinds, kind = np.unique(self.counts > 0, axis=0, return_inverse=True)
        for k, seen in enumerate(kinds):
            some = np.flatnonzero(kind.ravel() == k)
            sums = self.sums[some][:, :, np.flatnonzero(seen)]
            names = [self.series[s] for s in some]
            yield Alike(names, sums, sums[np.arange(len(some)), self.reference[some]])

    def of_the_mean(self) -> Iterator[Alike]:
        """The mean over series, under an empty name."""
        weights = 1 / self.counts.sum(axis=1)
        total = np.tensordot(weights, self.sums, axes=1)
        below = weights @ self.sums[np.arange(len(self.series)), self.reference]
        if len(same := set(self.reference.tolist())) == 1:  # to the bit: it has no luck of its own
            below = total[same.pop()]
        yield Alike([""], total[None], below[None])

    def rows(self, names: list[str]) -> pd.DataFrame:
        """Columns unique_id and model: a row for each of these series and each model."""
        return pd.DataFrame(
            {
                "unique_id": np.repeat(np.array(names, dtype=object), len(self.models)),
                "model": np.tile(np.array(self.models, dtype=object), len(names)),
            }
        )


def cutoffs_in_a_horizon(points: pd.DataFrame) -> int:
    """How many cutoffs in a row have forecasts of a common time, at most; 1 where none overlap."""
    last = points.groupby("cutoff")["ds"].max().sort_index()
    cutoffs = last.index.to_numpy()
    reached = np.searchsorted(cutoffs, last.to_numpy()) - np.arange(len(cutoffs))
    return int(reached.max(initial=1))

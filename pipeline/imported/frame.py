"""The rows of a frame by fold: what it forecasts for one series at one cutoff."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

_Runs = dict[tuple[str, int], slice]


@dataclass(frozen=True)
class Frame:
    """All forecasts of one model, in the order of series, cutoff and time; each point once.

    Attributes:
        files: the names of the files it comes from.
        unique_id: the series of each row.
        cutoff: the step of the last time that the forecast knew.
        step: the step that is forecast, from the same origin: the first is cutoff + 1.
        y_hat: in the unit of the target, finite.
    """

    files: tuple[str, ...]
    unique_id: np.ndarray
    cutoff: Int[np.ndarray, " rows"]
    step: Int[np.ndarray, " rows"]
    y_hat: Float[np.ndarray, " rows"]

    def __len__(self) -> int:
        """How many rows it has."""
        return len(self.y_hat)

    @cached_property
    def series(self) -> list[str]:
        """Its series, each once."""
        return list(dict.fromkeys(unique_id for unique_id, _ in self._runs))

    def forecast(self, unique_id: str, cutoff: int, *, horizon: int) -> Float[np.ndarray, " H"]:
        """What it says of a fold, one to `horizon` steps ahead; NaN of a step that it lacks.

        Args:
            unique_id: the series.
            cutoff: the step of the fold's cutoff.
            horizon: steps that are asked for; what it says of later ones is left.
        """
        y_hat = np.full(horizon, np.nan)
        rows = self._runs.get((unique_id, cutoff), slice(0))
        ahead = self.step[rows] - cutoff - 1
        near = ahead < horizon
        y_hat[ahead[near]] = self.y_hat[rows][near]
        return y_hat

    def count_unused(self, folds: Iterable[tuple[str, int]], *, horizon: int) -> int:
        """How many of its rows belong to none of these folds, or lie beyond their horizon."""
        used = (np.isfinite(self.forecast(*fold, horizon=horizon)).sum() for fold in folds)
        return len(self) - int(sum(used))

    @cached_property
    def _runs(self) -> _Runs:
        """Where the rows of each fold lie."""
        if not len(self):
            return {}
        new = (self.unique_id[1:] != self.unique_id[:-1]) | (self.cutoff[1:] != self.cutoff[:-1])
        starts = [0, *(np.flatnonzero(new) + 1).tolist()]
        ends = [*starts[1:], len(self)]
        return {
            (str(self.unique_id[start]), int(self.cutoff[start])): slice(start, end)
            for start, end in zip(starts, ends, strict=True)
        }

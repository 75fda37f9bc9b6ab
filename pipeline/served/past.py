"""The past: what each model said of some series at some cutoffs, and what then was observed.

Dense arrays, in the order of the cutoffs. What may be known of it at a cutoff is told here, what is
made of it in the other files.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int


@dataclass(frozen=True)
class Past:
    """Forecasts and actuals of S series at C cutoffs by M models, H steps ahead.

    Attributes:
        models: their names, as declared.
        steps: of each cutoff its number on the grid, ascending: its target k steps ahead has the
            number steps + k, and is known at every cutoff of that number or a later one.
        y_hat: in the unit of the target; NaN where the fold is not ready.
        failed: the model failed there: what it says is its stand-in's.
        actual: NaN where nothing was observed, or nothing is known yet.
        lowest: the least that was observed of a series up to each cutoff; NaN if nothing was.
        highest: the most.
    """

    models: list[str]
    steps: Int[np.ndarray, " C"]
    y_hat: Float[np.ndarray, "S C M H"]
    failed: Bool[np.ndarray, "S C M"]
    actual: Float[np.ndarray, "S C H"]
    lowest: Float[np.ndarray, "S C"]
    highest: Float[np.ndarray, "S C"]

    def __post_init__(self) -> None:
        assert (np.diff(self.steps) > 0).all(), "cutoffs ascend"
        assert self.y_hat.shape[2] == len(self.models), "a forecast of each model"

    @property
    def horizon(self) -> int:
        """Steps that are forecast."""
        return self.y_hat.shape[3]

    @property
    def errors(self) -> Float[np.ndarray, "S C M H"]:
        """Actual minus forecast; NaN where either is missing. Not all are known at a cutoff."""
        with np.errstate(invalid="ignore"):
            return self.actual[:, :, None] - self.y_hat

    def known(self, lag: int) -> Bool[np.ndarray, "later H"]:
        """Which targets of the cutoff `lag` places before are known, at each that has one."""
        apart = self.steps[lag:] - self.steps[: len(self.steps) - lag]
        return np.arange(1, self.horizon + 1) <= apart[:, None]

    def few_series(self, most: int) -> Iterator[tuple[slice, "Past"]]:
        """The past of at most so many series at a time, and which they are."""
        for start in range(0, len(self.y_hat), most):
            some = slice(start, start + most)
            yield some, self._part(some, slice(None))

    def with_models(
        self, said: dict[str, tuple[Float[np.ndarray, "S C H"], Bool[np.ndarray, "S C"]]]
    ) -> "Past":
        """The same past with further models: of each its forecasts, and where it failed."""
        y_hats = [y_hat[:, :, None] for y_hat, _ in said.values()]
        failed = [where[:, :, None] for _, where in said.values()]
        return replace(
            self,
            models=[*self.models, *said],
            y_hat=np.concatenate([self.y_hat, *y_hats], axis=2),
            failed=np.concatenate([self.failed, *failed], axis=2),
        )

    def at(self, cutoffs: slice) -> "Past":
        """The same at some of its cutoffs."""
        return self._part(slice(None), cutoffs)

    def _part(self, series: slice, cutoffs: slice) -> "Past":
        own = (series, cutoffs)
        return Past(
            self.models,
            self.steps[cutoffs],
            self.y_hat[own],
            self.failed[own],
            self.actual[own],
            self.lowest[own],
            self.highest[own],
        )

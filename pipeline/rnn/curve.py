"""The training loss of each network, thinned while it is made, and whether it stayed a number."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

POINTS = 200
"""Points of a loss curve at most; each is the mean of an equal part of the steps or passes."""


@dataclass(frozen=True)
class Curve:
    """Losses of F networks, changed in place.

    Attributes:
        sums: of the losses in each part of the steps, float64.
        n_steps: steps declared for each network: what its parts are parts of.
        made: steps it has made.
        finite: whether every loss so far was a number.
        points: points of each curve.
    """

    sums: Float[Tensor, "F points"]
    n_steps: Int[Tensor, " F"]
    made: Int[Tensor, " F"]
    finite: Bool[Tensor, " F"]
    points: int

    @classmethod
    def of(cls, n_steps: list[int], *, passes: int | None, device: torch.device) -> "Curve":
        """The curve before the first step.

        Args:
            n_steps: steps of each network.
            passes: over all windows, where that is what was declared: then a point is a number of
                whole passes, if there are few enough or they divide; else None.
            device: where the losses are made.
        """
        F, points = len(n_steps), min(POINTS, passes or max(n_steps))
        return cls(
            torch.zeros(F, points, dtype=torch.float64, device=device),
            torch.tensor(n_steps, dtype=torch.int64, device=device),
            torch.zeros(F, dtype=torch.int64, device=device),
            torch.ones(F, dtype=torch.bool, device=device),
            points,
        )

    def add(self, step: int | Int[Tensor, ""], losses: Float[Tensor, " n"]) -> None:
        """Put in the losses of the first n networks, those that still train at this step."""
        n = len(losses)
        part = step * self.points // self.n_steps[:n]
        self.sums[:n].scatter_add_(1, part[:, None], losses.to(torch.float64)[:, None])
        self.finite[:n] &= losses.isfinite()
        self.made[:n] = step + 1

    def losses_of(self, place: int) -> Float[np.ndarray, " points"]:
        """The curve of one network, float32.

        It ends with the last step made. From the part in which the loss was no longer a number it
        is NaN to the last of the steps declared, however many were made after that.
        """
        n_steps, made = int(self.n_steps[place]), int(self.made[place])
        sums = self.sums[place].cpu().numpy()
        if not self.finite[place]:
            made = n_steps
            sums = np.where(np.maximum.accumulate(~np.isfinite(sums)), np.nan, sums)
        counts = np.bincount(np.arange(made) * self.points // n_steps)
        return (sums[: len(counts)] / counts).astype(np.float32)

"""Shrinkage: a network's correction is multiplied by w, what held-back data trusts it with.

A first fit, on the windows before the held-back ones, says what a network of this kind would have
corrected on windows it never saw; a second one, on all windows, is the network. Which windows each
trains on is in `two_fits.py`; here are w and what it does to a forecast, in numpy alone.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from pipeline.rnn.presets import horizon_groups

RIDGE = 0.05
"""Part of the reference's squared error that stands beside the correction's own size: a correction
that is small against the error, and so cannot be told from luck, is trusted less."""


class Shrinkage(NamedTuple):
    """What a network is trusted with.

    Attributes:
        weights: w of each step, 0 to 1; 1 where nothing is shrunk.
        untested: why it could not be measured, all weights being 0 then; else empty.
    """

    weights: Float[np.ndarray, " horizon"]
    untested: str

    @classmethod
    def full(cls, horizon: int) -> "Shrinkage":
        """Of a network that is not shrunk: every weight 1."""
        return cls(np.ones(horizon), "")

    @classmethod
    def nothing(cls, horizon: int, why: str) -> "Shrinkage":
        """Of one that could not be measured: its reference is all that it says."""
        return cls(np.zeros(horizon), why)

    @property
    def by_group(self) -> dict[str, float]:
        """The weight of each horizon group."""
        groups = horizon_groups(len(self.weights))
        return {name: float(self.weights[steps][0]) for name, steps in groups.items()}


def measure(
    corrections: Float[np.ndarray, "windows horizon"],
    errors: Float[np.ndarray, "windows horizon"],
    observed: Bool[np.ndarray, "windows horizon"],
    towards: Float[np.ndarray, " horizon"] | None = None,
) -> Float[np.ndarray, " horizon"]:
    """Weight of each step: clip((sum(d e) + r w') / (sum(d^2) + r), 0, 1) by horizon group.

    r = 0.05 sum(e^2), and w' the weight of all series of the network together, 0 without. Least
    squares of e on d with a ridge towards w'; w' itself where nothing was observed, nothing
    corrected and nothing missed, or the sums are no numbers.

    Args:
        corrections: d, the first fit less the reference, on the windows held back.
        errors: e, the actuals less the reference, on the same scale.
        observed: which of them count.
        towards: w' of each step; None: 0.
    """
    weights = np.zeros(corrections.shape[1]) if towards is None else towards.copy()
    for steps in horizon_groups(len(weights)).values():
        seen = observed[:, steps]
        d, e = corrections[:, steps][seen], errors[:, steps][seen]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            ridge = RIDGE * np.sum(e * e)
            w = (np.sum(d * e) + ridge * weights[steps][0]) / (np.sum(d * d) + ridge)
        if np.isfinite(w):
            weights[steps] = np.clip(w, 0.0, 1.0)
    return weights


def shrink(
    output: Float[np.ndarray, "Q horizon"], weights: Float[np.ndarray, " horizon"]
) -> Float[np.ndarray, "Q horizon"]:
    """What a network puts out with its median times w; bounds keep their distance from it.

    A reference has no width that a network could be shrunk to: only where the forecast lies is a
    correction of it. At w = 1 the output itself, at w = 0 a median of zero, to the last bit.

    Args:
        output: its quantiles, ascending, the median in the middle; of a point forecast that alone.
        weights: w of each step.
    """
    middle = output[len(output) // 2]
    return output + (weights * middle - middle)

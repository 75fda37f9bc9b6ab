"""What training makes small, of each network by itself, with missing targets left out.

Outputs and targets are in units of the spread of what is corrected.
"""

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pipeline.rnn.settings import LossName

HUBER_DELTA = 1.0
"""Where Huber's loss turns from a square into a line: at one spread."""


TWEEDIE_POWER = 1.5
"""Of the mean in the variance: between Poisson's 1 and the gamma distribution's 2, where zeros and
amounts stand side by side, as with rain."""


class LossSums(NamedTuple):
    """The losses of each network's targets, added up, and how many targets there are."""

    sums: Float[Tensor, " F"]
    counts: Int[Tensor, " F"]

    @property
    def means(self) -> Float[Tensor, " F"]:
        """The mean loss of each network; 0 where it has no target."""
        return self.sums / self.counts.clamp(min=1)


def losses_of(
    outputs: Float[Tensor, "F B outputs"],
    targets: Float[Tensor, "F B horizon"],
    observed: Bool[Tensor, "F B horizon"],
    *,
    loss: LossName = "mse",
    quantiles: Sequence[float] = (0.5,),
    weights: Float[Tensor, "F B horizon"] | None = None,
) -> LossSums:
    """The losses of each network over its observed targets.

    With every target observed `means` is torch.nn.MSELoss, L1Loss or HuberLoss of that network's
    batch. Of `quantile` it is the mean of the pinball losses of all quantiles (Koenker and Bassett
    1978): max(p (y - q), (p - 1) (y - q)). Of `tweedie` it is the unit deviance of power 1.5
    (Jorgensen 1987), 4 (y / sqrt(mu) + sqrt(mu) - 2 sqrt(y)), with mu = e^output and y the target.

    Args:
        outputs: what the networks put out: a number a step, or for `quantile` one for each quantile
            of each step, the quantiles of a step side by side.
        targets: what they should have; any number where not observed.
        observed: whether a target counts.
        loss: its name.
        quantiles: probabilities, ascending, 0.5 in the middle; read for `quantile` alone.
        weights: of each target, for `tweedie` alone.

    Raises:
        ValueError: the shapes differ. Subtraction would stretch [F, B, 1] over [F, B, 4], or [B, 1]
            over [B], into a mean over pairs that do not belong together.
    """
    n = len(quantiles) if loss == "quantile" else 1
    wanted = (*targets.shape[:2], targets.shape[-1] * n)
    if targets.dim() != 3 or observed.shape != targets.shape or outputs.shape != wanted:
        raise ValueError(
            f"outputs {tuple(outputs.shape)}, targets {tuple(targets.shape)} and observed "
            f"{tuple(observed.shape)} must have one shape [networks, batch, horizon]"
        )
    nothing = torch.zeros((), dtype=outputs.dtype, device=outputs.device)
    counts = observed.sum((1, 2))
    if loss == "quantile":
        found = without_crossing(outputs.unflatten(-1, (-1, n)))
        error = torch.where(observed[..., None], targets[..., None] - found, nothing)
        p = _probabilities(tuple(quantiles), outputs.dtype, outputs.device)
        return LossSums(torch.maximum(p * error, (p - 1) * error).sum((1, 2, 3)) / n, counts)
    if loss == "tweedie":
        assert weights is not None
        y = torch.where(observed, targets, nothing)
        # Half the output each way: e^output itself overflows sooner.
        deviance = 4 * (y * (-outputs / 2).exp() + (outputs / 2).exp() - 2 * y.sqrt())
        return LossSums(torch.where(observed, weights * deviance, nothing).sum((1, 2)), counts)
    error = torch.where(observed, outputs - targets, nothing)
    return LossSums(_OF_AN_ERROR[loss](error).sum((1, 2)), counts)


@functools.cache
def _probabilities(
    quantiles: tuple[float, ...], dtype: torch.dtype, device: torch.device
) -> Float[Tensor, " Q"]:
    """Made once: a step that is captured on a GPU can copy nothing from the CPU."""
    return torch.tensor(quantiles, dtype=dtype, device=device)


def without_crossing(raw: Float[Tensor, "*shape Q"]) -> Float[Tensor, "*shape Q"]:
    """Quantiles in their order, whatever the network puts out.

    The middle one is put out itself; from there each one lies a softplus further out, so none can
    cross another. softplus(x) = -log(sigmoid(-x)): torch's own takes numbers that are left over at
    the end of a register through another exponential, with other last bits.

    Args:
        raw: Q outputs of each step, Q odd.
    """
    middle = raw.shape[-1] // 2
    away = -torch.nn.functional.logsigmoid(-raw)
    up = away[..., middle + 1 :].cumsum(-1)
    down = away[..., :middle].flip(-1).cumsum(-1).flip(-1)
    median = raw[..., middle : middle + 1]
    return torch.cat([median - down, median, median + up], dim=-1)


def _square(error: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    return error.square()


def _huber(error: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    size = error.abs()
    line = HUBER_DELTA * (size - HUBER_DELTA / 2)
    return torch.where(size <= HUBER_DELTA, error.square() / 2, line)


_OF_AN_ERROR: dict[str, Callable[[Tensor], Tensor]] = {
    "mse": _square,
    "mae": torch.abs,
    "huber": _huber,
}

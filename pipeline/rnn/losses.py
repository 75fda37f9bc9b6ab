"""Mean squared error of each network by itself, with missing targets left out."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def masked_mse(
    outputs: Float[Tensor, "F B horizon"],
    targets: Float[Tensor, "F B horizon"],
    observed: Bool[Tensor, "F B horizon"],
) -> Float[Tensor, " F"]:
    """The mean squared error of each network over its observed targets; 0 where it has none.

    With every target observed this is torch.nn.MSELoss of that network's batch.

    Args:
        outputs: what the networks put out.
        targets: what they should have; any number where not observed.
        observed: whether a target counts.

    Raises:
        ValueError: the shapes differ. Subtraction would stretch [F, B, 1] over [F, B, 4], or [B, 1]
            over [B], into a mean over pairs that do not belong together.
    """
    if not outputs.shape == targets.shape == observed.shape or outputs.dim() != 3:
        raise ValueError(
            f"outputs {tuple(outputs.shape)}, targets {tuple(targets.shape)} and observed "
            f"{tuple(observed.shape)} must have one shape [networks, batch, horizon]"
        )
    error = torch.where(observed, outputs - targets, torch.zeros((), dtype=outputs.dtype))
    count = observed.sum((1, 2)).clamp(min=1)
    return error.square().sum((1, 2)) / count

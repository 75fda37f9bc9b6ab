"""One step of Adam on the rows of weights, each network clipped by its own gradient.

Kingma and Ba 2015, as torch.optim.Adam computes it. The rows of a call lie in one block of memory
and share a learning rate; the state lies in rows like the weights.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.optim.adam import adam

BETAS, EPSILON = (0.9, 0.999), 1e-8
"""Defaults of torch.optim.Adam."""


@dataclass(frozen=True)
class AdamState:
    """What Adam remembers of F networks that have all made the same number of steps."""

    mean: Float[Tensor, "F P"]
    square: Float[Tensor, "F P"]

    @classmethod
    def of(cls, rows: Float[Tensor, "F P"]) -> "AdamState":
        """The state before the first step."""
        return cls(torch.zeros_like(rows), torch.zeros_like(rows))


def clip_each(
    gradients: Float[Tensor, "F P"], largest: float | Literal["none"] | None
) -> Float[Tensor, "F P"]:
    """Each network's gradient shortened to at most `largest`, as torch.nn.utils.clip_grad_norm_.

    A norm past the largest number makes the gradient NaN: divided by infinity it would be zero, and
    the network would stand still without a word.
    """
    if largest is None or largest == "none":
        return gradients
    norms = gradients.square().sum(1, keepdim=True).sqrt()
    shorter = (largest / (norms + 1e-6)).clamp(max=1.0)
    return gradients * torch.where(norms.isfinite(), shorter, torch.nan)


def learning_rate(
    step: int, n_steps: int, *, largest: float, schedule: Literal["cosine", "constant"] | None
) -> float:
    """The learning rate of step 0 .. n_steps - 1: constant, or half a cosine that ends at zero."""
    if schedule != "cosine":
        return largest
    return largest * 0.5 * (1 + math.cos(math.pi * step / n_steps))


def learning_rates(
    steps: range,
    n_steps: Sequence[int],
    *,
    largest: float,
    schedule: Literal["cosine", "constant"] | None,
) -> Float[Tensor, "S F"]:
    """The learning rate of each of these steps for networks of so many; -1 from their end on.

    float64, on the CPU.
    """
    of_each = {
        n: [learning_rate(k, n, largest=largest, schedule=schedule) if k < n else -1 for k in steps]
        for n in set(n_steps)
    }
    return torch.tensor([of_each[n] for n in n_steps], dtype=torch.float64).T.contiguous()


def step_adam(
    rows: Float[Tensor, "F P"],
    gradients: Float[Tensor, "active P"],
    state: AdamState,
    *,
    block: slice,
    step: int | Int[Tensor, ""],
    rate: float | Float[Tensor, ""],
) -> None:
    """Move the networks in `block`, in place; the others stay as they are, and so does their state.

    Args:
        rows: all weights.
        gradients: of the networks from the first one on, at least up to the end of the block.
        state: of all networks.
        block: rows next to each other that share the rate.
        step: how many steps they have made before.
        rate: the learning rate.
    """
    adam(
        [rows[block]],
        [gradients[block].contiguous()],
        [state.mean[block]],
        [state.square[block]],
        [],
        [torch.as_tensor(step, device=rows.device).to(torch.float32)],
        fused=True,
        amsgrad=False,
        beta1=BETAS[0],
        beta2=BETAS[1],
        lr=rate,
        weight_decay=0.0,
        eps=EPSILON,
        maximize=False,
    )

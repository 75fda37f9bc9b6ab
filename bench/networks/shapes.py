"""Broadcast against batched product, and a loss whose shapes stretch without a word."""

import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from pipeline.rnn.losses import losses_of

F, B, H = 64, 16, 32
"""Networks, windows, hidden units of the step that is timed."""


def measure(*, repeats: int = 200) -> dict[str, Any]:
    """All numbers of the page's section on shapes."""
    return {"step": _step(repeats), "bias": _wrong_bias(), "loss": _stretched_loss()}


def _step(repeats: int) -> dict[str, float]:
    """One recurrent step of all networks, three ways: microseconds, and how far they differ."""
    torch.manual_seed(0)
    x, h, w = torch.randn(F, B, H), torch.randn(F, B, H), torch.randn(F, H, H) / H**0.5
    ways: dict[str, Callable[[], Tensor]] = {
        "baddbmm": lambda: torch.baddbmm(x, h, w),
        "one_by_one": lambda: torch.stack([torch.addmm(x[f], h[f], w[f]) for f in range(F)]),
        "broadcast": lambda: x + (h[..., None] * w[:, None]).sum(2),
    }
    found = {f"{name}_us": _microseconds(way, repeats) for name, way in ways.items()}
    same = [way() for way in ways.values()]
    found["differ"] = float(max((one - same[0]).abs().max() for one in same))
    for name in ("one_by_one", "broadcast"):
        found[f"{name}_times"] = found[f"{name}_us"] / found["baddbmm_us"]
    found["broadcast_numbers"], found["numbers"] = F * B * H * H, F * B * H
    return found


def _microseconds(way: Callable[[], Tensor], repeats: int) -> float:
    way()
    took = []
    for _ in range(repeats):
        start = time.perf_counter()
        way()
        took.append(time.perf_counter() - start)
    return statistics.median(took) * 1e6


def _wrong_bias() -> dict[str, float]:
    """A bias [F, H] added to [F, B, H] where F = B: no error, and another network's bias."""
    torch.manual_seed(0)
    states, bias = torch.randn(16, 16, 8), torch.randn(16, 8)
    return {"off_by": float((states + bias - (states + bias[:, None])).abs().max())}


def _stretched_loss() -> dict[str, Any]:
    """MSELoss of outputs [16, 1] that are right to the last bit against targets [16, 1, 4]."""
    torch.manual_seed(0)
    targets = torch.randn(16, 1, 4)
    outputs = targets[:, :, 0].clone().requires_grad_()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        loss = torch.nn.MSELoss()(outputs, targets)
    (gradient,) = torch.autograd.grad(loss, outputs)
    to_mean = 2 * (outputs - targets.mean()) / len(outputs)
    try:
        losses_of(outputs[None].detach(), targets[None, :, 0], torch.ones(1, 16, 4).bool())
        refused = ""
    except ValueError as error:
        refused = str(error)
    return {
        "stretched": loss.item(),
        "right": torch.nn.MSELoss()(outputs, targets[:, :, 0]).item(),
        "warnings": len(said),
        "pairs": 16 * 16 * 4,
        "gradient_is_distance_to_the_mean": (gradient - to_mean).abs().max().item(),
        "ours": refused,
    }

"""Early stopping: the last windows of a fold are held back, and the best weights on them are kept.

Each network for itself: its own windows, its own best step, its own patience. The held-back loss
is the training loss, summed over batches of the declared size, so that a network's number does not
depend on how many windows its company holds back.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pipeline.rnn.settings import NetworkSettings

FEWEST, SHARE = 12, 0.1
"""Windows held back at least, and their part of all windows, where `val_size` is not declared."""


@dataclass(frozen=True)
class Split:
    """How many windows of a fold are trained on, and how many of the last ones are held back.

    Attributes:
        n_train: windows to train on, the first ones.
        n_held: windows held back, the last ones; those in between share targets with both.
        reason: why nothing is left to train on; empty where something is.
    """

    n_train: int
    n_held: int
    reason: str = ""


def split_windows(
    ends: Int[np.ndarray, " windows"], settings: NetworkSettings, *, horizon: int
) -> Split:
    """Which windows are trained on: all of them without early stopping.

    Args:
        ends: row of each window's last lag, ascending.
        settings: resolved.
        horizon: steps ahead: a window whose end is nearer than this to the first one held back
            has targets in common with it, and is neither trained on nor held back.
    """
    if not settings.stops_early:
        return Split(len(ends), 0)
    n_held = settings.val_size or max(horizon, math.ceil(SHARE * len(ends)), FEWEST)
    return hold_back(ends, n_held, horizon=horizon, why="early stopping")


def hold_back(ends: Int[np.ndarray, " windows"], n_held: int, *, horizon: int, why: str) -> Split:
    """The last windows for another use than training, and those before that share no target.

    Args:
        ends: row of each window's last lag, ascending.
        n_held: windows held back.
        horizon: steps ahead.
        why: what holds them back, for the reason where nothing is left.
    """
    if n_held >= len(ends):
        return Split(0, 0, f"{why} holds back {n_held} of {len(ends)} windows")
    n_train = int(np.searchsorted(ends, ends[-n_held] - horizon, side="right"))
    if n_train == 0:
        return Split(0, 0, f"no window before the {n_held} held back shares no target with them")
    return Split(n_train, n_held)


@dataclass(frozen=True)
class Best:
    """The best weights of F networks so far; changed in place.

    Attributes:
        rows: the weights.
        loss: their held-back loss; infinite before the first check.
        since: checks without an improvement.
    """

    rows: Float[Tensor, "F P"]
    loss: Float[Tensor, " F"]
    since: Int[Tensor, " F"]

    @classmethod
    def of(cls, rows: Float[Tensor, "F P"]) -> "Best":
        """Nothing checked yet."""
        loss = torch.full(rows.shape[:1], torch.inf, dtype=torch.float64, device=rows.device)
        return cls(rows.clone(), loss, torch.zeros_like(loss, dtype=torch.int64))

    def check(
        self,
        rows: Float[Tensor, "active P"],
        losses: Float[Tensor, " active"],
        counts: Bool[Tensor, " active"],
    ) -> None:
        """Keep what is better than before.

        Args:
            rows: the weights now, of the networks from the first one on.
            losses: held-back loss of each; one that is no number is never better.
            counts: which networks have a check at this step.
        """
        n = len(losses)
        better = counts & (losses < self.loss[:n])
        self.rows[:n] = torch.where(better[:, None], rows, self.rows[:n])
        self.loss[:n] = torch.where(better, losses, self.loss[:n])
        self.since[:n] = torch.where(better, 0, self.since[:n] + counts)


def is_check(step: int, n_steps: int, every: int) -> bool:
    """Whether a network of so many steps is checked after `step` of them: also before the first."""
    return step <= n_steps and (step % every == 0 or step == n_steps)


def held_back_losses(
    sums_of: Callable[[Int[Tensor, "F B"], Bool[Tensor, "F B"]], tuple[Tensor, Tensor]],
    *,
    first: Int[Tensor, " F"],
    n_held: Int[Tensor, " F"],
    batch_size: int,
) -> Float[Tensor, " F"]:
    """The loss of each network on all its held-back windows, float64.

    Args:
        sums_of: for window numbers and whether they count, the sum of the losses of each network
            and the number of targets in it.
        first: number of the first window held back.
        n_held: how many there are.
        batch_size: windows at once.
    """
    total = torch.zeros(len(first), dtype=torch.float64, device=first.device)
    targets = torch.zeros_like(total)
    for start in range(0, int(n_held.max()), batch_size):
        place = start + torch.arange(batch_size, device=first.device)
        counted = place < n_held[:, None]
        loss, n = sums_of(torch.where(counted, first[:, None] + place, 0), counted)
        total, targets = total + loss, targets + n
    return total / targets.clamp(min=1)

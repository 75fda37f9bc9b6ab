"""Which windows each network sees at each step, and the windows themselves, gathered by number.

A batch has the declared size for every network, however few windows it has: what is too much does
not count in the loss. So a network's sums are the same whichever networks share its step.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pipeline.rnn.correction import Correction
from pipeline.rnn.random_numbers import uniforms
from pipeline.rnn.settings import NetworkSettings


@dataclass(frozen=True)
class Windows:
    """The rows and windows of D folds on the device, padded to the longest fold.

    Attributes:
        inputs: the features of every row.
        ends: the row of each window's last lag.
        targets: what is to be put out; 0 where not observed.
        observed: whether a target counts.
        weights: of each target, where the loss has any.
        futr: which features are known ahead, the same ones in all folds.
    """

    inputs: Float[Tensor, "D rows I"]
    ends: Int[Tensor, "D windows"]
    targets: Float[Tensor, "D windows horizon"]
    observed: Bool[Tensor, "D windows horizon"]
    weights: Float[Tensor, "D windows horizon"] | None
    futr: slice

    @classmethod
    def of(
        cls, corrections: Sequence[Correction], dtype: torch.dtype, device: torch.device
    ) -> "Windows":
        """The windows of these folds; float64 is rounded to `dtype` here."""
        weights = [c.weights for c in corrections if c.weights is not None]
        return cls(
            _pad([c.inputs for c in corrections]).to(device=device, dtype=dtype),
            _pad([c.ends for c in corrections]).to(device),
            _pad([c.targets for c in corrections]).to(device=device, dtype=dtype),
            _pad([c.observed for c in corrections]).to(device),
            _pad(weights).to(device=device, dtype=dtype) if weights else None,
            corrections[0].futr,
        )


@dataclass(frozen=True)
class Batch:
    """What F networks see at one step; futr: what is known ahead of the steps to forecast.

    weights: of the targets, where the loss has any.
    """

    inputs: Float[Tensor, "F B T I"]
    targets: Float[Tensor, "F B horizon"]
    observed: Bool[Tensor, "F B horizon"]
    futr: Float[Tensor, "F B horizon K"] | None
    weights: Float[Tensor, "F B horizon"] | None = None


@dataclass(frozen=True)
class Choice:
    """The windows of a step, or of many steps: their numbers, and which of them count."""

    numbers: Int[Tensor, "*S F B"]
    counted: Bool[Tensor, "*S F B"]


def count_steps(settings: NetworkSettings, n_windows: int) -> int:
    """Optimizer steps of a fold: as declared, or passes over its windows; none without windows."""
    if n_windows == 0:
        return 0
    if settings.steps is not None:
        return settings.steps
    epochs, batch_size = settings.epochs, settings.batch_size
    assert epochs is not None
    assert batch_size is not None
    return epochs * -(-n_windows // batch_size)


def draw_windows(
    streams: Int[Tensor, " F"], n_windows: Int[Tensor, " F"], steps: Int[Tensor, " S"], B: int
) -> Choice:
    """B windows of each network and step, any as likely as another, with replacement.

    A window's number is floor(u N), u of the network's own stream: a fold with more windows draws
    the same u.
    """
    drawn = uniforms(streams, steps, B) * n_windows.view(1, -1, 1)
    numbers = drawn.to(torch.int64)
    return Choice(numbers, torch.ones_like(numbers, dtype=torch.bool))


def pass_windows(n_windows: Int[Tensor, " F"], steps: Int[Tensor, " S"], B: int) -> Choice:
    """Passes over all windows in the order of time; the last batch of a pass may be smaller."""
    counts = n_windows.view(1, -1, 1)
    batches = (counts + B - 1).div(B, rounding_mode="floor").clamp(min=1)
    first = steps.view(-1, 1, 1) % batches * B
    numbers = first + torch.arange(B, device=steps.device)
    counted = numbers < counts
    return Choice(torch.where(counted, numbers, 0), counted)


def gather_batch(
    windows: Windows,
    which: Int[Tensor, " F"],
    numbers: Int[Tensor, "F B"],
    counted: Bool[Tensor, "F B"],
    *,
    input_size: int,
) -> Batch:
    """The windows with these numbers.

    Args:
        windows: of all folds.
        which: the fold of each network.
        numbers: the windows of each network's batch.
        counted: which of them count.
        input_size: lags.
    """
    rows = windows.inputs.shape[1]
    place = which[:, None] * windows.ends.shape[1] + numbers
    ends = windows.ends.flatten()[place]
    lags = torch.arange(1 - input_size, 1, device=ends.device)
    # Steps before the batch, so that the cell finds each step in one block of memory.
    cells = (which[:, None] * rows + ends)[:, None, :] + lags[:, None]
    table = windows.inputs.flatten(0, 1)
    inputs = table.index_select(0, cells.flatten()).unflatten(0, cells.shape).transpose(1, 2)
    targets = windows.targets.flatten(0, 1)[place]
    observed = windows.observed.flatten(0, 1)[place] & counted[..., None]
    weights = None if windows.weights is None else windows.weights.flatten(0, 1)[place]
    if windows.futr.start == windows.futr.stop:
        return Batch(inputs, targets, observed, None, weights)
    ahead = torch.arange(1, 1 + targets.shape[-1], device=ends.device)
    after = (which[:, None] * rows + ends)[..., None] + ahead
    return Batch(inputs, targets, observed, table[:, windows.futr][after], weights)


def _pad(arrays: Sequence[np.ndarray]) -> Tensor:
    """Arrays of different length as one tensor, zeros behind the shorter ones."""
    longest = max(len(a) for a in arrays)
    padded = np.zeros((len(arrays), longest, *arrays[0].shape[1:]), dtype=arrays[0].dtype)
    for k, array in enumerate(arrays):
        padded[k, : len(array)] = array
    return torch.from_numpy(padded)

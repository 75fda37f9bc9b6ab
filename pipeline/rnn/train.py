"""From series cut at their refit cutoff to trained networks, all of them in one program.

The loop over the optimizer's steps, and what becomes of a network that cannot be trained. What a
network sees is in `correction.py`, which windows at which step in `batches.py`.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.as_of import same_rows
from pipeline.rnn.batches import (
    Batch,
    Choice,
    count_steps,
    draw_windows,
    gather_batch,
    pass_windows,
)
from pipeline.rnn.correction import Correction, fit_correction
from pipeline.rnn.curve import Curve
from pipeline.rnn.device import full_precision, pick_device
from pipeline.rnn.group import FEWEST, Fit, Group, make_group
from pipeline.rnn.layout import Layout
from pipeline.rnn.losses import masked_mse
from pipeline.rnn.network import Network
from pipeline.rnn.optimizer import AdamState, clip_each, learning_rate, step_adam
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import layout_of, run_stack

NUMBERS_AT_ONCE = 2**20
"""Window numbers drawn ahead of their steps: 8 MB."""

Say = Callable[[int, int], None]
"""Told the steps done and the steps in all, about a hundred times."""


def train_networks(
    fits: Sequence[Fit],
    settings: NetworkSettings,
    *,
    horizon: int,
    season_length: int,
    say: Say | None = None,
) -> list[Network]:
    """Train every network, each exactly as if it were alone.

    A network that diverges, or whose fold has no window to train on, comes back as failed with its
    reason; the others are not touched by it. On one CPU machine and one number of threads a
    network's bits depend on its own rows, settings, seed and name only.

    Args:
        fits: one per network, all series with the same columns.
        settings: resolved: nothing left open.
        horizon: steps to forecast at once.
        season_length: steps in a season.
        say: told how far it is.

    Returns:
        A network per fit, in their order.

    Raises:
        InputError: `device: cuda` where there is none.
    """
    device = pick_device(settings)
    if not fits:
        return []
    layout = layout_of(settings, n_columns=_count_columns(fits), horizon=horizon)
    folds = _fit_corrections(fits, settings, horizon=horizon, season_length=season_length)
    n_steps = [0 if f.reason else count_steps(settings, len(f.ends)) for f in folds]
    order = sorted((k for k in range(len(fits)) if n_steps[k]), key=lambda k: -n_steps[k])
    networks = [_untrained(fold, layout, settings) for fold in folds]
    if order:
        group = make_group(
            [fits[k] for k in order],
            settings,
            layout=layout,
            folds=[folds[k] for k in order],
            n_steps=[n_steps[k] for k in order],
            device=device,
        )
        with full_precision(device):
            curve = run_steps(group, settings, say=say)
        rows = group.rows.cpu().numpy()
        for place, k in enumerate(order):
            networks[k] = _trained(folds[k], rows[place], curve, place=place)
    return networks


def run_steps(group: Group, settings: NetworkSettings, *, say: Say | None) -> Curve:
    """Make every step of every network, in place."""
    device, state = group.rows.device, AdamState.of(group.rows)
    curve = Curve.of(group.n_steps, passes=settings.epochs, device=device)
    lengths, total = group.equal_lengths(), group.n_steps[0]
    if settings.schedule != "cosine":  # one rate for all: one call moves them all
        lengths = [(slice(0, len(group.n_steps)), total)]
    input_size, rate = settings.input_size, settings.learning_rate
    assert input_size is not None
    assert rate is not None
    for step, choice in enumerate(_choices(group, settings)):
        active = group.count_active(step)
        F = max(active, FEWEST)
        batch = gather_batch(
            group.windows,
            group.which[:F],
            choice.numbers[:F],
            choice.counted[:F],
            input_size=input_size,
        )
        losses, gradients = _losses_and_gradients(group.rows[:F], batch, group.layout)
        gradients = clip_each(gradients, settings.clip)
        for run, n_steps in lengths:
            block = slice(run.start, min(run.stop, active))
            if block.start < block.stop:
                now = learning_rate(step, n_steps, largest=rate, schedule=settings.schedule)
                step_adam(group.rows, gradients, state, block=block, step=step, rate=now)
        curve.add(step, losses[:active])
        if say and ((step + 1) % max(1, total // 100) == 0 or step + 1 == total):
            say(step + 1, total)
    return curve


def _choices(group: Group, settings: NetworkSettings) -> Iterator[Choice]:
    """The windows of each step for all networks, drawn for many steps at once."""
    total, B, device = group.n_steps[0], settings.batch_size, group.rows.device
    assert B is not None
    at_once = max(1, NUMBERS_AT_ONCE // (B * len(group.n_steps)))
    for first in range(0, total, at_once):
        steps = torch.arange(first, min(first + at_once, total), device=device)
        if settings.steps is not None:
            chosen = draw_windows(group.streams, group.n_windows, steps, B)
        else:
            chosen = pass_windows(group.n_windows, steps, B)
        for numbers, counted in zip(chosen.numbers, chosen.counted, strict=True):
            yield Choice(numbers, counted)


def _losses_and_gradients(
    rows: Float[Tensor, "F P"], batch: Batch, layout: Layout
) -> tuple[Float[Tensor, " F"], Float[Tensor, "F P"]]:
    """Each network's loss on its batch, and the gradient of that loss in its own row."""
    leaf = rows.detach().requires_grad_()
    losses = masked_mse(run_stack(leaf, batch.inputs, layout), batch.targets, batch.observed)
    (gradients,) = torch.autograd.grad(losses.sum(), leaf)
    return losses.detach(), gradients


def _count_columns(fits: Sequence[Fit]) -> int:
    counts = {len(fit.series.columns) for fit in fits}
    assert len(counts) == 1, f"series of one network with {sorted(counts)} columns"
    return counts.pop()


def _fit_corrections(
    fits: Sequence[Fit], settings: NetworkSettings, *, horizon: int, season_length: int
) -> list[Correction]:
    """The fold of each fit; fits with the same rows, the seeds of a fold, share it."""
    rows = [same_rows(fit.series) for fit in fits]
    distinct = {key: fit.series for key, fit in zip(rows, fits, strict=True)}
    fitted = {
        key: fit_correction(series, settings, horizon=horizon, season_length=season_length)
        for key, series in distinct.items()
    }
    return [fitted[key] for key in rows]


def _untrained(fold: Correction, layout: Layout, settings: NetworkSettings) -> Network:
    weights = np.zeros(layout.row_size, dtype=settings.dtype or "float32")
    nothing = np.zeros(0, dtype=np.float32)
    return Network(weights, fold.scale, "failed", fold.reason, nothing, len(fold.ends))


def _trained(
    fold: Correction, row: Float[np.ndarray, " P"], curve: Curve, *, place: int
) -> Network:
    """What became of a network: its weights, or zeros and the reason where it diverged."""
    losses = curve.losses_of(place)
    if bool(curve.finite[place]) and np.isfinite(row).all():
        return Network(row.copy(), fold.scale, "ok", "", losses, len(fold.ends))
    at = np.flatnonzero(~np.isfinite(losses))
    share = f"after {at[0] / len(losses):.0%} of its steps" if len(at) else "at its last step"
    reason = f"the training diverged {share}: the loss or a weight is no longer a number"
    return Network(np.zeros_like(row), fold.scale, "failed", reason, losses, len(fold.ends))

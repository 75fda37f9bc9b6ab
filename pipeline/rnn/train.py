"""From series cut at their refit cutoff to trained networks, all of them in one program.

Folds, windows and steps of each network, and what becomes of one that cannot be trained. What a
network sees is in `correction.py`, the loop over the steps in `steps.py`.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from jaxtyping import Float

from pipeline.errors import InputError
from pipeline.rnn.as_of import same_rows
from pipeline.rnn.batches import count_steps
from pipeline.rnn.checkpoint import Checkpoint
from pipeline.rnn.correction import Correction, fit_correction
from pipeline.rnn.curve import Curve
from pipeline.rnn.device import pick_device, products_rounded_as
from pipeline.rnn.early_stop import split_windows
from pipeline.rnn.group import Fit, Job, make_group
from pipeline.rnn.kernels import kernel_on
from pipeline.rnn.layout import Layout
from pipeline.rnn.memory import freed_memory_kept, train_in_parts
from pipeline.rnn.network import Network
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import layout_of
from pipeline.rnn.steps import Say, run_steps


def train_networks(
    fits: Sequence[Fit],
    settings: NetworkSettings,
    *,
    horizon: int,
    season_length: int,
    say: Say | None = None,
    checkpoint: Checkpoint | None = None,
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
        checkpoint: where an unfinished training is kept, and gone on with; the fits must be those
            that it was saved with.

    Returns:
        A network per fit, in their order.

    Raises:
        InputError: `device: cuda` where there is none, `kernel: fused` where it cannot be; a single
            network does not fit into memory.
    """
    device = pick_device(settings)
    if settings.kernel == "fused" and (reason := kernel_on(device).why_not(settings)):
        raise InputError(f"kernel: fused cannot train these networks, {reason}")
    if not fits:
        return []
    layout = layout_of(settings, n_columns=_count_columns(fits), horizon=horizon)
    folds = _fit_corrections(fits, settings, horizon=horizon, season_length=season_length)
    splits = [split_windows(fold.ends, settings, horizon=horizon) for fold in folds]
    networks, jobs = [], {}
    for k, (fit, fold, split) in enumerate(zip(fits, folds, splits, strict=True)):
        networks.append(_untrained(fold, layout, settings, reason=fold.reason or split.reason))
        if not networks[k].reason:
            jobs[k] = Job(fit, fold, split, count_steps(settings, split.n_train))
    order = sorted(jobs, key=lambda k: -jobs[k].n_steps)
    if order:
        train = partial(_train_jobs, layout=layout, settings=settings, checkpoint=checkpoint)
        told = partial(_tell, say, len(order)) if say else None
        with freed_memory_kept():
            trained = train_in_parts(
                [jobs[k] for k in order], lambda some, first: train(some, first, say=told)
            )
        for k, network in zip(order, trained, strict=True):
            networks[k] = network
    return networks


def _train_jobs(
    jobs: Sequence[Job],
    first: int,
    *,
    layout: Layout,
    settings: NetworkSettings,
    say: Callable[[int, int, int, int], None] | None,
    checkpoint: Checkpoint | None,
) -> list[Network]:
    """Train these networks as one group, the one with the most steps first."""
    dtype = torch.float64 if settings.dtype == "float64" else torch.float32
    group, rows = make_group(jobs, layout, dtype=dtype, device=pick_device(settings))
    with products_rounded_as(settings):
        group, state = run_steps(
            group,
            rows,
            settings,
            say=partial(say, first, len(jobs)) if say else None,
            checkpoint=checkpoint,
            part=f"{first}-{first + len(jobs)}",
        )
    weights = (state.best.rows if state.best else state.rows).cpu().numpy()
    curve = state.curve.on_cpu()
    place_of = {job: place for place, job in enumerate(group.places)}
    return [
        _trained(job, weights[place_of[k]], curve, place=place_of[k]) for k, job in enumerate(jobs)
    ]


def _tell(say: Say, n_jobs: int, first: int, n: int, step: int, n_steps: int) -> None:
    """The steps of some of the networks, as steps of all of them."""
    say((first * n_steps + n * step) // n_jobs, n_steps)


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


def _untrained(
    fold: Correction, layout: Layout, settings: NetworkSettings, *, reason: str
) -> Network:
    weights = np.zeros(layout.row_size, dtype=settings.dtype or "float32")
    nothing = np.zeros(0, dtype=np.float32)
    return Network(weights, fold.scale, "failed", reason, nothing, len(fold.ends))


def _trained(job: Job, row: Float[np.ndarray, " P"], curve: Curve, *, place: int) -> Network:
    """What became of a network: its weights, or zeros and the reason where it diverged."""
    scale, losses, n_windows = job.fold.scale, curve.losses_of(place), job.split.n_train
    if bool(curve.finite[place]) and np.isfinite(row).all():
        return Network(row.copy(), scale, "ok", "", losses, n_windows)
    at = np.flatnonzero(~np.isfinite(losses))
    share = f"after {at[0] / len(losses):.0%} of its steps" if len(at) else "at its last step"
    reason = f"the training diverged {share}: the loss or a weight is no longer a number"
    return Network(np.zeros_like(row), scale, "failed", reason, losses, n_windows)

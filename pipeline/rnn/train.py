"""From series cut at their refit cutoff to trained networks, all of them in one program.

Folds, windows and steps of each network, and what becomes of one that cannot be trained. What a
network sees is in `correction.py`, the loop over the steps in `steps.py`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from pipeline.clean.observations import Series
from pipeline.errors import InputError
from pipeline.rnn.batches import count_steps
from pipeline.rnn.checkpoint import Checkpoint
from pipeline.rnn.curve import Curve
from pipeline.rnn.device import on_cpu, pick_device, products_rounded_as
from pipeline.rnn.group import Fit, GlobalFit, Job, make_group
from pipeline.rnn.kernels import kernel_on
from pipeline.rnn.layout import Layout
from pipeline.rnn.memory import freed_memory_kept, train_in_parts
from pipeline.rnn.network import Network
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.shrinkage import Shrinkage
from pipeline.rnn.smearing import smear
from pipeline.rnn.stack import layout_of
from pipeline.rnn.steps import Say, run_steps
from pipeline.rnn.two_fits import TwoFits, outputs_on_held, prepare_folds, trusted_with


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
        A network per fit, in their order. Where corrections are shrunk twice as many train: beside
        each the first fit that says what it is trusted with.

    Raises:
        InputError: `device: cuda` where there is none, `kernel: fused` where it cannot be; a single
            network does not fit into memory.
    """
    refuse_device(settings)
    if not fits:
        return []
    layout = layout_of(settings, n_columns=count_columns([f.series for f in fits]), horizon=horizon)
    folds = prepare_folds(fits, settings, horizon=horizon, season_length=season_length)
    of_each = train_folds(fits, folds, settings, layout=layout, say=say, checkpoint=checkpoint)
    return [network_of(fold, of_each, layout, settings) for fold in folds]


def refuse_device(settings: NetworkSettings) -> None:
    """Before anything is prepared: nobody can train these networks on this machine.

    Raises:
        InputError: `device: cuda` where there is none, `kernel: fused` where it cannot be.
    """
    device = pick_device(settings)
    if settings.kernel == "fused" and (reason := kernel_on(device).why_not(settings)):
        raise InputError(f"kernel: fused cannot train these networks, {reason}")


def train_folds(
    fits: Sequence[Fit] | Sequence[GlobalFit],
    folds: Sequence[TwoFits],
    settings: NetworkSettings,
    *,
    layout: Layout,
    say: Say | None,
    checkpoint: Checkpoint | None,
) -> "Iterator[Trained]":
    """What comes of the fits of all folds, in their order; nothing of those with a reason."""
    assert not (settings.shrinkage and settings.stops_early), "they would share windows"
    jobs = list(_jobs_of(fits, folds, settings))
    order = sorted(range(len(jobs)), key=lambda k: -jobs[k].n_steps)
    trained: dict[int, Trained] = {}
    if order:
        train = partial(_train_jobs, layout=layout, settings=settings, checkpoint=checkpoint)
        told = partial(_tell, say, len(order)) if say else None
        with freed_memory_kept():
            found = train_in_parts(
                [jobs[k] for k in order], lambda some, first: train(some, first, say=told)
            )
        trained = dict(zip(order, found, strict=True))
    return iter([trained[k] for k in range(len(jobs))])


class Trained(NamedTuple):
    """What came of a job: the network, and what it put out for the windows it held back, if any."""

    network: Network
    on_held: Float[np.ndarray, "windows horizon"] | None


def _jobs_of(
    fits: Sequence[Fit] | Sequence[GlobalFit], folds: Sequence[TwoFits], settings: NetworkSettings
) -> Iterator[Job]:
    """What there is to train: of each fit its network, behind it the first fit that measures it."""
    for fit, fold in zip(fits, folds, strict=True):
        if fold.reason:
            continue
        yield Job(fit, fold.whole, fold.split, count_steps(settings, fold.split.n_train))
        if fold.first is not None:
            yield Job(fit, fold.first, fold.held, count_steps(settings, fold.held.n_train))


def network_of(
    fold: TwoFits, trained: Iterator[Trained], layout: Layout, settings: NetworkSettings
) -> Network:
    """A network with what it is trusted with; takes what came of its jobs, in their order."""
    if fold.reason:
        return _untrained(fold, layout, settings)
    network = next(trained).network
    if fold.untested:
        return replace(network, shrinkage=Shrinkage.nothing(layout.horizon, fold.untested))
    if fold.first is None:
        return network
    first = next(trained)
    if first.network.status != "ok":
        why = f"the first fit failed: {first.network.reason}"
        return replace(network, shrinkage=Shrinkage.nothing(layout.horizon, why))
    assert first.on_held is not None
    return replace(network, shrinkage=trusted_with(fold, first.on_held, settings))


def _train_jobs(
    jobs: Sequence[Job],
    first: int,
    *,
    layout: Layout,
    settings: NetworkSettings,
    say: Callable[[int, int, int, int], None] | None,
    checkpoint: Checkpoint | None,
) -> list[Trained]:
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
        # On the CPU, wherever they trained: few windows, and there no bit depends on the company.
        group, rows = on_cpu(group), (state.best.rows if state.best else state.rows).cpu()
        smear(group, rows, jobs, settings)
        on_held = {} if state.best else outputs_on_held(group, rows, jobs, settings)
    weights, curve = rows.numpy(), on_cpu(state.curve)
    place_of = {job: place for place, job in enumerate(group.places)}
    return [
        Trained(_trained(job, weights[place_of[k]], curve, place_of[k]), on_held.get(k))
        for k, job in enumerate(jobs)
    ]


def _tell(say: Say, n_jobs: int, first: int, n: int, step: int, n_steps: int) -> None:
    """The steps of some of the networks, as steps of all of them."""
    say((first * n_steps + n * step) // n_jobs, n_steps)


def count_columns(series: Iterable[Series]) -> int:
    """Columns that all of these have."""
    counts = {len(one.columns) for one in series}
    assert len(counts) == 1, f"series of one network with {sorted(counts)} columns"
    return counts.pop()


def _untrained(fold: TwoFits, layout: Layout, settings: NetworkSettings) -> Network:
    weights = np.zeros(layout.row_size, dtype=settings.dtype or "float32")
    nothing, n_windows = np.zeros(0, dtype=np.float32), len(fold.whole.ends)
    full = Shrinkage.full(layout.horizon)
    return Network(weights, fold.whole.scale, "failed", fold.reason, nothing, n_windows, full)


def _trained(job: Job, row: Float[np.ndarray, " P"], curve: Curve, place: int) -> Network:
    """What became of a network: its weights, or zeros and the reason where it diverged."""
    scale, losses, n_windows = job.fold.scale, curve.losses_of(place), job.split.n_train
    full = Shrinkage.full(job.fold.targets.shape[1])
    if bool(curve.finite[place]) and np.isfinite(row).all():
        return Network(row.copy(), scale, "ok", "", losses, n_windows, full)
    at = np.flatnonzero(~np.isfinite(losses))
    share = f"after {at[0] / len(losses):.0%} of its steps" if len(at) else "at its last step"
    reason = f"the training diverged {share}: the loss or a weight is no longer a number"
    return Network(np.zeros_like(row), scale, "failed", reason, losses, n_windows, full)

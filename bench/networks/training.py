"""Training with a first state other than zero: pipeline.rnn.steps' loop with one line more.

Windows, draws, weights at the start, loss, clipping, Adam and learning rate are the pipeline's. The
first state that is learned lies behind a network's weights in its row, so that Adam and clipping
treat it as one of them. With a first state of zero it must train what `run_steps` trains; how far
the two differ is measured each time and kept with the results.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from bench.networks.held_out import Case, HeldOut, Shown, columns_of
from bench.networks.starts import Kind, first_states, learned_size
from pipeline.rnn.batches import draw_windows, gather_batch
from pipeline.rnn.correction import Correction, fit_correction
from pipeline.rnn.early_stop import Split
from pipeline.rnn.group import Fit, Group, Job, make_group
from pipeline.rnn.losses import losses_of
from pipeline.rnn.optimizer import AdamState, clip_each, learning_rate, step_adam
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import layout_of, run_stack


class Start(NamedTuple):
    """Networks before their first step: their group, weights, and what they were fitted on."""

    group: Group
    rows: Float[Tensor, "F P"]
    corrections: list[Correction]
    which: list[int]


class Trained(NamedTuple):
    """Networks after their last step, and the norm of each gradient before it was clipped."""

    rows: Float[Tensor, "F P"]
    own: Float[Tensor, "F S"]
    norms: Float[Tensor, "steps F"]


def start_of(
    case: Case, settings: NetworkSettings, folds: Sequence[HeldOut], seeds: int, *, before: int
) -> Start:
    """Every fold with every seed, on the windows that have so many rows before them.

    Args:
        case: horizon and season.
        settings: resolved.
        folds: to train on.
        seeds: networks of each fold.
        before: rows that must lie before a window, to warm up on.
    """
    assert settings.input_size is not None
    assert settings.steps is not None
    longer = settings.model_copy(update={"input_size": settings.input_size + before})
    corrections = [fit_correction(fold.series, longer, **case.sizes) for fold in folds]
    jobs, which = [], []
    for k, (fold, correction) in enumerate(zip(folds, corrections, strict=True)):
        assert not correction.reason, correction.reason
        for seed in range(seeds):
            split = Split(len(correction.ends), 0)
            jobs.append(Job(Fit(fold.series, seed), correction, split, settings.steps))
            which.append(k)
    layout = layout_of(settings, n_columns=columns_of(case), horizon=case.horizon)
    group, rows = make_group(jobs, layout, dtype=torch.float32, device=torch.device("cpu"))
    return Start(group, rows, corrections, which)


def train(start: Start, settings: NetworkSettings, kind: Kind) -> Trained:
    """Make every step of every network with windows that begin from this first state."""
    group, P = start.group, start.rows.shape[1]
    assert settings.batch_size is not None
    assert settings.learning_rate is not None
    S = learned_size(group.layout) if kind == "learned" else 0
    own = start.rows.new_zeros(len(start.rows), S)
    rows, n_steps = torch.cat([start.rows, own], dim=1), group.n_steps[0]
    adam, generator, norms = AdamState.of(rows), torch.Generator().manual_seed(0), []
    chosen = draw_windows(
        group.streams, group.n_train, torch.arange(n_steps), settings.batch_size
    ).numbers
    for step, numbers in enumerate(chosen):
        leaf = rows.detach().requires_grad_()
        seen = Shown(group.windows, group.which, numbers)
        loss = _loss(leaf, P, seen, group, settings, kind, generator)
        (gradients,) = torch.autograd.grad(loss, leaf)
        norms.append(gradients.norm(dim=1))
        rate = learning_rate(
            step, n_steps, largest=settings.learning_rate, schedule=settings.schedule
        )
        clipped = clip_each(gradients, settings.clip)
        step_adam(rows, clipped, adam, block=slice(0, len(rows)), step=step, rate=rate)
    return Trained(rows[:, :P].contiguous(), rows[:, P:].contiguous(), torch.stack(norms))


def _loss(
    leaf: Float[Tensor, "F PS"],
    P: int,
    seen: Shown,
    group: Group,
    settings: NetworkSettings,
    kind: Kind,
    generator: torch.Generator,
) -> Float[Tensor, ""]:
    lags = settings.input_size
    assert lags is not None
    rows, own = leaf[:, :P], leaf[:, P:]
    starts = first_states(kind, rows, own, seen, group.layout, lags=lags, generator=generator)
    every = torch.ones_like(seen.numbers, dtype=torch.bool)
    batch = gather_batch(seen.windows, seen.which, seen.numbers, every, input_size=lags)
    outputs = run_stack(rows, batch.inputs, group.layout, starts)
    return losses_of(outputs, batch.targets, batch.observed, loss="mse").means.sum()

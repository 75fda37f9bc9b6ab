"""One step of the optimizer, for all networks that still train at once, in place."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pipeline.rnn.batches import Choice, gather_batch
from pipeline.rnn.group import Group
from pipeline.rnn.losses import LossSums, losses_of
from pipeline.rnn.optimizer import clip_each, learning_rate, step_adam
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import fewest_together, run_stack
from pipeline.rnn.state import State


class Moment(NamedTuple):
    """What a step is told besides its windows: numbers, or tensors that are filled anew each time.

    Attributes:
        step: how many steps were made before.
        rates: the learning rate of each run of networks that share one.
    """

    step: int | Int[Tensor, ""]
    rates: Sequence[float] | Float[Tensor, " runs"]


def moment_of(group: Group, settings: NetworkSettings, step: int) -> Moment:
    """What step number `step` is told."""
    largest, schedule = settings.learning_rate, settings.schedule
    assert largest is not None
    runs = _runs(group, settings, group.count_active(step))
    rates = [learning_rate(step, n, largest=largest, schedule=schedule) for _, n in runs]
    return Moment(step, rates)


def make_step(
    group: Group,
    state: State,
    settings: NetworkSettings,
    moment: Moment,
    choice: Choice,
    *,
    active: int,
) -> None:
    """One step of the first `active` networks, those that still train.

    Args:
        group: all networks.
        state: of all of them; changed in place.
        settings: resolved.
        moment: step and learning rates.
        choice: the windows of at least `active` networks, and of those that keep them company.
        active: how many of them step.
    """
    F = max(active, fewest_together(state.rows.device))
    leaf = state.rows[:F].detach().requires_grad_()
    found = batch_losses(leaf, group, settings, choice.numbers[:F], choice.counted[:F])
    (gradients,) = torch.autograd.grad(found.means.sum(), leaf)
    gradients = clip_each(gradients, settings.clip)
    for (block, _), rate in zip(_runs(group, settings, active), moment.rates, strict=True):
        step_adam(state.rows, gradients, state.adam, block=block, step=moment.step, rate=rate)
    state.curve.add(moment.step, found.means.detach()[:active])


def batch_losses(
    rows: Float[Tensor, "F P"],
    group: Group,
    settings: NetworkSettings,
    numbers: Int[Tensor, "F B"],
    counted: Bool[Tensor, "F B"],
) -> LossSums:
    """The loss of each network on the windows with these numbers."""
    assert settings.input_size is not None
    assert settings.loss is not None
    batch = gather_batch(
        group.windows, group.which[: len(rows)], numbers, counted, input_size=settings.input_size
    )
    return losses_of(
        run_stack(rows, batch.inputs, group.layout, futr=batch.futr),
        batch.targets,
        batch.observed,
        loss=settings.loss,
        quantiles=settings.quantiles,
        weights=batch.weights,
    )


def _runs(group: Group, settings: NetworkSettings, active: int) -> Iterator[tuple[slice, int]]:
    """Networks next to each other that share a learning rate, and their number of steps."""
    if settings.schedule != "cosine":  # one rate for all: one call moves them all
        yield slice(0, active), group.n_steps[0]
        return
    for run, n_steps in group.equal_lengths():
        if run.start < active:
            yield run, n_steps

"""The loop over the optimizer's steps: all networks of a group at once, each with its own numbers.

Networks that have diverged or stopped early are moved behind the others and cost nothing from then
on. When that happens depends on the company; what a network's numbers are does not.
"""

import itertools
from collections.abc import Callable, Iterator
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.batches import Choice, draw_windows, pass_windows
from pipeline.rnn.captured import CapturedSteps
from pipeline.rnn.checkpoint import Checkpoint, from_arrays, to_arrays
from pipeline.rnn.early_stop import held_back_losses, is_check
from pipeline.rnn.group import Group
from pipeline.rnn.kernels import kernel_on
from pipeline.rnn.one_step import batch_losses, make_step, moment_of
from pipeline.rnn.optimizer import AdamState, learning_rates
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import fewest_together
from pipeline.rnn.state import State

NUMBERS_AT_ONCE = 2**20
"""Window numbers drawn ahead of their steps: 8 MB."""

SAID, FEWEST_STEPS, MOST_STEPS = 100, 10, 50
"""Steps at a stretch: a hundredth of all, but within these; between two stretches diverged networks
are dropped, progress is told, and a checkpoint may be saved."""

Say = Callable[[int, int], None]
"""Told the steps done and the steps in all, between two stretches of steps."""

Advance = Callable[[range, Iterator[Choice]], None]
"""Makes these steps of all networks that still train, in place."""


def run_steps(
    group: Group,
    rows: Float[Tensor, "F P"],
    settings: NetworkSettings,
    *,
    say: Say | None = None,
    checkpoint: Checkpoint | None = None,
    part: str = "",
) -> tuple[Group, State]:
    """Make every step of every network.

    Args:
        group: the networks.
        rows: the weights they start from; changed in place.
        settings: resolved.
        say: told how far it is.
        checkpoint: where the state is kept now and then, and taken up again from.
        part: what the checkpoint calls these networks.

    Returns:
        The networks in the order in which they ended, and their state.
    """
    state, total = State.of(rows, group, settings), group.n_steps[0]
    saved = checkpoint.load(part) if checkpoint else None
    start, group, state = from_arrays(saved, group, state, settings)
    choices, step = _choices(group, settings, start), start
    advance = _advance_by(group, state, settings)
    while True:
        if state.best is not None and (step > start or start == 0):
            _check(group, state, settings, step)  # a checkpoint is saved behind its step's check
        kept, state = _drop_finished(group, state, settings, step)
        if kept is not group:
            group, choices = kept, _choices(kept, settings, step)
            advance = _advance_by(group, state, settings)
        if step >= group.n_steps[0]:
            break
        if checkpoint and step > start and checkpoint.is_due():
            checkpoint.save(part, to_arrays(step, group, state, settings))
        until = min(_next_stop(group, settings, step), group.n_steps[0])
        advance(range(step, until), choices)
        step = until
        if say:
            say(step, total)
    return group, state


def _next_stop(group: Group, settings: NetworkSettings, step: int) -> int:
    """The next step before which there is something to look after, or to say."""
    apart = min(max(group.n_steps[0] // SAID, FEWEST_STEPS), MOST_STEPS)
    stops = [(step // apart + 1) * apart]
    if settings.stops_early:
        assert settings.val_check_steps is not None
        stops.append((step // settings.val_check_steps + 1) * settings.val_check_steps)
        stops.extend(n_steps for n_steps in set(group.n_steps) if n_steps > step)
    return min(stops)


def _advance_by(group: Group, state: State, settings: NetworkSettings) -> Advance:
    """How this group makes its steps, as long as it and the place of its state stay the same."""
    if settings.kernel == "fused":
        return partial(_fused, group, state, settings)
    if state.rows.is_cuda:
        return CapturedSteps(group, state, settings).make
    return partial(_one_by_one, group, state, settings)


def _one_by_one(
    group: Group, state: State, settings: NetworkSettings, steps: range, choices: Iterator[Choice]
) -> None:
    for step, choice in zip(steps, choices, strict=False):  # there are choices for later steps
        moment, active = moment_of(group, settings, step), group.count_active(step)
        make_step(group, state, settings, moment, choice, active=active)


def _fused(
    group: Group, state: State, settings: NetworkSettings, steps: range, choices: Iterator[Choice]
) -> None:
    """The same steps by compiled code, each network by itself."""
    chosen = list(itertools.islice(choices, len(steps)))
    active = [group.count_active(step) for step in steps]
    F = active[0]
    assert settings.learning_rate is not None
    losses = kernel_on(state.rows.device).make_steps(
        group.windows,
        group.layout,
        settings,
        rows=state.rows[:F],
        adam=AdamState(state.adam.mean[:F], state.adam.square[:F]),
        which=group.which[:F],
        numbers=torch.stack([choice.numbers[:F] for choice in chosen]),
        counted=torch.stack([choice.counted[:F] for choice in chosen]),
        rates=learning_rates(
            steps, group.n_steps[:F], largest=settings.learning_rate, schedule=settings.schedule
        ),
        first_step=steps.start,
    )
    for step, n, row in zip(steps, active, losses, strict=True):
        state.curve.add(step, row[:n])


def _choices(group: Group, settings: NetworkSettings, start: int) -> Iterator[Choice]:
    """The windows of each step from `start` on for all networks, drawn for many steps at once."""
    total, B, device = group.n_steps[0], settings.batch_size, group.which.device
    assert B is not None
    at_once = max(1, NUMBERS_AT_ONCE // (B * len(group.n_steps)))
    for first in range(start, total, at_once):
        steps = torch.arange(first, min(first + at_once, total), device=device)
        if settings.steps is not None:
            chosen = draw_windows(group.streams, group.n_train, steps, B)
        else:
            chosen = pass_windows(group.n_train, steps, B)
        for numbers, counted in zip(chosen.numbers, chosen.counted, strict=True):
            yield Choice(numbers, counted)


def _check(group: Group, state: State, settings: NetworkSettings, step: int) -> bool:
    """Held-back losses of the networks that have a check after so many steps; whether any has."""
    assert state.best is not None
    assert settings.val_check_steps is not None
    assert settings.batch_size is not None
    F = max(group.count_active(step - 1), fewest_together(state.rows.device))
    every = settings.val_check_steps
    due = [is_check(step, n_steps, every) for n_steps in group.n_steps[:F]]
    if not any(due):
        return False
    with torch.no_grad():
        losses = held_back_losses(
            lambda numbers, counted: batch_losses(
                state.rows[:F], group, settings, numbers, counted
            ),
            first=group.first_held[:F],
            n_held=group.n_held[:F],
            batch_size=settings.batch_size,
        )
    state.best.check(state.rows[:F], losses, torch.tensor(due, device=losses.device))
    return True


def _drop_finished(
    group: Group, state: State, settings: NetworkSettings, step: int
) -> tuple[Group, State]:
    """Move the networks that have diverged or run out of patience behind those that go on."""
    active = group.count_active(step)
    finished = ~state.curve.finite[:active]
    patience = settings.early_stop_patience_steps
    if state.best is not None and patience is not None:
        finished = finished | (state.best.since[:active] >= patience)
    out = finished.tolist()
    if not any(out):
        return group, state
    going_on = [k for k in range(active) if not out[k]]
    order = [*going_on, *(k for k in range(active) if out[k]), *range(active, len(group.places))]
    n_steps = [group.n_steps[k] for k in going_on]
    n_steps += [0] * (len(order) - len(n_steps))
    return group.take(order, n_steps), state.take(order)

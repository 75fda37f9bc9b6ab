"""On a GPU: a step of the optimizer captured as a graph, and replayed for the steps that follow.

A step of small networks is some two hundred short kernels, and starting them one by one from Python
takes several times as long as they run. A graph starts all of them at once. It holds the shapes and
the memory it was captured with: as soon as fewer networks train, another one is captured.
"""

import functools
from collections.abc import Iterator, Sequence
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.batches import Choice
from pipeline.rnn.group import Group
from pipeline.rnn.one_step import Moment, make_step, moment_of
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.state import State


class CapturedSteps:
    """The steps of one group on a GPU; the group, and where its state lies, stay the same."""

    def __init__(self, group: Group, state: State, settings: NetworkSettings) -> None:
        self._group, self._state, self._settings = group, state, settings
        self._graph: _Graph | None = None

    def make(self, steps: range, choices: Iterator[Choice]) -> None:
        """Make these steps with the next windows, in place."""
        rates = self._rates(steps)
        for step, choice in zip(steps, choices, strict=False):  # choices go on for later steps
            active, told = self._group.count_active(step), (step, rates[step - steps.start], choice)
            if self._graph is not None and self._graph.active == active:
                self._graph.replay(*told)
                continue
            self._graph = None  # its memory is free before the next one asks for some
            self._graph = _Graph(self._group, self._state, self._settings, active, *told)

    def _rates(self, steps: range) -> Sequence[Float[Tensor, " runs"]]:
        """The learning rates of each step, on the GPU: copied there all at once."""
        rates = [moment_of(self._group, self._settings, step).rates for step in steps]
        together = torch.tensor([rate for of_step in rates for rate in of_step])
        return together.to(self._state.rows.device).split([len(of_step) for of_step in rates])


@functools.cache
def _side_stream(device: torch.device) -> torch.cuda.Stream:
    """One for all graphs: cuBLAS keeps a workspace for every stream that it has met."""
    return torch.cuda.Stream(device)


class _Graph:
    """A step of the first `active` networks; making it makes one such step."""

    def __init__(
        self,
        group: Group,
        state: State,
        settings: NetworkSettings,
        active: int,
        step: int,
        rates: Float[Tensor, " runs"],
        choice: Choice,
    ) -> None:
        self.active, device = active, state.rows.device
        self._step, self._rates = torch.tensor(step, device=device), rates.clone()
        self._choice = Choice(choice.numbers.clone(), choice.counted.clone())
        self._graph = torch.cuda.CUDAGraph()
        moment = Moment(self._step, self._rates)
        make = partial(make_step, group, state, settings, moment, self._choice, active=active)
        side, outside = _side_stream(device), torch.cuda.current_stream(device)
        side.wait_stream(outside)
        with torch.cuda.stream(side):  # as it comes: this readies every library that has a part
            make()
        outside.wait_stream(side)
        with torch.cuda.graph(self._graph, stream=side):
            make()

    def replay(self, step: int, rates: Float[Tensor, " runs"], choice: Choice) -> None:
        """Make the same step with other windows and learning rates."""
        self._step.fill_(step)
        self._rates.copy_(rates)
        self._choice.numbers.copy_(choice.numbers)
        self._choice.counted.copy_(choice.counted)
        self._graph.replay()

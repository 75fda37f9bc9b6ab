"""Where a training stands, so that one that is killed goes on from there to the same numbers.

A checkpoint is named arrays; where they are kept is the caller's business. One that was written by
another torch, device, kernel or number of threads is not taken up: its numbers would differ in
their last bits from those of a training that ran through. Nor is one that holds other arrays than
a training has now, as an older release may have left it.
"""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import numpy as np
import torch

from pipeline.rnn.group import Group
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.state import State


@runtime_checkable
class Checkpoint(Protocol):
    """A place that keeps named arrays until they are asked for again."""

    def load(self, part: str) -> Mapping[str, np.ndarray] | None:
        """What was saved last of this part of the networks; None where nothing was."""

    def is_due(self) -> bool:
        """Whether it is time to save."""

    def save(self, part: str, tensors: Mapping[str, np.ndarray]) -> None:
        """Replace what was saved of this part."""


def to_arrays(
    step: int, group: Group, state: State, settings: NetworkSettings
) -> dict[str, np.ndarray]:
    """All that is needed to go on before this step."""
    return {name: tensor.cpu().numpy() for name, tensor in state.tensors().items()} | {
        "step": np.array([step], dtype=np.int64),
        "places": np.array(group.places, dtype=np.int64),
        "n_steps": np.array(group.n_steps, dtype=np.int64),
        "environment": _environment(state.rows.device, settings),
    }


def from_arrays(
    arrays: Mapping[str, np.ndarray] | None, group: Group, state: State, settings: NetworkSettings
) -> tuple[int, Group, State]:
    """The step to go on with, and how the networks lie and stand there.

    Args:
        arrays: as `to_arrays` gave them; None, another environment's or another release's: from
            the beginning.
        group: the networks at their start.
        state: before their first step.
        settings: resolved.
    """
    if arrays is None or not _is_of(arrays, to_arrays(0, group, state, settings)):
        return 0, group, state
    order = arrays["places"].tolist()
    group = group.take(order, arrays["n_steps"].tolist())
    return int(arrays["step"][0]), group, state.with_numbers(arrays)


def _is_of(arrays: Mapping[str, np.ndarray], start: Mapping[str, np.ndarray]) -> bool:
    """Whether they are of the training that has these arrays at its start, in this environment."""
    kinds, kinds_now = (
        {name: (array.shape, array.dtype) for name, array in some.items()}
        for some in (arrays, start)
    )
    return (
        kinds == kinds_now
        and np.array_equal(arrays["environment"], start["environment"])
        and np.array_equal(np.sort(arrays["places"]), start["places"])
    )


def _environment(device: torch.device, settings: NetworkSettings) -> np.ndarray:
    """What the last bits depend on besides the declaration and the rows."""
    where = torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)
    text = f"{torch.__version__} {where} {torch.get_num_threads()} {settings.kernel}"
    return np.frombuffer(text.encode(), dtype=np.uint8)

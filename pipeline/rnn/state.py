"""All that changes while networks train: put in another order, stored and taken up again as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.curve import Curve
from pipeline.rnn.early_stop import Best
from pipeline.rnn.group import Group
from pipeline.rnn.optimizer import AdamState
from pipeline.rnn.settings import NetworkSettings


@dataclass(frozen=True)
class State:
    """Weights, what Adam remembers, losses, and the best weights where training stops early.

    Every tensor has the networks as its first axis, in the order of their group.
    """

    rows: Float[Tensor, "F P"]
    adam: AdamState
    curve: Curve
    best: Best | None

    @classmethod
    def of(cls, rows: Float[Tensor, "F P"], group: Group, settings: NetworkSettings) -> "State":
        """The state before the first step."""
        return cls(
            rows,
            AdamState.of(rows),
            Curve.of(group.n_steps, passes=settings.epochs, device=rows.device),
            Best.of(rows) if settings.stops_early else None,
        )

    def take(self, order: Sequence[int]) -> "State":
        """The same state with its networks in another order."""
        index = torch.tensor(order, device=self.rows.device)
        return self._rebuilt({name: tensor[index] for name, tensor in self.tensors().items()})

    def tensors(self) -> dict[str, Tensor]:
        """Every tensor by its name."""
        found = {"rows": self.rows}
        for name in ("adam", "curve", "best"):
            part = getattr(self, name)
            for field in fields(part) if part is not None else ():
                if isinstance(value := getattr(part, field.name), Tensor):
                    found[f"{name}.{field.name}"] = value
        return found

    def with_numbers(self, numbers: Mapping[str, np.ndarray]) -> "State":
        """The state that was stored as these numbers: an array for every tensor of this one."""
        return self._rebuilt(
            {
                name: torch.tensor(numbers[name], dtype=tensor.dtype, device=tensor.device)
                for name, tensor in self.tensors().items()
            }
        )

    def _rebuilt(self, tensors: Mapping[str, Tensor]) -> "State":
        def of(part: str) -> dict[str, Any]:
            return {k.split(".")[1]: v for k, v in tensors.items() if k.startswith(f"{part}.")}

        return State(
            tensors["rows"],
            replace(self.adam, **of("adam")),
            replace(self.curve, **of("curve")),
            self.best and replace(self.best, **of("best")),
        )

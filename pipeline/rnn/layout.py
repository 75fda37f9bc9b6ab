"""Where each parameter of a network lies in its flat row of weights.

One row per network makes the optimizer one call on a matrix. Hidden units are padded to whole
vector registers and rows to whole cache lines: then no number is computed by another instruction
because of where it stands in a batch, and a network's bits do not depend on its company.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.settings import CellName

HIDDEN_MULTIPLE = 8
"""Hidden units are padded to a multiple of this; the units added stay zero for ever. So are the
values known ahead, for the same reason: the matrices of all networks lie alike in memory."""

ROW_MULTIPLE = 16
"""Numbers in a row of weights are padded to a multiple of this: 64 bytes of float32."""


class LayerWeights(NamedTuple):
    """The parameters of one layer of F networks; I is the hidden size above the first layer.

    GH: the cell's gates side by side, each H wide.
    """

    w_xh: Float[Tensor, "F I GH"]
    w_hh: Float[Tensor, "F H GH"]
    b_ih: Float[Tensor, "F GH"]
    b_hh: Float[Tensor, "F GH"]


class States(NamedTuple):
    """The states of one layer of F networks, padding units included (zero).

    Attributes:
        every: h_1 .. h_T.
        last: what the cell would hand to step T + 1: h_T, and c_T where it has one.
    """

    every: Float[Tensor, "F T B H"]
    last: tuple[Float[Tensor, "F B H"], ...]


class Piece(NamedTuple):
    """One parameter: its name, its shape in the row, and how much of that is not padding."""

    name: str
    shape: tuple[int, ...]
    used: tuple[int, ...]

    @property
    def size(self) -> int:
        """Numbers it takes in the row."""
        return math.prod(self.shape)

    @property
    def inside(self) -> tuple[slice, ...]:
        """Where the numbers that are not padding lie, behind the axis of networks."""
        return (slice(None), *(slice(n) for n in self.used))


@dataclass(frozen=True)
class Layout:
    """The shape of a network, and with it the order of its parameters.

    Attributes:
        cell: the recurrence.
        gates: blocks of hidden units of the cell.
        n_inputs: features at each lag.
        hidden_size: hidden units as declared, without padding.
        num_layers: layers of the recurrence.
        horizon: steps the head forecasts at once.
        quantiles: numbers it puts out for each step, side by side.
        futr: columns whose values at the steps of the horizon the head sees.
    """

    cell: CellName
    gates: int
    n_inputs: int
    hidden_size: int
    num_layers: int
    horizon: int
    quantiles: int = 1
    futr: int = 0

    @property
    def hidden(self) -> int:
        """Hidden units with padding."""
        return -(-self.hidden_size // HIDDEN_MULTIPLE) * HIDDEN_MULTIPLE

    @property
    def outputs(self) -> int:
        """Numbers the head puts out at once."""
        return self.horizon * self.quantiles

    @property
    def known(self) -> int:
        """Values known ahead that the head sees, step by step, with padding."""
        return -(-self.horizon * self.futr // HIDDEN_MULTIPLE) * HIDDEN_MULTIPLE

    @cached_property
    def pieces(self) -> list[Piece]:
        """Every parameter in the order of the row: layer by layer, then the head."""
        found = []
        for layer in range(self.num_layers):
            found += self._layer(layer)
        h, used = self.hidden, self.hidden_size
        found.append(Piece("head.weight", (h, self.outputs), (used, self.outputs)))
        found.append(Piece("head.bias", (self.outputs,), (self.outputs,)))
        if self.futr:
            known = self.horizon * self.futr
            found.append(Piece("head.futr", (self.known, self.outputs), (known, self.outputs)))
        return found

    def _layer(self, layer: int) -> list[Piece]:
        h, used = self.hidden, self.hidden_size
        below, below_used = (self.n_inputs, self.n_inputs) if layer == 0 else (h, used)
        gates, name = self.gates, f"layer{layer}"
        return [
            Piece(f"{name}.w_xh", (below, gates, h), (below_used, gates, used)),
            Piece(f"{name}.w_hh", (h, gates, h), (used, gates, used)),
            Piece(f"{name}.b_ih", (gates, h), (gates, used)),
            Piece(f"{name}.b_hh", (gates, h), (gates, used)),
        ]

    @property
    def n_used(self) -> int:
        """Numbers in a row before its padding."""
        return sum(piece.size for piece in self.pieces)

    @property
    def row_size(self) -> int:
        """Numbers in a row, padding included: P."""
        return -(-self.n_used // ROW_MULTIPLE) * ROW_MULTIPLE

    def split(self, rows: Float[Tensor, "F P"]) -> dict[str, Tensor]:
        """Every parameter of F networks as a view of their rows, by name.

        One split of the whole row: its gradient is one concatenation, where a slice for each
        parameter would make a row of zeros for each. Shapes as in `pieces`, behind the axis F.
        """
        sizes = [piece.size for piece in self.pieces]
        parts = rows.split([*sizes, self.row_size - self.n_used], dim=1)
        return {
            piece.name: part.unflatten(1, piece.shape)
            for piece, part in zip(self.pieces, parts, strict=False)
        }

"""What the Triton kernels are compiled for: a network's shape, its tiles, its scratch.

Nothing here depends on a network's company, and nothing imports Triton.
"""

from typing import NamedTuple


class Shape(NamedTuple):
    """The shape of a network and of its batch, and all that follows from it.

    Attributes:
        cell: the recurrence.
        gates_count: blocks of hidden units of the cell.
        inputs: features at each lag.
        hidden: units, padding included.
        layers: of the recurrence.
        outputs: of the head.
        batch: windows a step.
        lags: steps of the recurrence.
        row: numbers in a row of weights.
        loss: its name.
        clips: whether gradients are clipped.
        precision: how Triton rounds products.
        high: rows of a tile of all steps' windows.
        deep: numbers of each that a tile's product adds up at once.
        stride: weights that the optimizer moves at once.
    """

    cell: str
    gates_count: int
    inputs: int
    hidden: int
    layers: int
    outputs: int
    batch: int
    lags: int
    row: int
    loss: str
    clips: bool
    precision: str
    high: int = 32
    deep: int = 16
    stride: int = 512

    @property
    def width(self) -> int:
        """Numbers of all gates of a unit's window and step, side by side."""
        return self.gates_count * self.hidden

    @property
    def outside(self) -> int:
        """The part of b_hh that is added to the projected inputs."""
        return 2 * self.hidden if self.cell == "gru" else self.width

    @property
    def cells(self) -> int:
        """Windows of all steps."""
        return self.lags * self.batch

    @property
    def block(self) -> int:
        """Hidden units of one step."""
        return self.batch * self.hidden

    @property
    def states(self) -> int:
        """Hidden units of all steps of a layer."""
        return self.lags * self.block

    @property
    def first(self) -> int:
        """Parameters of the first layer."""
        return (self.inputs + self.hidden + 2) * self.width

    @property
    def rest(self) -> int:
        """Parameters of each further layer."""
        return (2 * self.hidden + 2) * self.width

    # Tiles: powers of two, at least 16 on each side of a product.

    @property
    def wide(self) -> int:
        """Columns of a tile."""
        return min(_tile(self.hidden), 32)

    @property
    def rows(self) -> int:
        """Windows of a tile of one step."""
        return min(_tile(self.batch), 32)

    @property
    def warps(self) -> int:
        """Warps of a program: the fastest of 1, 2, 4 and 8 on an H100, narrow and wide."""
        return 2

    @property
    def batch_tile(self) -> int:
        """All windows of a step."""
        return _tile(self.batch)

    @property
    def inputs_tile(self) -> int:
        """All features of a lag."""
        return _tile(self.inputs)

    @property
    def outputs_tile(self) -> int:
        """All outputs of the head."""
        return _tile(self.outputs)

    # Where things lie in a program's scratch, in numbers.

    @property
    def x(self) -> int:
        """The lags of the windows."""
        return 0

    @property
    def h(self) -> int:
        """The states of all layers."""
        return _up(self.cells * self.inputs)

    @property
    def inner(self) -> int:
        """What a cell keeps besides: q of a GRU, c of an LSTM."""
        return self.h + _up(self.layers * self.states)

    @property
    def gates(self) -> int:
        """The gates of all layers."""
        return self.inner + (0 if self.cell == "rnn" else _up(self.layers * self.states))

    @property
    def d_x(self) -> int:
        """The gradient of x W_xh + b_ih, of a layer."""
        kept = 0 if self.cell == "rnn" else self.layers * self.cells * self.width
        return self.gates + _up(kept)

    @property
    def d_h(self) -> int:
        """The gradient of h W_hh + b_hh of a GRU, and what an LSTM hands from c_t to c_{t-1}."""
        return self.d_x + _up(self.cells * self.width)

    @property
    def arriving(self) -> int:
        """The gradient of h, from above."""
        kept = {"rnn": 0, "gru": self.cells * self.width, "lstm": self.block}[self.cell]
        return self.d_h + _up(kept)

    @property
    def e(self) -> int:
        """The gradient of the outputs."""
        return self.arriving + _up(self.states)

    @property
    def gradient(self) -> int:
        """The gradient of the weights."""
        return self.e + _up(self.batch * self.outputs)

    @property
    def scratch(self) -> int:
        """All of it."""
        return self.gradient + _up(self.row)


def _tile(n: int) -> int:
    return max(16, 1 << (n - 1).bit_length())


def _up(n: int) -> int:
    """Whole cache lines."""
    return -(-n // 32) * 32

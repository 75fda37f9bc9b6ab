"""F networks as one program: one batched product per step, for all networks at once.

Every product is a batched one with at least two networks in it; for a single one the libraries take
another kernel, with other last bits. `train.py` and `forecast.py` see to the second network.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.cells import rnn
from pipeline.rnn.layout import CellName, LayerWeights, Layout
from pipeline.rnn.settings import NetworkSettings

CELLS = {"rnn": rnn}
"""A recurrence by its name in the settings."""


def layout_of(settings: NetworkSettings, *, n_columns: int, horizon: int) -> Layout:
    """The layout of a network's weights, from its resolved settings."""
    hidden_size, num_layers = settings.hidden_size, settings.num_layers
    assert hidden_size is not None
    assert num_layers is not None
    name: CellName = settings.cell
    features = n_columns * (2 if settings.mask_channel else 1)
    return Layout(name, CELLS[name].GATES, features, hidden_size, num_layers, horizon)


def run_layers(
    rows: Float[Tensor, "F P"], inputs: Float[Tensor, "F B T I"], layout: Layout
) -> list[Float[Tensor, "F B H"]]:
    """The hidden state of every layer after the last step, padding units included (zero)."""
    cell, parts = CELLS[layout.cell], layout.split(rows)
    below, last = inputs.transpose(1, 2), []
    for layer in range(layout.num_layers):
        fields = (parts[f"layer{layer}.{field}"] for field in LayerWeights._fields)
        states = cell.run_cell(below, LayerWeights(*(field.flatten(-2) for field in fields)))
        last.append(states.last)
        below = states.every
    return last


def run_stack(
    rows: Float[Tensor, "F P"], inputs: Float[Tensor, "F B T I"], layout: Layout
) -> Float[Tensor, "F B horizon"]:
    """What F networks put out for the B windows of each: all steps of the horizon at once.

    Args:
        rows: the weights of each network, in the order of `layout`.
        inputs: for each network its windows, batch first, the oldest lag first.
        layout: the shape of the networks.
    """
    F, B = inputs.shape[:2]
    assert rows.shape == (F, layout.row_size), (rows.shape, layout.row_size)
    assert inputs.shape[3] == layout.n_inputs, (inputs.shape, layout.n_inputs)
    hidden = run_layers(rows, inputs, layout)[-1]
    parts = layout.split(rows)
    bias = parts["head.bias"].unsqueeze(1)
    outputs = torch.baddbmm(bias, hidden, parts["head.weight"])
    assert outputs.shape == (F, B, layout.horizon)
    return outputs

"""F networks as one program: one batched product per step, for all networks at once.

Every product is a batched one with enough networks in it: for a single one the libraries take
another kernel, and where there are more threads than networks they share out the inside of a
product, with other last bits. `group.py` and `forecast.py` see to the company.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.cells import gru, lstm, rnn
from pipeline.rnn.layout import HIDDEN_MULTIPLE, CellName, LayerWeights, Layout, States
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.standing import count_features

CELLS = {"rnn": rnn, "gru": gru, "lstm": lstm}
"""A recurrence by its name in the settings: its gates, its states and how it runs."""

IN_CACHE = 2**21
"""Gates of all steps of a layer that run at once on a CPU: 8 MB of float32. Networks that have more
between them run in parts, which changes their time and no bit."""

_FEWEST = 2

Starts = Sequence[tuple[Float[Tensor, "F B hidden_size"], ...]]
"""For each layer the states before the first step: h_0, and c_0 where the cell has one."""


def fewest_together(device: torch.device) -> int:
    """How many networks every product needs, so that none depends on how many there are.

    On a GPU no number does: there the library chooses by the number of networks how it splits up
    a product, now and then up to thousands of them. `kernels/` has steps that do not.
    """
    return max(_FEWEST, torch.get_num_threads()) if device.type == "cpu" else _FEWEST


def layout_of(settings: NetworkSettings, *, n_columns: int, horizon: int) -> Layout:
    """The layout of a network's weights, from its resolved settings."""
    hidden_size, num_layers = settings.hidden_size, settings.num_layers
    assert hidden_size is not None
    assert num_layers is not None
    name: CellName = settings.cell
    features = n_columns * (2 if settings.mask_channel else 1) + 2 * len(settings.seasons)
    features += count_features(settings, horizon)
    quantiles = len(settings.quantiles)
    gates, futr = CELLS[name].GATES, len(settings.futr_exog or ())
    assert not (futr and settings.kernel == "fused"), "not compiled for columns known ahead"
    return Layout(name, gates, features, hidden_size, num_layers, horizon, quantiles, futr)


def run_layers(
    rows: Float[Tensor, "F P"],
    inputs: Float[Tensor, "F B T I"],
    layout: Layout,
    starts: Starts | None = None,
) -> list[States]:
    """The states of every layer, the lowest first, padding units included (zero).

    Args:
        rows: the weights of each network, in the order of `layout`.
        inputs: for each network its windows, batch first, the oldest lag first.
        layout: the shape of the networks.
        starts: the states before the first step, without padding; None: zero.
    """
    cell, parts = CELLS[layout.cell], layout.split(rows)
    below, found = inputs.transpose(1, 2), []
    for layer in range(layout.num_layers):
        fields = (parts[f"layer{layer}.{field}"] for field in LayerWeights._fields)
        weights = LayerWeights(*(field.flatten(-2) for field in fields))
        start = None if starts is None else _with_padding(starts[layer], layout)
        found.append(cell.run_cell(below, weights, start))
        below = found[-1].every
    return found


def _with_padding(
    states: tuple[Float[Tensor, "F B hidden_size"], ...], layout: Layout
) -> tuple[Float[Tensor, "F B H"], ...]:
    missing = layout.hidden - layout.hidden_size
    assert len(states) == CELLS[layout.cell].STATES, (len(states), layout.cell)
    return tuple(torch.nn.functional.pad(state, (0, missing)) for state in states)


def run_stack(
    rows: Float[Tensor, "F P"],
    inputs: Float[Tensor, "F B T I"],
    layout: Layout,
    starts: Starts | None = None,
    futr: Float[Tensor, "F B horizon K"] | None = None,
) -> Float[Tensor, "F B outputs"]:
    """What F networks put out for the B windows of each: all steps of the horizon at once.

    Args:
        rows: the weights of each network, in the order of `layout`.
        inputs: for each network its windows, batch first, the oldest lag first.
        layout: the shape of the networks.
        starts: the states before the first step, as for `run_layers`.
        futr: the columns known ahead at the steps of the horizon, where the networks see any.
    """
    F, B, T, n_inputs = inputs.shape
    assert rows.shape == (F, layout.row_size), (rows.shape, layout.row_size)
    assert n_inputs == layout.n_inputs, (inputs.shape, layout.n_inputs)
    sizes = _part_sizes(F, B * T * layout.gates * layout.hidden) if rows.is_cpu else [F]
    if len(sizes) == 1:
        return _run_part(rows, inputs, layout, starts, futr)
    outputs, first = [], 0
    for part in rows.split(sizes):  # one concatenation backwards, where slices make zeros for each
        block = slice(first, first := first + len(part))
        own = starts and [tuple(state[block] for state in layer) for layer in starts]
        ahead = None if futr is None else futr[block]
        outputs.append(_run_part(part, inputs[block], layout, own, ahead))
    return torch.cat(outputs)


def _part_sizes(F: int, numbers: int) -> list[int]:
    """How many networks run at once, part by part: enough of them, no more than the cache holds.

    Args:
        F: networks.
        numbers: gates of all steps of one of them.
    """
    parts = max(1, min(-(-F * numbers // IN_CACHE), F // fewest_together(torch.device("cpu"))))
    return [F // parts + (k < F % parts) for k in range(parts)]


def _run_part(
    rows: Float[Tensor, "F P"],
    inputs: Float[Tensor, "F B T I"],
    layout: Layout,
    starts: Starts | None,
    futr: Float[Tensor, "F B horizon K"] | None,
) -> Float[Tensor, "F B outputs"]:
    hidden = run_layers(rows, inputs, layout, starts)[-1].last[0]
    parts = layout.split(rows)
    assert (futr is not None) == bool(layout.futr), "columns known ahead belong to futr_exog"
    outputs = _run_head(parts, hidden, futr, layout)
    assert outputs.shape == (*inputs.shape[:2], layout.outputs)
    return outputs


def _run_head(
    parts: dict[str, Tensor],
    hidden: Float[Tensor, "F B H"],
    futr: Float[Tensor, "F B horizon K"] | None,
    layout: Layout,
) -> Float[Tensor, "F B outputs"]:
    """The head on the state, and on what is known ahead where networks see any.

    Its matrices are filled up to whole registers, known values and outputs alike: else some of
    their products depend in the last bits on where in memory a network lies.
    """
    pad, missing = torch.nn.functional.pad, -layout.outputs % HIDDEN_MULTIPLE
    bias = pad(parts["head.bias"].unsqueeze(1), (0, missing))
    outputs = torch.baddbmm(bias, hidden, pad(parts["head.weight"], (0, missing)))
    if futr is not None:
        known = pad(futr.flatten(2), (0, layout.known - layout.horizon * layout.futr))
        outputs = torch.baddbmm(outputs, known, pad(parts["head.futr"], (0, missing)))
    return outputs[..., : layout.outputs]

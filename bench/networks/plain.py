"""The recurrences as they are written in the cells' docstrings, step by step, for autograd.

Slow and plain: what the hand-written passes are compared with. It also gives every state of every
step, which the cells keep to themselves.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.layout import Layout
from pipeline.rnn.stack import CELLS, Starts

State = tuple[Tensor, ...]


def plain_layers(
    rows: Float[Tensor, "F P"],
    inputs: Float[Tensor, "F B T I"],
    layout: Layout,
    starts: Starts | None = None,
) -> list[State]:
    """The states of every layer at every step: h, and c where the cell has one, each [F, B, T, H].

    Args:
        rows: the weights of each network.
        inputs: for each network its windows, the oldest lag first.
        layout: the shape of the networks.
        starts: the states before the first step, without padding; None: zero.
    """
    parts, below, found = layout.split(rows), inputs, []
    for layer in range(layout.num_layers):
        w_xh, w_hh, b_ih, b_hh = (
            parts[f"layer{layer}.{field}"] for field in ("w_xh", "w_hh", "b_ih", "b_hh")
        )
        x = torch.einsum("fbti,figh->tfbgh", below, w_xh) + b_ih[:, None]
        state = _first(layout, below, None if starts is None else starts[layer])
        states = []
        for now in x:
            before = torch.einsum("fbh,fhgk->fbgk", state[0], w_hh) + b_hh[:, None]
            state = _STEPS[layout.cell](now, before, state)
            states.append(state)
        found.append(tuple(torch.stack(each, dim=2) for each in zip(*states, strict=True)))
        below = found[-1][0]
    return found


def _first(layout: Layout, inputs: Tensor, start: State | None) -> State:
    if start is None:
        zero = inputs.new_zeros(*inputs.shape[:2], layout.hidden)
        return (zero,) * CELLS[layout.cell].STATES
    missing = layout.hidden - layout.hidden_size
    return tuple(torch.nn.functional.pad(state, (0, missing)) for state in start)


def _rnn(x: Tensor, before: Tensor, _: State) -> State:
    return (torch.tanh(x + before)[:, :, 0],)


def _gru(x: Tensor, before: Tensor, state: State) -> State:
    r, z = torch.sigmoid((x + before)[:, :, :2]).unbind(2)
    n = torch.tanh(x[:, :, 2] + r * before[:, :, 2])
    return ((1 - z) * n + z * state[0],)


def _lstm(x: Tensor, before: Tensor, state: State) -> State:
    i, f, g, o = (x + before).unbind(2)
    c = torch.sigmoid(i) * torch.tanh(g) + torch.sigmoid(f) * state[1]
    return (torch.sigmoid(o) * torch.tanh(c), c)


_STEPS = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}

"""First states of a window, five ways: what h_0 (and c_0) is before the first lag is read."""

from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from bench.networks.held_out import Shown
from bench.networks.plain import plain_layers
from pipeline.rnn.layout import Layout
from pipeline.rnn.stack import CELLS, Starts, run_layers

Kind = Literal["zero", "random", "learned", "warmed_up", "carried"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def learned_size(layout: Layout) -> int:
    """Numbers of a network's own first state."""
    return layout.num_layers * CELLS[layout.cell].STATES * layout.hidden_size


def first_states(
    kind: Kind,
    rows: Float[Tensor, "F P"],
    own: Float[Tensor, "F S"],
    seen: Shown,
    layout: Layout,
    *,
    lags: int,
    generator: torch.Generator,
) -> Starts | None:
    """What these windows begin from; no gradient goes back before their first lag.

    Args:
        kind: zero; random, uniform within -1 and 1, anew for each window; learned, the same for
            all windows of a network; warmed_up, by as many lags as the window has, those before it;
            carried, the state that a run from the first row of the series has reached.
        rows: weights.
        own: the learned first states.
        seen: the windows.
        layout: of the networks.
        lags: of the windows.
        generator: of the random ones.
    """
    if kind == "zero":
        return None
    F, B = seen.numbers.shape
    n_layers, n_states, H = layout.num_layers, CELLS[layout.cell].STATES, layout.hidden_size
    if kind == "random":
        drawn = torch.rand(n_layers, n_states, F, B, H, generator=generator) * 2 - 1
        return [tuple(layer.to(rows.dtype)) for layer in drawn]
    if kind == "learned":
        given = own.view(F, n_layers, n_states, 1, H).expand(-1, -1, -1, B, -1)
        return [tuple(layer.unbind(1)) for layer in given.unbind(1)]
    with torch.no_grad():
        if kind == "warmed_up":
            layers = [s.last for s in run_layers(rows, seen.inputs(lags, back=lags), layout)]
        else:
            layers = _carried(rows, seen, layout, lags)
    return [tuple(state[..., :H].contiguous() for state in layer) for layer in layers]


def _carried(
    rows: Float[Tensor, "F P"], seen: Shown, layout: Layout, lags: int
) -> list[tuple[Tensor, ...]]:
    """One run over all rows of each network's series, and its states before each window."""
    before = seen.windows.ends[seen.which[:, None], seen.numbers] - lags
    longest = int(before.max()) + 1
    whole = seen.windows.inputs[seen.which, None, :longest].contiguous()
    if CELLS[layout.cell].STATES == 1:
        every = [(s.every.transpose(1, 2),) for s in run_layers(rows, whole, layout)]
    else:  # the cells keep c_t to themselves
        every = plain_layers(rows, whole, layout)
    place = before[..., None].expand(-1, -1, layout.hidden)
    return [tuple(state[:, 0].gather(1, place) for state in layer) for layer in every]

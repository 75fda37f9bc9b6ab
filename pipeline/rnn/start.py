"""The weights a network begins with.

torch.nn's own distribution, drawn from numbers without state. A network that corrects a reference
gets a head of zeros: before its first step its forecast is the reference, to the last bit.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.rnn.layout import Layout
from pipeline.rnn.random_numbers import PURPOSE_START, name_streams, uniforms


def start_rows(
    layout: Layout,
    *,
    names: Sequence[int],
    seeds: Sequence[int],
    corrects_something: Sequence[bool],
    dtype: torch.dtype,
    device: torch.device,
) -> Float[Tensor, "F P"]:
    """The first weights of F networks: uniform within 1/sqrt(hidden size), padding zero.

    That is the default of torch.nn.RNN, GRU and LSTM, and of torch.nn.Linear on their hidden state.
    Each parameter has its own step of the stream and each number its position without padding, so
    that padding changes no number.

    Args:
        layout: the shape of the networks.
        names: hash of the series' name, one per network.
        seeds: seed index, one per network.
        corrects_something: whether the head starts at zero, one per network.
        dtype: of the weights; the numbers are drawn in float64 and rounded.
        device: where the weights go.
    """
    streams = name_streams(names, seeds, PURPOSE_START, device)
    bound = 1 / math.sqrt(layout.hidden_size)
    rows = torch.zeros(len(names), layout.row_size, dtype=dtype, device=device)
    zero_head = torch.tensor(corrects_something, device=device)
    for number, (piece, part) in enumerate(
        zip(layout.pieces, layout.split(rows).values(), strict=True)
    ):
        drawn = uniforms(streams, torch.tensor([number], device=device), math.prod(piece.used))[0]
        values = ((2 * drawn - 1) * bound).unflatten(1, piece.used)
        if piece.name.startswith("head."):
            values = values.masked_fill(zero_head.view(-1, *[1] * len(piece.used)), 0.0)
        part[piece.inside] = values.to(dtype)
    return rows

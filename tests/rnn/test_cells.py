"""Every cell, in a stack of different networks, against torch.nn."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.rnn.layout import Layout
from pipeline.rnn.losses import masked_mse
from pipeline.rnn.stack import CELLS, run_layers, run_stack

THEIRS = {"rnn": torch.nn.RNN}
F = 3

SHAPES = st.tuples(
    st.integers(1, 5),  # inputs
    st.integers(1, 19),  # hidden size
    st.integers(1, 3),  # layers
    st.integers(1, 4),  # horizon
    st.integers(1, 6),  # batch
    st.integers(1, 7),  # steps
)


def their_network(layout: Layout) -> torch.nn.ModuleDict:
    shape = (layout.n_inputs, layout.hidden_size, layout.num_layers)
    return torch.nn.ModuleDict(
        {
            "layers": THEIRS[layout.cell](*shape, batch_first=True),
            "head": torch.nn.Linear(layout.hidden_size, layout.horizon),
        }
    ).double()


def their_parameters(network: torch.nn.ModuleDict) -> dict[str, torch.nn.Parameter]:
    """Their parameters by our names."""
    named = {"head.weight": network["head"].weight, "head.bias": network["head"].bias}
    names = {"weight_ih": "w_xh", "weight_hh": "w_hh", "bias_ih": "b_ih", "bias_hh": "b_hh"}
    for theirs, value in network["layers"].named_parameters():
        kind, layer = theirs.rsplit("_l", 1)
        named[f"layer{layer}.{names[kind]}"] = value
    return named


def as_ours(value: torch.Tensor, layout: Layout, name: str) -> torch.Tensor:
    """Their matrix, outputs first, as ours: inputs first, gates apart."""
    turned = value.T if value.dim() == 2 else value
    return turned if name.startswith("head") else turned.unflatten(-1, (layout.gates, -1))


def rows_of(networks: list[torch.nn.ModuleDict], layout: Layout) -> torch.Tensor:
    rows = torch.zeros(len(networks), layout.row_size, dtype=torch.float64)
    parts = layout.split(rows)
    for k, network in enumerate(networks):
        for piece in layout.pieces:
            value = their_parameters(network)[piece.name].detach()
            parts[piece.name][k][piece.inside[1:]] = as_ours(value, layout, piece.name)
    return rows


@pytest.mark.parametrize("cell", list(CELLS))
@settings(max_examples=25, deadline=None, derandomize=True)
@given(shape=SHAPES)
def test_outputs_states_and_gradients_are_those_of_torch(cell, shape):
    n_inputs, hidden_size, num_layers, horizon, batch, steps = shape
    layout = Layout(cell, CELLS[cell].GATES, n_inputs, hidden_size, num_layers, horizon)
    torch.manual_seed(math.prod(shape))
    theirs = [their_network(layout) for _ in range(F)]
    x = torch.randn(F, batch, steps, n_inputs, dtype=torch.float64)
    y = torch.randn(F, batch, horizon, dtype=torch.float64)
    rows = rows_of(theirs, layout).requires_grad_()
    outputs, states = run_stack(rows, x, layout), run_layers(rows, x, layout)
    losses = masked_mse(outputs, y, torch.ones_like(y, dtype=torch.bool))
    parts = layout.split(torch.autograd.grad(losses.sum(), rows)[0])
    for k, network in enumerate(theirs):
        all_states, last = network["layers"](x[k])
        expected = network["head"](all_states[:, -1])
        torch.testing.assert_close(outputs[k], expected, rtol=1e-10, atol=1e-10)
        ours = torch.stack([s[k] for s in states])[..., :hidden_size]
        torch.testing.assert_close(ours, last, rtol=1e-10, atol=1e-10)
        torch.nn.MSELoss()(expected, y[k]).backward()
        for piece in layout.pieces:
            wanted = as_ours(their_parameters(network)[piece.name].grad, layout, piece.name)
            found = parts[piece.name][k]
            torch.testing.assert_close(found[piece.inside[1:]], wanted, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("cell", list(CELLS))
def test_padding_units_are_inert(cell):
    layout = Layout(cell, CELLS[cell].GATES, 2, 5, 2, 3)
    torch.manual_seed(0)
    rows = rows_of([their_network(layout) for _ in range(F)], layout).requires_grad_()
    inside = torch.zeros(F, layout.row_size)
    for piece in layout.pieces:
        layout.split(inside)[piece.name][piece.inside] = 1
    used = inside == 1
    x = torch.randn(F, 4, 6, 2, dtype=torch.float64)
    states = run_layers(rows, x, layout)
    gradient = torch.autograd.grad(run_stack(rows, x, layout).square().sum(), rows)[0]
    assert layout.hidden == 8
    assert all((state[..., 5:] == 0).all() for state in states)
    assert (gradient[~used] == 0).all()
    assert (gradient[used] != 0).all()

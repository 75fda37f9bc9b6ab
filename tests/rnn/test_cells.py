"""Every cell, in a stack of different networks, against torch.nn."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean.observations import Series
from pipeline.rnn.layout import LayerWeights, Layout
from pipeline.rnn.random_numbers import hash_name
from pipeline.rnn.stack import CELLS, layout_of, run_layers, run_stack
from pipeline.rnn.start import start_rows
from pipeline.rnn.train import Fit, train_networks

THEIRS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
NAMES = {"weight_ih": "w_xh", "weight_hh": "w_hh", "bias_ih": "b_ih", "bias_hh": "b_hh"}
F = 3
CLOSE = {"rtol": 1e-10, "atol": 1e-10}

LAYOUTS = st.builds(
    lambda cell, *sizes: Layout(cell, CELLS[cell].GATES, *sizes),
    st.sampled_from(list(CELLS)),
    st.integers(1, 5),  # inputs
    st.integers(1, 19),  # hidden size
    st.integers(1, 3),  # layers
    st.integers(1, 4),  # horizon
)

every_cell = pytest.mark.parametrize("cell", list(CELLS))


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
    for theirs, value in network["layers"].named_parameters():
        kind, layer = theirs.rsplit("_l", 1)
        named[f"layer{layer}.{NAMES[kind]}"] = value
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


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


def random_starts(layout: Layout, batch: int) -> list[tuple[torch.Tensor, ...]]:
    """h_0 of every layer, and c_0 where the cell has one."""
    n_states = CELLS[layout.cell].STATES
    shape = (F, batch, layout.hidden_size)
    return [tuple(normal(*shape) for _ in range(n_states)) for _ in range(layout.num_layers)]


def run_theirs(network, x, starts):
    """Their states of all steps, and their last ones by layer in our order."""
    given = None
    if starts:
        stacked = tuple(torch.stack(kind) for kind in zip(*starts, strict=True))
        given = stacked if len(stacked) > 1 else stacked[0]
    every, last = network["layers"](x, given)
    last = last if isinstance(last, tuple) else (last,)
    return every, [state for layer in zip(*last, strict=True) for state in layer]


@settings(max_examples=75, deadline=None, derandomize=True)
@given(
    layout=LAYOUTS, batch=st.integers(1, 6), steps=st.integers(1, 7), started=st.booleans(),
    number=st.integers(0, 99),
)  # fmt: skip
def test_outputs_states_and_all_gradients_are_those_of_torch(layout, batch, steps, started, number):
    torch.manual_seed(number)
    theirs = [their_network(layout) for _ in range(F)]
    rows, x = rows_of(theirs, layout).requires_grad_(), normal(F, batch, steps, layout.n_inputs)
    starts = random_starts(layout, batch) if started else None
    found, hidden = run_layers(rows, x, layout, starts), layout.hidden_size
    every = found[-1].every[..., :hidden].transpose(1, 2)
    outputs = run_stack(rows, x, layout, starts)
    last = [state[..., :hidden] for layer in found for state in layer.last]
    # Every output and every state counts with a weight of its own in what the gradients are of.
    weights = [torch.randn_like(value) for value in (outputs, every, *last)]
    leaves = [rows, x, *(state for layer in starts or () for state in layer)]
    ours = torch.autograd.grad([outputs, every, *last], leaves, weights)
    parts = layout.split(ours[0])
    for k, network in enumerate(theirs):
        x_k = x[k].detach().requires_grad_()
        start_k = [tuple(s[k].detach().requires_grad_() for s in layer) for layer in starts or ()]
        every_k, last_k = run_theirs(network, x_k, start_k)
        values = [network["head"](every_k[:, -1]), every_k, *last_k]
        for value, wanted in zip((outputs, every, *last), values, strict=True):
            torch.testing.assert_close(value[k], wanted, **CLOSE)
        torch.autograd.backward(values, [w[k] for w in weights])
        theirs_k = [x_k, *(state for layer in start_k for state in layer)]
        for gradient, leaf in zip(ours[1:], theirs_k, strict=True):
            torch.testing.assert_close(gradient[k], leaf.grad, **CLOSE)
        for piece in layout.pieces:
            wanted = as_ours(their_parameters(network)[piece.name].grad, layout, piece.name)
            torch.testing.assert_close(parts[piece.name][k][piece.inside[1:]], wanted, **CLOSE)


@every_cell
@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("steps", [1, 4])
def test_gradients_are_the_slopes(cell, started, steps):
    """gradcheck: against differences, for every weight, input and state by itself."""
    torch.manual_seed(0)
    (inputs, hidden), gates = (2, 3), CELLS[cell].GATES * 3
    weights = [normal(2, n, gates) for n in (inputs, hidden)] + [normal(2, gates) for _ in "bb"]
    starts = [normal(2, 2, hidden) for _ in range(CELLS[cell].STATES)] if started else []

    def states(x, w_xh, w_hh, b_ih, b_hh, *start):
        packed = LayerWeights(w_xh, w_hh, b_ih, b_hh)
        found = CELLS[cell].run_cell(x, packed, start or None)
        return found.every, *found.last

    leaves = (normal(2, steps, 2, inputs), *weights, *starts)
    assert torch.autograd.gradcheck(states, leaves, check_undefined_grad=False)  # it warns


@every_cell
def test_padding_units_are_inert(cell):
    """Also where a gate of zero weights stands half open: sigmoid(0) = 0.5."""
    layout = Layout(cell, CELLS[cell].GATES, 2, 5, 2, 3)
    torch.manual_seed(0)
    rows = rows_of([their_network(layout) for _ in range(F)], layout)
    inside = torch.zeros(F, layout.row_size)
    for piece in layout.pieces:
        layout.split(inside)[piece.name][piece.inside] = 1
    used = inside == 1
    for dtype in (torch.float64, torch.float32):
        weights, x = rows.to(dtype).requires_grad_(), torch.randn(F, 40, 6, 2, dtype=dtype)
        starts = [[s.to(dtype) for s in layer] for layer in random_starts(layout, 40)]
        for start in (None, [tuple(layer) for layer in starts]):
            states = run_layers(weights, x, layout, start)
            assert layout.hidden == 8
            for layer in states:
                assert all((state[..., 5:] == 0).all() for state in (layer.every, *layer.last))
                assert all((state[..., :5] != 0).all() for state in (layer.every, *layer.last))
            total = run_stack(weights, x, layout, start).square().sum()
            (gradient,) = torch.autograd.grad(total, weights)
            assert (gradient[~used] == 0).all()
            assert (gradient[used] != 0).all()


@every_cell
def test_padding_is_zero_after_training(series_of, settings_of, cell):
    options = {"hidden_size": 5, "num_layers": 2, "steps": 20, "corrects": "none"}
    settings = settings_of(cell=cell, **options)
    layout = layout_of(settings, n_columns=1, horizon=3)
    fits = [Fit(series_of(k), seed=0) for k in range(3)]
    networks = train_networks(fits, settings, horizon=3, season_length=12)
    rows = torch.from_numpy(np.stack([network.weights for network in networks]))
    for piece in layout.pieces:
        part = layout.split(rows)[piece.name]
        assert (part[piece.inside] != 0).all(), piece.name
        part[piece.inside] = 0
    assert (rows == 0).all()


@every_cell
@pytest.mark.parametrize("clip", ["none", 0.1])
def test_a_hundred_steps_are_those_of_a_plain_loop(settings_of, cell, clip):
    """Adam on the same batches, from the same weights: the training itself against torch's."""
    rng = np.random.default_rng(0)
    values = np.sin(np.arange(96) / 2)[:, None] + 0.3 * rng.normal(size=(96, 1))
    options = {"cell": cell, "input_size": 11, "hidden_size": 12, "num_layers": 2, "epochs": 17}
    settings = settings_of(preset="article", clip=clip, dtype="float64", **options)
    layout = layout_of(settings, n_columns=1, horizon=1)
    plain = their_network(layout)
    begin_alike(plain, layout, name="s")
    losses = plain_loop(plain, torch.from_numpy(values), clip=clip, steps=102, lags=11)
    assert np.mean(losses[-6:]) < 0.8 * np.mean(losses[:6])
    series = Series("s", "MS", 0, ("y",), values)
    (network,) = train_networks([Fit(series, 0)], settings, horizon=1, season_length=12)
    torch.testing.assert_close(
        torch.from_numpy(network.weights)[None], rows_of([plain], layout), rtol=0, atol=1e-8
    )


def begin_alike(plain: torch.nn.ModuleDict, layout: Layout, *, name: str) -> None:
    """Give their network the weights that ours starts from."""
    rows = start_rows(
        layout,
        names=[hash_name(name)],
        seeds=[0],
        corrects_something=[False],
        dtype=torch.float64,
        device=torch.device("cpu"),
    )
    parts = layout.split(rows)
    with torch.no_grad():
        for piece in layout.pieces:
            value = parts[piece.name][piece.inside][0]
            value = value if piece.name.startswith("head") else value.flatten(-2)
            their_parameters(plain)[piece.name].copy_(value.T if value.dim() == 2 else value)


def plain_loop(plain, values, *, clip, steps, lags) -> list[float]:
    """Adam over the windows in the order of time, 16 a batch."""
    windows = values.unfold(0, lags + 1, 1).transpose(1, 2)
    optimizer, losses = torch.optim.Adam(plain.parameters(), lr=1e-3), []
    batches = windows.split(16)
    assert steps % len(batches) == 0
    for batch in batches * (steps // len(batches)):
        optimizer.zero_grad()
        states = plain["layers"](batch[:, :-1])[0]
        loss = torch.nn.MSELoss()(plain["head"](states[:, -1]), batch[:, -1])
        loss.backward()
        if clip != "none":
            torch.nn.utils.clip_grad_norm_(plain.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
    return losses

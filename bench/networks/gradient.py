"""The gradient taken apart: its terms by lag, what a lag's state still moves, what clipping does.

All from the hand-written backward passes; how far they are from torch.autograd on the plain
recurrences is measured beside them.
"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from bench.networks.drawing import Line, card, panel
from bench.networks.plain import plain_layers
from pipeline.plots.theme import STRONG, Chart, Look
from pipeline.rnn.layout import Layout
from pipeline.rnn.optimizer import clip_each
from pipeline.rnn.random_numbers import hash_name
from pipeline.rnn.stack import CELLS, run_layers, run_stack
from pipeline.rnn.start import start_rows

H, T = 32, 60
"""Hidden units and lags of the networks that are taken apart."""

SIZES = (0.5, 1.0, 2.0)
"""W_hh is so many times an orthogonal matrix, the same for all: small, unit, large."""

OPEN = 3.0
"""Bias of the gate that keeps the old state (z of the GRU, f of the LSTM) where it is held open."""

KEEPS = {"gru": 1, "lstm": 1}
"""Which block of a cell's gates that is."""

LOOKS = {
    "small": Look(STRONG[0], (), 2.0),
    "unit": Look(STRONG[2], (), 2.0),
    "large": Look(STRONG[1], (), 2.0),
    "unit, gate held open": Look(STRONG[3], (5, 2), 2.0),
}
AT = (6, 12, 18, 36, 59)
"""Lags back at which norms are kept."""


def agreement(cell: str) -> dict[str, float]:
    """Largest differences between our gradients and autograd's: weights, inputs, first states."""
    layout = Layout(cell, CELLS[cell].GATES, 3, 16, 2, 4)
    rows = _start(layout, 3).requires_grad_()
    torch.manual_seed(0)
    inputs = torch.randn(3, 8, 36, 3, dtype=torch.float64, requires_grad=True)
    starts = [
        tuple(
            torch.randn(3, 8, 16, dtype=torch.float64, requires_grad=True)
            for _ in range(CELLS[cell].STATES)
        )
        for _ in range(2)
    ]
    leaves = [rows, inputs, *(state for layer in starts for state in layer)]
    towards = torch.randn(3, 8, 36, 16, dtype=torch.float64), torch.randn(3, 8, 4).double()
    ours = run_layers(rows, inputs, layout, starts)[-1].every.transpose(1, 2)
    theirs = plain_layers(rows, inputs, layout, starts)[-1][0]
    parts = layout.split(rows)
    head = theirs[:, :, -1] @ parts["head.weight"] + parts["head.bias"][:, None]
    sums = (
        (ours * towards[0]).sum() + (run_stack(rows, inputs, layout, starts) * towards[1]).sum(),
        (theirs * towards[0]).sum() + (head * towards[1]).sum(),
    )
    pairs = list(zip(*(torch.autograd.grad(one, leaves) for one in sums), strict=True))
    return {
        "furthest": max(float((a - b).abs().max()) for a, b in pairs),
        "largest": max(float(b.abs().max()) for _, b in pairs),
    }


def _start(layout: Layout, n: int) -> Float[Tensor, "F P"]:
    """Weights as training begins with them, the head drawn too."""
    names = [hash_name(f"network {k}") for k in range(n)]
    like = {"dtype": torch.float64, "device": torch.device("cpu")}
    return start_rows(layout, names=names, seeds=[0] * n, corrects_something=[False] * n, **like)


def _sized(cell: str) -> tuple[Layout, Float[Tensor, "F P"]]:
    """A network for each size of W_hh, and for cells with gates one whose gate is held open."""
    layout = Layout(cell, CELLS[cell].GATES, 1, H, 1, 1)
    sizes = [*SIZES, *([1.0] if cell in KEEPS else [])]
    rows = _start(layout, 1).repeat(len(sizes), 1)
    torch.manual_seed(1)
    turn = torch.stack(
        [torch.linalg.qr(torch.randn(H, H).double()).Q for _ in range(layout.gates)], dim=1
    )
    parts = layout.split(rows)
    parts["layer0.w_hh"][:] = torch.tensor(sizes).double().view(-1, 1, 1, 1) * turn
    for bias in ("layer0.b_ih", "layer0.b_hh"):
        parts[bias].zero_()
    if cell in KEEPS:
        parts["layer0.b_ih"][-1, KEEPS[cell]] = OPEN
    return layout, rows


def terms(x: Float[Tensor, " T"]) -> tuple[Float[Tensor, "F T"], dict[str, float]]:
    """Norms of h_{t-1}' d_t, whose sum over t is the gradient of W_hh; how they agree with others.

    d_t is what our backward pass sends to x_t where W_xh is the identity. autograd is asked for the
    same terms by giving every step a matrix W_hh of its own.
    """
    layout, rows = _sized("rnn")
    w_hh = layout.split(rows)["layer0.w_hh"][:, :, 0]
    projected = (x.view(1, -1, 1) * layout.split(rows)["layer0.w_xh"][:, 0]).unsqueeze(1)
    straight = Layout("rnn", 1, H, H, 1, 1)
    given = torch.zeros(len(rows), straight.row_size, dtype=torch.float64)
    parts = straight.split(given)
    parts["layer0.w_xh"][:, :, 0] = torch.eye(H, dtype=torch.float64)
    parts["layer0.w_hh"][:, :, 0] = w_hh
    towards = layout.split(rows)["head.weight"][:, None, :, 0]
    inputs, leaf = projected.clone().requires_grad_(), given.requires_grad_()
    states = run_layers(leaf, inputs, straight)[0]
    d, whole = torch.autograd.grad((states.last[0] * towards).sum(), [inputs, leaf])
    h = torch.cat([torch.zeros_like(states.every[:, :1]), states.every[:, :-1]], dim=1)[:, :, 0]
    ours = torch.einsum("fth,ftk->fthk", h, d[:, 0])
    theirs = _terms_by_autograd(projected[:, 0], w_hh, towards[:, 0])
    by_hand = straight.split(whole)["layer0.w_hh"][:, :, 0]
    norms = ours.detach().flatten(2).norm(dim=2)
    return norms, {
        "each_from_autograd": (ours - theirs).abs().max().item(),
        "sum_from_by_hand": (ours.sum(1) - by_hand).abs().max().item(),
        "largest": by_hand.abs().max().item(),
    }


def _terms_by_autograd(
    projected: Float[Tensor, "F T H"], w_hh: Float[Tensor, "F H H"], towards: Float[Tensor, "F H"]
) -> Float[Tensor, "F T H H"]:
    each = [w_hh.clone().requires_grad_() for _ in range(projected.shape[1])]
    h = torch.zeros_like(towards)
    for x, w in zip(projected.unbind(1), each, strict=True):
        h = torch.tanh(x + torch.einsum("fh,fhk->fk", h, w))
    return torch.stack(torch.autograd.grad((h * towards).sum(), each), dim=1)


def jacobian_norms(cell: str, x: Float[Tensor, " T"]) -> Float[Tensor, "F T"]:
    """Largest stretch of the state after lag T by the state after lag T - k, k = 0 .. T - 1.

    The state is all that the cell hands on: h, and c where it has one. A row of the Jacobian is the
    gradient of one number of the last state; all rows are one batch, whose windows are the same.
    """
    layout, rows = _sized(cell)
    n = CELLS[cell].STATES * H
    inputs = x.view(1, 1, -1, 1).expand(len(rows), 1, -1, 1)
    pick, norms = torch.eye(n, dtype=torch.float64), [torch.ones(len(rows), dtype=torch.float64)]
    for k in range(1, len(x)):
        cut = len(x) - k
        before = run_layers(rows, inputs[:, :, :cut].contiguous(), layout)[0].last
        start = tuple(s.expand(-1, n, -1).clone().requires_grad_() for s in before)
        rest = inputs[:, :, cut:].expand(-1, n, -1, -1).contiguous()
        last = torch.cat(run_layers(rows, rest, layout, [start])[0].last, dim=2)
        back = torch.autograd.grad((last * pick).sum(), start)
        norms.append(torch.linalg.matrix_norm(torch.cat(back, dim=2), 2))
    return torch.stack(norms, dim=1).detach()


def clipping(x: Float[Tensor, " rows"], *, windows: int = 200) -> dict[str, float]:
    """Gradient norms of the large network's W_hh over many windows, before and after clipping."""
    layout, rows = _sized("rnn")
    large = rows[2].repeat(windows, 1).requires_grad_()
    inputs = x.unfold(0, T, 1)[-windows:, None, :, None].contiguous()
    loss = (run_stack(large, inputs, layout) - 1).square().sum()
    (gradients,) = torch.autograd.grad(loss, large)
    clipped = clip_each(gradients, 1.0)
    norms = gradients.norm(dim=1)
    same = torch.nn.functional.cosine_similarity(gradients, clipped).min()
    return {
        "windows": windows,
        "smallest": float(norms.min()),
        "median": float(norms.median()),
        "largest": float(norms.max()),
        "largest_after": float(clipped.norm(dim=1).max()),
        "least_cosine": float(same),
    }


def measure(x: Float[Tensor, " rows"]) -> tuple[dict[str, Any], dict[str, Chart]]:
    """All numbers and figures of the page's section on the gradient.

    Args:
        x: a series of inputs, at least T and some.
    """
    norms, checks = terms(x[-T:])
    stretch = {cell: jacobian_norms(cell, x[-T:]) for cell in CELLS}
    numbers = {
        "agreement": {cell: agreement(cell) for cell in CELLS},
        "terms": checks | {name: _at(n) for name, n in zip(LOOKS, norms.flip(1), strict=False)},
        "jacobian": {
            cell: {name: _at(n) for name, n in zip(LOOKS, of_cell, strict=False)}
            for cell, of_cell in stretch.items()
        },
        "clipping": clipping(x),
    }
    return numbers, {"terms": _drawn_terms(norms), "jacobian": _drawn_stretch(stretch)}


def _at(norms: Float[Tensor, " T"]) -> dict[str, float]:
    """Some values of a line over lags back from the last."""
    return {str(k): float(norms[k]) for k in AT if k < len(norms)}


def _drawn_terms(norms: Float[Tensor, "F T"]) -> Chart:
    back, looks = list(range(T)), dict(list(LOOKS.items())[:3])
    lines = _lines(back, norms.flip(1), list(looks.values()))
    one = panel(lines, "", up="norm of each term", across="T - t", steep=(1e-12, 1e4), height=220)
    return card([one], looks, title="The gradient of W_hh is a sum over the lags")


def _drawn_stretch(stretch: dict[str, Float[Tensor, "F T"]]) -> Chart:
    back = list(range(T))
    panels = [
        panel(
            _lines(back, norms, list(LOOKS.values())),
            cell,
            across="T - t" if cell == "lstm" else "",
            steep=(1e-12, 1e6),
            height=150,
        )
        for cell, norms in stretch.items()
    ]
    return card(panels, LOOKS, title="How much of a lag's state is left T - t steps later",
                subtitle="largest stretch of the last state by the state after lag t")  # fmt: skip


def _lines(x: Sequence[float], rows: Float[Tensor, "F T"], looks: Sequence[Look]) -> list[Line]:
    return [Line(x, row.numpy(), look) for row, look in zip(rows, looks, strict=False)]

"""Optimizer steps of recurrent networks on a GPU: `steps.c` in Triton, one program a network.

A program makes all steps of a network, then of its next one; it reads nothing of another network,
so company changes no bit. States and gradients of the network at hand lie in the program's own
piece of device memory, small enough to stay in the cache. A barrier stands wherever warps read what
others have written.

`s` is the `Shape` that everything is compiled for. Parameters lie as in `pipeline/rnn/layout.py`.
"""

# ruff: noqa: ANN001, ANN201 - Triton finds the types itself

from typing import no_type_check

import triton  # pyrefly: ignore[missing-import]
import triton.language as tl  # pyrefly: ignore[missing-import]

from pipeline.rnn.kernels.triton_gru import step_backward as gru_backward
from pipeline.rnn.kernels.triton_gru import step_forward as gru_forward
from pipeline.rnn.kernels.triton_lstm import step_backward as lstm_backward
from pipeline.rnn.kernels.triton_lstm import step_forward as lstm_forward
from pipeline.rnn.kernels.triton_products import add_up, multiply, product
from pipeline.rnn.kernels.triton_rnn import step_backward as rnn_backward
from pipeline.rnn.kernels.triton_rnn import step_forward as rnn_forward

COMPANY = ("n_rows", "n_windows", "n_networks", "n_steps", "clip")
"""Nothing is compiled for these: a network's bits would depend on the others'."""


@triton.jit
@no_type_check
def gather(x, inputs, ends, numbers, s: tl.constexpr):
    """X [T, B, I], the lags of each window, the oldest first."""
    T: tl.constexpr = s.lags
    I: tl.constexpr = s.inputs  # noqa: E741 - the letter of this axis everywhere
    b, i = tl.arange(0, s.batch_tile), tl.arange(0, s.inputs_tile)
    inside = (b[:, None] < s.batch) & (i[None, :] < I)
    number = tl.load(numbers + b, mask=b < s.batch, other=0)
    last = tl.load(ends + number, mask=b < s.batch, other=T - 1)
    for t in range(T):
        lag = inputs + (last[:, None] + (t - T + 1)) * I + i[None, :]
        into = x + (t * s.batch + b[:, None]) * I + i[None, :]
        tl.store(into, tl.load(lag, mask=inside, other=0.0), mask=inside)


@triton.jit
@no_type_check
def project(into, below, K: tl.constexpr, w_xh, b_ih, b_hh, s: tl.constexpr):
    """x_t W_xh + b of all steps t; the part of b_hh that the GRU needs elsewhere is left out."""
    W: tl.constexpr = s.width
    for m in range(0, s.cells, s.high):
        i = m + tl.arange(0, s.high)
        for n in range(0, W, s.wide):
            j = n + tl.arange(0, s.wide)
            bias = tl.load(b_ih + j, mask=j < W, other=0.0)
            bias += tl.load(b_hh + j, mask=j < s.outside, other=0.0)
            a = tl.full((s.high, s.wide), 0.0, tl.float32) + bias[None, :]
            a = product(a, below, i, K, 1, w_xh, j, W, 1, s.cells, W, K, s)
            inside = (i[:, None] < s.cells) & (j[None, :] < W)
            tl.store(into + i[:, None] * W + j[None, :], a, mask=inside)


@triton.jit
@no_type_check
def layer_forward(row, own, layer: tl.constexpr, s: tl.constexpr):
    """The states of all steps of a layer."""
    H: tl.constexpr = s.hidden
    W: tl.constexpr = s.width
    K: tl.constexpr = H if layer else s.inputs
    below = own + (s.h + (layer - 1) * s.states if layer else s.x)
    w_xh = row + (s.first + (layer - 1) * s.rest if layer else 0)
    w_hh = w_xh + K * W
    b_ih = w_hh + H * W
    h = own + s.h + layer * s.states
    inner = own + s.inner + layer * s.states
    gates = own + s.gates + layer * s.cells * W
    project(h if s.cell == "rnn" else gates, below, K, w_xh, b_ih, b_ih + W, s)
    tl.debug_barrier()
    for t in range(s.lags):
        for m in range(0, s.batch, s.rows):
            i = m + tl.arange(0, s.rows)
            for n in range(0, H, s.wide):
                j = n + tl.arange(0, s.wide)
                if s.cell == "rnn":
                    rnn_forward(h, w_hh, t, i, j, s)
                elif s.cell == "gru":
                    gru_forward(h, gates, inner, w_hh, b_ih + W, t, i, j, s)
                else:
                    lstm_forward(h, gates, inner, w_hh, t, i, j, s)
        tl.debug_barrier()


@triton.jit
@no_type_check
def loss_of(head, h, e, targets, observed, numbers, counted, s: tl.constexpr):
    """The mean loss; its gradient by the outputs goes to e [B, O]."""
    H: tl.constexpr = s.hidden
    O: tl.constexpr = s.outputs  # noqa: E741 - as in `outputs`
    b, o = tl.arange(0, s.batch_tile), tl.arange(0, s.outputs_tile)
    inside = (b[:, None] < s.batch) & (o[None, :] < O)
    bias = tl.load(head + H * O + o, mask=o < O, other=0.0)
    out = tl.full((s.batch_tile, s.outputs_tile), 0.0, tl.float32) + bias[None, :]
    out = product(out, h, b, H, 1, head, o, O, 1, s.batch, O, H, s)
    place = tl.load(numbers + b, mask=b < s.batch, other=0)[:, None] * O + o[None, :]
    counts = tl.load(counted + b, mask=b < s.batch, other=0)[:, None] != 0
    counts = counts & (tl.load(observed + place, mask=inside, other=0) != 0)
    error = tl.where(counts, out - tl.load(targets + place, mask=inside, other=0.0), 0.0)
    n = tl.maximum(tl.sum(tl.sum(counts.to(tl.int32), 1), 0), 1).to(tl.float32)
    size = tl.abs(error)
    sign = tl.where(error > 0, 1.0, tl.where(error < 0, -1.0, error))
    if s.loss == "mse":
        loss, gradient = error * error, 2 * error
    elif s.loss == "mae":
        loss, gradient = size, sign
    else:
        small = size <= 1
        loss = tl.where(small, error * error / 2, size - 0.5)
        gradient = tl.where(small, error, sign)
    tl.store(e + b[:, None] * O + o[None, :], gradient / n, mask=inside)
    return tl.sum(tl.sum(loss, 1), 0) / n


@triton.jit
@no_type_check
def backward(row, own, s: tl.constexpr):
    """The gradient of every weight, in the order of the row."""
    H: tl.constexpr = s.hidden
    O: tl.constexpr = s.outputs  # noqa: E741 - as in `outputs`
    B: tl.constexpr = s.batch
    L: tl.constexpr = s.layers
    at_head: tl.constexpr = s.first + (L - 1) * s.rest
    gradient, e = own + s.gradient + at_head, own + s.e
    top = own + s.h + L * s.states - s.block
    multiply(gradient, top, 1, H, e, O, 1, H, O, B, s)
    add_up(gradient + H * O, e, B, O, s)
    arriving = own + s.arriving + (s.lags - 1) * s.block
    multiply(arriving, e, O, 1, row + at_head, 1, O, B, H, O, s)
    tl.debug_barrier()
    for above in tl.static_range(L):
        layer_backward(row, own, L - 1 - above, s)


@triton.jit
@no_type_check
def layer_backward(row, own, layer: tl.constexpr, s: tl.constexpr):
    """The gradient of a layer's weights, and what arrives at the layer below."""
    H: tl.constexpr = s.hidden
    W: tl.constexpr = s.width
    B: tl.constexpr = s.batch
    K: tl.constexpr = H if layer else s.inputs
    begin: tl.constexpr = s.first + (layer - 1) * s.rest if layer else 0
    below = own + (s.h + (layer - 1) * s.states if layer else s.x)
    h = own + s.h + layer * s.states
    inner = own + s.inner + layer * s.states
    gates = own + s.gates + layer * s.cells * W
    w_hh = row + begin + K * W
    arriving = own + s.arriving
    d_x, d_h = own + s.d_x, own + (s.d_h if s.cell == "gru" else s.d_x)
    for back in range(s.lags):
        t = s.lags - 1 - back
        read = (layer + 1 < s.layers) | (back == 0)  # the head reads the last state only
        for m in range(0, B, s.rows):
            i = m + tl.arange(0, s.rows)
            for n in range(0, H, s.wide):
                j = n + tl.arange(0, s.wide)
                if s.cell == "rnn":
                    rnn_backward(h, d_x, arriving, w_hh, t, i, j, read, s)
                elif s.cell == "gru":
                    gru_backward(h, gates, inner, d_x, d_h, arriving, w_hh, t, i, j, read, s)
                else:
                    d_c = own + s.d_h
                    lstm_backward(gates, inner, d_x, d_c, arriving, w_hh, t, i, j, read, s)
        tl.debug_barrier()
    to = own + s.gradient + begin
    multiply(to, below, 1, K, d_x, W, 1, K, W, s.cells, s)
    multiply(to + K * W, h, 1, H, d_h + B * W, W, 1, H, W, s.cells - B, s)
    add_up(to + (K + H) * W, d_x, s.cells, W, s)
    add_up(to + (K + H + 1) * W, d_h, s.cells, W, s)
    if layer:
        multiply(arriving, d_x, W, 1, row + begin, 1, W, s.cells, K, W, s)
        tl.debug_barrier()


@triton.jit
@no_type_check
def move(row, mean, square, g, clip, size, root, s: tl.constexpr):
    """Clipping and one step of Adam, as `pipeline/rnn/optimizer.py` makes them."""
    shorter = 1.0
    if s.clips:
        total = tl.full((s.stride,), 0.0, tl.float32)
        for first in range(0, s.row, s.stride):
            j = first + tl.arange(0, s.stride)
            e = tl.load(g + j, mask=j < s.row, other=0.0)
            total += e * e
        norm = tl.sqrt(tl.sum(total, 0))
        finite = norm < float("inf")
        shorter = tl.where(finite, tl.minimum(clip / (norm + 1e-6), 1.0), float("nan"))
    for first in range(0, s.row, s.stride):
        j = first + tl.arange(0, s.stride)
        inside = j < s.row
        e = tl.load(g + j, mask=inside, other=0.0) * shorter
        m = tl.load(mean + j, mask=inside, other=0.0)
        v = tl.load(square + j, mask=inside, other=0.0)
        w = tl.load(row + j, mask=inside, other=0.0)
        m += 0.1 * (e - m)
        v = 0.999 * v + 0.001 * e * e
        tl.store(mean + j, m, mask=inside)
        tl.store(square + j, v, mask=inside)
        tl.store(row + j, w - size * m / (tl.sqrt(v) / root + 1e-8), mask=inside)


@triton.jit(do_not_specialize=COMPANY)
@no_type_check
def make_steps(
    inputs, ends, targets, observed, which, numbers, counted, sizes, roots,
    rows, means, squares, losses, scratch, n_rows, n_windows, n_networks, n_steps, clip,
    s: tl.constexpr,
):  # fmt: skip
    """All steps of the networks p, p + programs, p + 2 programs ... of program p."""
    L: tl.constexpr = s.layers
    own = scratch + tl.program_id(0).to(tl.int64) * s.scratch
    f = tl.program_id(0).to(tl.int64)
    while f < n_networks:
        fold = tl.load(which + f)
        row, mean, square = rows + f * s.row, means + f * s.row, squares + f * s.row
        x, y = inputs + fold * n_rows * s.inputs, targets + fold * n_windows * s.outputs
        seen = observed + fold * n_windows * s.outputs
        step = 0
        while step < n_steps:
            at = step * n_networks.to(tl.int64) + f
            size = tl.load(sizes + at)
            if size >= 0:  # else the network has ended
                chosen, counts = numbers + at * s.batch, counted + at * s.batch
                gather(own + s.x, x, ends + fold * n_windows, chosen, s)
                tl.debug_barrier()
                for layer in tl.static_range(L):
                    layer_forward(row, own, layer, s)
                head, top = row + s.first + (s.layers - 1) * s.rest, own + s.h
                top += s.layers * s.states - s.block
                loss = loss_of(head, top, own + s.e, y, seen, chosen, counts, s)
                tl.store(losses + at, loss)
                tl.debug_barrier()
                backward(row, own, s)
                tl.debug_barrier()
                move(row, mean, square, own + s.gradient, clip, size, tl.load(roots + step), s)
                tl.debug_barrier()
            step += 1
        f += tl.num_programs(0)

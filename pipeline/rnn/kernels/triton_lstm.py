"""c_t = f c_{t-1} + i g, h_t = o tanh(c_t), gates i, f, g, o side by side: a tile of a step of
`pipeline/rnn/cells/lstm.py`.

Tiles have the rows b of the batch and the hidden units j; `inside` says which of them there are.
"""  # noqa: D205 - the equations and what they are are one sentence

# ruff: noqa: ANN001, ANN201 - Triton finds the types itself

from typing import no_type_check

import triton  # pyrefly: ignore[missing-import]
import triton.language as tl  # pyrefly: ignore[missing-import]

from pipeline.rnn.kernels.triton_products import product, sigmoid, tanh


@triton.jit
@no_type_check
def step_forward(h, gates, cells, w_hh, t, b, j, s: tl.constexpr):
    """i, f, g and o into the places of x_t W_x + b; c_t and h_t."""
    H: tl.constexpr = s.hidden
    W: tl.constexpr = s.width
    inside = (b[:, None] < s.batch) & (j[None, :] < H)
    at = t * s.block + b[:, None] * H + j[None, :]
    gate = gates + t * s.batch * W + b[:, None] * W + j[None, :]
    i = tl.load(gate, mask=inside, other=0.0)
    f = tl.load(gate + H, mask=inside, other=0.0)
    g = tl.load(gate + 2 * H, mask=inside, other=0.0)
    o = tl.load(gate + 3 * H, mask=inside, other=0.0)
    if t > 0:
        last = h + (t - 1) * s.block
        i = product(i, last, b, H, 1, w_hh, j, W, 1, s.batch, H, H, s)
        f = product(f, last, b, H, 1, w_hh + H, j, W, 1, s.batch, H, H, s)
        g = product(g, last, b, H, 1, w_hh + 2 * H, j, W, 1, s.batch, H, H, s)
        o = product(o, last, b, H, 1, w_hh + 3 * H, j, W, 1, s.batch, H, H, s)
    i, f, g, o = sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)
    before = tl.load(cells + at - s.block, mask=inside & (t > 0), other=0.0)
    c = f * before + i * g
    tl.store(gate, i, mask=inside)
    tl.store(gate + H, f, mask=inside)
    tl.store(gate + 2 * H, g, mask=inside)
    tl.store(gate + 3 * H, o, mask=inside)
    tl.store(cells + at, c, mask=inside)
    tl.store(h + at, o * tanh(c), mask=inside)


@triton.jit
@no_type_check
def step_backward(gates, cells, d, d_c, arriving, w_hh, t, b, j, read, s: tl.constexpr):
    """d_i, d_f, d_g, d_o into d; e_t f_t, the part of e_{t-1} that comes from step t, into d_c.

    `read` says whether something arrives from above; else it is zero.
    """
    H: tl.constexpr = s.hidden
    W: tl.constexpr = s.width
    inside = (b[:, None] < s.batch) & (j[None, :] < H)
    place = b[:, None] * H + j[None, :]
    at = t * s.block + place
    wide = t * s.batch * W + b[:, None] * W + j[None, :]
    a = tl.load(arriving + at, mask=inside & read, other=0.0)
    if t + 1 < s.lags:
        later = d + (t + 1) * s.batch * W
        a = product(a, later, b, W, 1, w_hh, j, 1, W, s.batch, H, W, s)
    i = tl.load(gates + wide, mask=inside, other=0.0)
    f = tl.load(gates + wide + H, mask=inside, other=0.0)
    g = tl.load(gates + wide + 2 * H, mask=inside, other=0.0)
    o = tl.load(gates + wide + 3 * H, mask=inside, other=0.0)
    y = tanh(tl.load(cells + at, mask=inside, other=0.0))
    before = tl.load(cells + at - s.block, mask=inside & (t > 0), other=0.0)
    e = a * o * (1 - y * y) + tl.load(d_c + place, mask=inside & (t + 1 < s.lags), other=0.0)
    tl.store(d + wide, e * g * i * (1 - i), mask=inside)
    tl.store(d + wide + H, e * before * f * (1 - f), mask=inside)
    tl.store(d + wide + 2 * H, e * i * (1 - g * g), mask=inside)
    tl.store(d + wide + 3 * H, a * y * o * (1 - o), mask=inside)
    tl.store(d_c + place, e * f, mask=inside)

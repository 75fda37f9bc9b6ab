"""h_t = n + z (h_{t-1} - n), the gates r, z, n side by side: `pipeline/rnn/cells/gru.py`, a tile
of a step.

Tiles have the rows i of the batch and the hidden units j; `inside` says which of them there are.
"""  # noqa: D205 - the equation and what it is are one sentence

# ruff: noqa: ANN001, ANN201 - Triton finds the types itself

from typing import no_type_check

import triton  # pyrefly: ignore[missing-import]
import triton.language as tl  # pyrefly: ignore[missing-import]

from pipeline.rnn.kernels.triton_products import product, sigmoid, tanh


@triton.jit
@no_type_check
def step_forward(h, gates, inner, w_hh, b_hh, t, i, j, s: tl.constexpr):
    """r, z and n into the places of x_t W_x + b; q = h_{t-1} W_hn + b_hn, kept in `inner`; h_t."""
    H: tl.constexpr = s.hidden
    W: tl.constexpr = s.width
    inside = (i[:, None] < s.batch) & (j[None, :] < H)
    at = t * s.block + i[:, None] * H + j[None, :]
    gate = gates + t * s.batch * W + i[:, None] * W + j[None, :]
    r = tl.load(gate, mask=inside, other=0.0)
    z = tl.load(gate + H, mask=inside, other=0.0)
    b_hn = tl.load(b_hh + 2 * H + j, mask=j < H, other=0.0)
    q = tl.full((s.rows, s.wide), 0.0, tl.float32) + b_hn[None, :]
    before = tl.full((s.rows, s.wide), 0.0, tl.float32)
    if t > 0:
        last = h + (t - 1) * s.block
        r = product(r, last, i, H, 1, w_hh, j, W, 1, s.batch, H, H, s)
        z = product(z, last, i, H, 1, w_hh + H, j, W, 1, s.batch, H, H, s)
        q = product(q, last, i, H, 1, w_hh + 2 * H, j, W, 1, s.batch, H, H, s)
        before = tl.load(h + at - s.block, mask=inside, other=0.0)
    r, z = sigmoid(r), sigmoid(z)
    n = tanh(tl.load(gate + 2 * H, mask=inside, other=0.0) + r * q)
    tl.store(gate, r, mask=inside)
    tl.store(gate + H, z, mask=inside)
    tl.store(gate + 2 * H, n, mask=inside)
    tl.store(inner + at, q, mask=inside)
    tl.store(h + at, n + z * (before - n), mask=inside)


@triton.jit
@no_type_check
def step_backward(h, gates, inner, d_x, d_h, arriving, w_hh, t, i, j, read, s: tl.constexpr):
    """a_t into the place of what arrives; d_r, d_z, d_n into d_x; d_r, d_z, d_n r into d_h.

    `read` says whether something arrives from above; else it is zero.
    """
    H: tl.constexpr = s.hidden
    W: tl.constexpr = s.width
    inside = (i[:, None] < s.batch) & (j[None, :] < H)
    at = t * s.block + i[:, None] * H + j[None, :]
    wide = t * s.batch * W + i[:, None] * W + j[None, :]
    a = tl.load(arriving + at, mask=inside & read, other=0.0)
    if t + 1 < s.lags:
        z = tl.load(gates + wide + s.batch * W + H, mask=inside, other=0.0)
        a += tl.load(arriving + at + s.block, mask=inside, other=0.0) * z
        later = d_h + (t + 1) * s.batch * W
        a = product(a, later, i, W, 1, w_hh, j, 1, W, s.batch, H, W, s)
        tl.store(arriving + at, a, mask=inside)
    r = tl.load(gates + wide, mask=inside, other=0.0)
    z = tl.load(gates + wide + H, mask=inside, other=0.0)
    n = tl.load(gates + wide + 2 * H, mask=inside, other=0.0)
    q = tl.load(inner + at, mask=inside, other=0.0)
    before = tl.load(h + at - s.block, mask=inside & (t > 0), other=0.0)
    d_n = a * (1 - z) * (1 - n * n)
    d_z = a * (before - n) * z * (1 - z)
    d_r = d_n * q * r * (1 - r)
    tl.store(d_x + wide, d_r, mask=inside)
    tl.store(d_h + wide, d_r, mask=inside)
    tl.store(d_x + wide + H, d_z, mask=inside)
    tl.store(d_h + wide + H, d_z, mask=inside)
    tl.store(d_x + wide + 2 * H, d_n, mask=inside)
    tl.store(d_h + wide + 2 * H, d_n * r, mask=inside)

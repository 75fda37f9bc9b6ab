"""h_t = tanh(x_t W_xh + h_{t-1} W_hh + b): `pipeline/rnn/cells/rnn.py`, a tile of a step.

Tiles have the rows i of the batch and the hidden units j; `inside` says which of them there are.
"""

# ruff: noqa: ANN001, ANN201 - Triton finds the types itself

from typing import no_type_check

import triton  # pyrefly: ignore[missing-import]
import triton.language as tl  # pyrefly: ignore[missing-import]

from pipeline.rnn.kernels.triton_products import product, tanh


@triton.jit
@no_type_check
def step_forward(h, w_hh, t, i, j, s: tl.constexpr):
    """h_t, into the place of x_t W_xh + b."""
    H: tl.constexpr = s.hidden
    inside = (i[:, None] < s.batch) & (j[None, :] < H)
    now = h + t * s.block + i[:, None] * H + j[None, :]
    a = tl.load(now, mask=inside, other=0.0)
    if t > 0:
        a = product(a, h + (t - 1) * s.block, i, H, 1, w_hh, j, H, 1, s.batch, H, H, s)
    tl.store(now, tanh(a), mask=inside)


@triton.jit
@no_type_check
def step_backward(h, d, arriving, w_hh, t, i, j, read, s: tl.constexpr):
    """d_t = (g_t + d_{t+1} W_hh') (1 - h_t^2).

    `read` says whether something arrives from above; else g_t is zero.
    """
    H: tl.constexpr = s.hidden
    inside = (i[:, None] < s.batch) & (j[None, :] < H)
    at = t * s.block + i[:, None] * H + j[None, :]
    g = tl.load(arriving + at, mask=inside & read, other=0.0)
    if t + 1 < s.lags:
        g = product(g, d + (t + 1) * s.block, i, H, 1, w_hh, j, 1, H, s.batch, H, H, s)
    y = tl.load(h + at, mask=inside, other=0.0)
    tl.store(d + at, g * (1 - y * y), mask=inside)

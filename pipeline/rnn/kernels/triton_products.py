"""Matrix products and sums of any shape by one program, tile after tile, and the gates' functions.

Matrices lie in device memory; what one warp has written another may read behind a barrier, and
whoever calls sets it. Every sum runs in an order that the shape alone decides.
"""

# ruff: noqa: ANN001, ANN201 - Triton finds the types itself

from typing import no_type_check

import triton  # pyrefly: ignore[missing-import]
import triton.language as tl  # pyrefly: ignore[missing-import]


@triton.jit
@no_type_check
def product(
    start, a, i, a_i, a_k, b, j, b_k, b_j, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr,
    s: tl.constexpr,
):  # fmt: skip
    """Start + a b, for the rows i of a [M, K] and the columns j of b [K, N].

    Element (i, k) of a lies at i * a_i + k * a_k, so either may be turned.
    """
    for first in range(0, K, s.deep):
        k = first + tl.arange(0, s.deep)
        left = tl.load(
            a + i[:, None] * a_i + k[None, :] * a_k,
            mask=(i[:, None] < M) & (k[None, :] < K),
            other=0.0,
        )
        right = tl.load(
            b + k[:, None] * b_k + j[None, :] * b_j,
            mask=(k[:, None] < K) & (j[None, :] < N),
            other=0.0,
        )
        start = tl.dot(left, right, start, input_precision=s.precision)
    return start


@triton.jit
@no_type_check
def multiply(
    c, a, a_i, a_k, b, b_k, b_j, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr, s: tl.constexpr
):  # fmt: skip
    """C = a b: c [M, N], row by row in memory; a [M, K]; b [K, N]."""
    for m in range(0, M, s.high):
        i = m + tl.arange(0, s.high)
        for n in range(0, N, s.wide):
            j = n + tl.arange(0, s.wide)
            zero = tl.full((s.high, s.wide), 0.0, tl.float32)
            found = product(zero, a, i, a_i, a_k, b, j, b_k, b_j, M, N, K, s)
            inside = (i[:, None] < M) & (j[None, :] < N)
            tl.store(c + i[:, None] * N + j[None, :], found, mask=inside)


@triton.jit
@no_type_check
def add_up(c, d, M: tl.constexpr, N: tl.constexpr, s: tl.constexpr):
    """C [N], the sums of the columns of d [M, N]."""
    for n in range(0, N, s.wide):
        j = n + tl.arange(0, s.wide)
        total = tl.full((s.high, s.wide), 0.0, tl.float32)
        for m in range(0, M, s.high):
            i = m + tl.arange(0, s.high)
            inside = (i[:, None] < M) & (j[None, :] < N)
            total += tl.load(d + i[:, None] * N + j[None, :], mask=inside, other=0.0)
        tl.store(c + j, tl.sum(total, 0), mask=j < N)


@triton.jit
@no_type_check
def tanh(x):
    """The hyperbolic tangent, 0 to the last bit where x is: the padding units stay zero."""
    e = tl.exp(-2 * tl.abs(x))
    y = (1 - e) / (1 + e)
    return tl.where(x < 0, -y, y)


@triton.jit
@no_type_check
def sigmoid(x):
    """1 / (1 + exp(-x))."""
    return 1 / (1 + tl.exp(-x))

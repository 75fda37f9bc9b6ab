"""Sigmoid and tanh of a cell's gates, with the same bits wherever in a batch a number lies.

torch's sigmoid takes numbers two vector registers at a time, and the few that are left over at the
end of a thread's share one by one, through another exponential with other last bits. So a gate
would depend on how many networks stand beside its own. Here numbers lie in blocks with room at the
end, so that nothing is ever left over.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

SHARE = 32768
"""Numbers below which torch gives an elementwise pass to one thread (at::internal::GRAIN_SIZE)."""

AT_ONCE = 32
"""Numbers in the largest pair of vector registers: two of 16 float32."""

_LESS_ONE = torch.tensor(-1.0)


class Blocks(NamedTuple):
    """A block of numbers for each step in one piece of memory, or one of these blocks.

    Attributes:
        flat: the blocks with the room at their ends.
        values: the same memory in its shape, without that room.
    """

    flat: Float[Tensor, "*T room"]
    values: Float[Tensor, "*T F B W"]


def whole_registers(n: int) -> int:
    """The room for n numbers whose shares, one a thread, are all whole pairs of registers.

    n numbers go to s = min(threads, ceil(n / SHARE)) threads. SHARE is a multiple of AT_ONCE, so
    rounding up to a multiple of s AT_ONCE does not call for one thread more.
    """
    shares = min(torch.get_num_threads(), -(-n // SHARE))
    multiple = max(1, shares) * AT_ONCE
    return -(-n // multiple) * multiple


def make_blocks(steps: int, shape: tuple[int, int, int], like: Tensor) -> Blocks:
    """Blocks of this shape, one for each step, not yet filled."""
    n = math.prod(shape)
    flat = like.new_empty(steps, whole_registers(n))
    flat[:, n:] = 0  # what lies there by chance may be slow to compute with
    return Blocks(flat, flat[:, :n].unflatten(1, shape))


def sigmoid_(flat: Float[Tensor, " room"]) -> None:
    """1 / (1 + exp(-x)) of a whole block, in place; of 0 it is 0.5 to the last bit."""
    flat.sigmoid_()


def twice_less_one(s: Float[Tensor, "F B H"], *, out: Float[Tensor, "F B H"]) -> None:
    """2 s - 1, in one pass: tanh(x) where s is the sigmoid of 2 x, 0 to the last bit where x is.

    A fifth of the price of torch.tanh on a CPU, and off by at most two of float32's steps below 1.
    """
    torch.add(_LESS_ONE, s, alpha=2, out=out)

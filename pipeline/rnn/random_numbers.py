"""Random numbers without state: each is a function of what it is for, whatever comes before it.

splitmix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators") in integer
tensor operations, the same on CPU and GPU. A stream is named by series, seed, purpose and step; the
cutoff is no part of the name, so that folds of one series differ by their data and not by luck.
"""

import hashlib
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

PURPOSE_START, PURPOSE_WINDOWS = 1, 2
"""What a stream is for: the weights a network starts from, the windows it is shown."""

_GAMMA = -0x61C8864680B583EB
"""0x9E3779B97F4A7C15 as a signed number: the step of the counter."""

_MIX = ((30, -0x40A7B892E31B1A47), (27, -0x6B2FB644ECCEEE15))
"""Shifts and multipliers of the finaliser: 0xBF58476D1CE4E5B9 and 0x94D049BB133111EB, signed."""


def hash_name(unique_id: str) -> int:
    """64 bits of a series' name, as a signed integer."""
    digest = hashlib.blake2b(unique_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _shift_right(bits: Int[Tensor, "*shape"], by: int) -> Int[Tensor, "*shape"]:
    """A logical shift: torch's own keeps the sign bit."""
    return (bits >> by) & ((1 << (64 - by)) - 1)


def splitmix64(
    state: Int[Tensor, "*#shape"], position: Int[Tensor, "*#shape"]
) -> Int[Tensor, "*#shape"]:
    """Number `position` (from 0) of the stream that starts at `state`: 64 bits, signed."""
    bits = state + (position + 1) * _GAMMA
    for by, factor in _MIX:
        bits = (bits ^ _shift_right(bits, by)) * factor
    return bits ^ _shift_right(bits, 31)


def name_streams(
    names: Sequence[int], seeds: Sequence[int], purpose: int, device: torch.device
) -> Int[Tensor, " F"]:
    """The state that stands for (series, seed, purpose), one for each network.

    Args:
        names: `hash_name` of the series of each network.
        seeds: its seed index.
        purpose: one of the constants above.
        device: where the numbers are wanted.
    """
    state = torch.tensor(names, dtype=torch.int64, device=device)
    state = splitmix64(state, torch.tensor(seeds, dtype=torch.int64, device=device))
    return splitmix64(state, torch.tensor(purpose, dtype=torch.int64, device=device))


def uniforms(
    streams: Int[Tensor, " F"], steps: Int[Tensor, " S"], n: int
) -> Float[Tensor, "S F n"]:
    """Numbers in [0, 1) for each network, step and position, float64: multiples of 2^-53.

    A network's numbers depend on its own stream, the step and the position only.
    """
    state = splitmix64(streams.view(1, -1, 1), steps.view(-1, 1, 1))
    bits = splitmix64(state, torch.arange(n, device=streams.device).view(1, 1, -1))
    return _shift_right(bits, 11).to(torch.float64) * 2.0**-53

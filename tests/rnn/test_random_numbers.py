"""Numbers without state: the published generator, and independence of order and company."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.rnn.random_numbers import hash_name, name_streams, splitmix64, uniforms

CPU = torch.device("cpu")
REFERENCE = [
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
]
"""First numbers of splitmix64 from the state 1234567, as its C source prints them."""


def plain_splitmix64(state: int, position: int) -> int:
    """The C source in Python's integers."""
    mask = (1 << 64) - 1
    z = (state + (position + 1) * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)


def test_numbers_are_those_of_splitmix64():
    found = splitmix64(torch.tensor(1234567), torch.arange(5))
    assert [n % 2**64 for n in found.tolist()] == REFERENCE


@settings(max_examples=50, deadline=None, derandomize=True)
@given(state=st.integers(-(2**63), 2**63 - 1), position=st.integers(-(2**63), 2**63 - 1))
def test_numbers_wrap_as_unsigned_ones_do(state, position):
    found = splitmix64(torch.tensor(state), torch.tensor(position)).item()
    assert found % 2**64 == plain_splitmix64(state % 2**64, position % 2**64)


def test_numbers_depend_on_series_seed_purpose_and_step_alone():
    names = [hash_name("a"), hash_name("b"), hash_name("a"), hash_name("a")]
    streams = name_streams(names, [0, 0, 1, 0], 1, CPU)
    many = uniforms(streams, torch.arange(6), 9)
    alone = uniforms(streams[1:2], torch.tensor([4]), 5)
    assert torch.equal(alone[0, 0], many[4, 1, :5])
    assert torch.equal(many[:, 0], many[:, 3])
    others = uniforms(name_streams(names, [0, 0, 1, 0], 2, CPU), torch.arange(6), 9)
    distinct = torch.cat([many[:, :3].flatten(), others[:, :3].flatten()]).unique()
    assert len(distinct) == 2 * 6 * 3 * 9


def test_numbers_are_spread_evenly_between_zero_and_one():
    drawn = uniforms(name_streams([hash_name("x")], [0], 1, CPU), torch.arange(100), 1000)
    assert drawn.min() >= 0
    assert drawn.max() < 1
    counts = torch.histc(drawn.flatten(), bins=10, min=0, max=1)
    assert (counts - 10_000).abs().max() < 500  # five standard deviations


def test_names_have_a_known_hash():
    assert hash_name("Mumbai") == hash_name("Mumbai") != hash_name("mumbai")
    assert hash_name("") == -5426141060434712860

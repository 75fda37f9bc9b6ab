"""Every cell gives a network the same bits alone as in any company, through the real training."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.rnn import stack
from pipeline.rnn.cells.squash import AT_ONCE, SHARE, make_blocks, twice_less_one, whole_registers
from pipeline.rnn.stack import CELLS
from pipeline.rnn.train import Fit, train_networks

SHAPES = {
    # Gates of 96 or 128 numbers: 64 networks are many shares of a thread, 7 are not a whole one.
    "two layers": {"hidden_size": 32, "num_layers": 2, "input_size": 11, "batch_size": 21},
    # Nothing here is a whole number of registers: one window, 7 units padded to 8.
    "odd": {"hidden_size": 7, "num_layers": 3, "input_size": 3, "batch_size": 1},
    "float64": {"hidden_size": 9, "num_layers": 1, "batch_size": 5, "dtype": "float64"},
}


@pytest.fixture(
    params=[
        pytest.param(1, id="one thread"),
        pytest.param(2, id="two threads"),
        pytest.param(3, id="three threads", marks=pytest.mark.slow),
    ]
)
def threads(request):
    """Each number of threads cuts an elementwise pass at other places.

    With three and eight `test_alone_or_together.py` trains each cell too.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads", "shapes_unchecked")  # `test_cells.py` checks them
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("cell", list(CELLS))
def test_a_network_alone_is_the_one_among_others(series_of, settings_of, cell, shape):
    options = settings_of(cell=cell, steps=3, corrects="none", **SHAPES[shape])
    fits = [Fit(series_of(k % 16, rows=50 + k % 5), seed=k // 16) for k in range(64)]

    def train(some):
        networks = train_networks(some, options, horizon=3, season_length=12)
        assert {network.status for network in networks} == {"ok"}
        return [network.weights.tobytes() for network in networks]

    together = train(fits)
    assert len(set(together)) == 64
    order = np.random.default_rng(0).permutation(64)
    for company in (order[:1], order[1:3], order[3:10], order[::-1], [63], [0]):
        assert train([fits[k] for k in company]) == [together[k] for k in company], len(company)


@pytest.mark.parametrize("cell", list(CELLS))
def test_parts_that_fit_the_cache_change_no_bit(series_of, settings_of, monkeypatch, cell):
    options = settings_of(cell=cell, steps=3, corrects="none", num_layers=2)
    fits = [Fit(series_of(k), seed=0) for k in range(7)]

    def train():
        networks = train_networks(fits, options, horizon=3, season_length=12)
        return [network.weights.tobytes() for network in networks]

    whole = train()
    for numbers in (1, 2**16):
        monkeypatch.setattr(stack, "IN_CACHE", numbers)
        assert train() == whole


@given(F=st.integers(1, 400), numbers=st.integers(1, 2**22))
def test_parts_have_two_networks_and_fit_the_cache(F, numbers):
    sizes = stack._part_sizes(F, numbers)
    assert sum(sizes) == F
    assert min(sizes) >= min(F, 2)
    assert max(sizes) <= max(3, -(-stack.IN_CACHE // numbers))


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("W", [8, 24, 96])
def test_a_sigmoid_has_the_same_bits_in_any_company(dtype, W):
    torch.manual_seed(0)
    x = torch.randn(300, 3, W, dtype=dtype)

    def squashed(some: torch.Tensor) -> torch.Tensor:
        blocks = make_blocks(2, tuple(some.shape), some)
        blocks.values[1].copy_(some)
        blocks.flat[1].sigmoid_()
        return blocks.values[1]

    together = squashed(x)
    torch.testing.assert_close(together, torch.sigmoid(x))
    for n in (2, 3, 7, 64, 171, 299):
        assert torch.equal(squashed(x[-n:]), together[-n:])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(n=st.integers(1, 20 * SHARE), threads=st.integers(1, 64))
def test_every_threads_share_is_whole_registers(n, threads):
    """What `at::parallel_for` gives each thread, from its definition."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        room = whole_registers(n)
    finally:
        torch.set_num_threads(before)
    working = min(threads, -(-room // SHARE))
    each = -(-room // working)
    assert n <= room < n + working * AT_ONCE
    assert (each % AT_ONCE, room % AT_ONCE) == (0, 0)
    assert working * each == room


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_tanh_by_the_sigmoid_is_tanh_and_zero_at_zero(dtype):
    x = torch.linspace(-12, 12, 2 * 4097, dtype=dtype).view(2, 1, -1)
    found, step = torch.empty_like(x), torch.finfo(dtype).eps
    twice_less_one(torch.sigmoid(2 * x), out=found)
    assert (found - torch.tanh(x)).abs().max() <= 2 * step
    zero = torch.zeros(2, 1, 3, dtype=dtype)
    twice_less_one(torch.sigmoid(2 * zero), out=zero)
    assert (zero == 0).all()

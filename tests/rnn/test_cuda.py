"""On a GPU: the steps of a graph, the same numbers each time, and how close they are to a CPU's."""

import numpy as np
import pytest
import torch

from pipeline.clean.observations import Series
from pipeline.rnn import steps as loop
from pipeline.rnn import train
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.random_numbers import name_streams, uniforms
from pipeline.rnn.train import Fit, train_networks

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no GPU here")

SIZES = {"horizon": 3, "season_length": 12}
SHAPES = {
    "monthly preset": {"steps": 60},
    "passes, cosine": {"epochs": 5, "batch_size": 7},
    "2 x 32": {"hidden_size": 32, "num_layers": 2, "input_size": 11, "steps": 30, "batch_size": 16},
    "gru": {"cell": "gru", "hidden_size": 20, "num_layers": 2, "steps": 30},
    "lstm": {"cell": "lstm", "hidden_size": 20, "num_layers": 2, "steps": 30},
    "article": {"preset": "article", "epochs": 2},
    "quantile": {"loss": "quantile", "steps": 30},
    "huber, sqrt": {"loss": "huber", "transform": "sqrt", "steps": 30},
    "tweedie": {"loss": "tweedie", "steps": 30},
    "float64": {"dtype": "float64", "steps": 30},
    "early stop": {
        "shrinkage": False,
        "steps": 60,
        "early_stop_patience_steps": 2,
        "val_check_steps": 3,
        "learning_rate": 5e-2,
    },
}
FUSED = {
    name: SHAPES[name] | {"kernel": "fused"}
    for name in ("monthly preset", "passes, cosine", "2 x 32", "gru", "lstm", "huber, sqrt")
}


@pytest.fixture
def fits(series_of):
    """Folds of different length, so that some finish before others, two seeds of each."""
    folds = [series_of(k, rows=70 + 17 * (k % 3), gaps=0.02 * (k % 3 == 0)) for k in range(9)]
    return [Fit(folds[k % 9], seed=k // 9) for k in range(18)]


def bits(networks) -> list[tuple]:
    return [
        (n.weights.tobytes(), n.losses.tobytes(), n.status, n.reason, n.shrinkage.weights.tobytes())
        for n in networks
    ]


def on_gpu(settings_of, shape):
    return settings_of(**({"device": "cuda"} | shape))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_captured_step_is_the_step_as_it_comes(fits, settings_of, monkeypatch, shape):
    settings = on_gpu(settings_of, SHAPES[shape])
    captured = train_networks(fits, settings, **SIZES)
    assert {network.status for network in captured} == {"ok"}

    def one_by_one(group, state, settings):
        def make(steps, choices):
            for step, choice in zip(steps, choices, strict=False):
                moment, active = (
                    loop.moment_of(group, settings, step),
                    group.count_active(step),
                )
                loop.make_step(group, state, settings, moment, choice, active=active)

        return type("AsTheyCome", (), {"make": staticmethod(make)})

    monkeypatch.setattr(loop, "CapturedSteps", one_by_one)
    for one, other in zip(captured, train_networks(fits, settings, **SIZES), strict=True):
        # The learning rate is a float32 in a graph and a float64 outside.
        np.testing.assert_allclose(one.weights, other.weights, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", [*SHAPES, *(f"fused {name}" for name in FUSED)])
def test_the_same_bytes_each_time(fits, settings_of, shape):
    settings = on_gpu(settings_of, {**SHAPES, **{f"fused {k}": v for k, v in FUSED.items()}}[shape])
    first = train_networks(fits, settings, **SIZES)
    assert bits(first) == bits(train_networks(fits, settings, **SIZES))
    assert len(set(bits(first))) == len(fits)


@pytest.mark.parametrize("shape", FUSED)
def test_fused_alone_is_together_to_the_bit(fits, settings_of, shape):
    settings = on_gpu(settings_of, FUSED[shape])
    together = bits(train_networks(fits, settings, **SIZES))
    for some in ([0], [11, 3], [17, 5, 2, 9, 1, 0, 4], [*range(18)][::-1]):
        found = bits(train_networks([fits[k] for k in some], settings, **SIZES))
        assert found == [together[k] for k in some]


@pytest.mark.parametrize("shape", SHAPES)
def test_alone_is_together_but_for_rounding(fits, settings_of, shape):
    """How the library splits a product depends on how many there are; the numbers drawn do not."""
    settings = on_gpu(settings_of, SHAPES[shape])
    together = train_networks(fits, settings, **SIZES)
    for some in ([0], [11, 3], [17, 5, 2, 9, 1, 0, 4]):
        for k, found in zip(
            some, train_networks([fits[k] for k in some], settings, **SIZES), strict=True
        ):
            assert found.n_windows == together[k].n_windows
            apart = np.abs(found.weights - together[k].weights).max()
            assert apart <= 1e-3 * np.abs(together[k].weights).max()


@pytest.mark.parametrize("shape", [*SHAPES, *(f"fused {name}" for name in FUSED)])
def test_a_gpu_forecasts_what_a_cpu_does(fits, settings_of, shape):
    shape = {**SHAPES, **{f"fused {k}": v for k, v in FUSED.items()}}[shape]
    fits, series = fits[:4], [fit.series for fit in fits[:4]]

    def forecasts(device, **other):
        settings = settings_of(**(shape | {"device": device} | other))
        networks = train_networks(fits, settings, **SIZES)
        found = forecast_networks(networks, series, settings, **SIZES)
        assert [f.reason for f in found] == [""] * 4
        return np.stack([f.quantiles for f in found])

    on_cpu = forecasts("cpu", kernel="torch")
    spread = np.nanstd(series[0].y)
    assert np.abs(forecasts("cuda") - on_cpu).max() < 0.02 * spread


def test_the_numbers_drawn_are_the_same():
    names, seeds, steps = [3, -5, 2**62], [0, 1, 2], torch.arange(7)
    drawn = [
        uniforms(name_streams(names, seeds, 2, torch.device(d)), steps.to(d), 16).cpu()
        for d in ("cpu", "cuda")
    ]
    assert torch.equal(*drawn)


@pytest.mark.parametrize("kernel", ["torch", "fused"])
def test_a_diverging_neighbour_is_dropped(fits, settings_of, kernel):
    values = np.random.default_rng(9).normal(size=(80, 1)) * 1e30
    huge = Fit(Series("huge", "MS", 360, ("y",), values), seed=0)
    settings = on_gpu(settings_of, {"corrects": "none", "steps": 90, "kernel": kernel})
    mixed = train_networks([fits[0], huge, *fits[1:5]], settings, **SIZES)
    assert [n.status for n in mixed] == ["ok", "failed", *["ok"] * 4]
    for n, alone in zip(
        [mixed[0], *mixed[2:]], train_networks(fits[:5], settings, **SIZES), strict=True
    ):
        np.testing.assert_allclose(n.weights, alone.weights, rtol=1e-2, atol=1e-4)


def test_tf32_only_where_it_is_declared(fits, settings_of):
    shape = SHAPES["2 x 32"]
    plain = bits(train_networks(fits, on_gpu(settings_of, shape), **SIZES))
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        assert bits(train_networks(fits, on_gpu(settings_of, shape), **SIZES)) == plain
    finally:
        torch.set_float32_matmul_precision(before)
    asked = on_gpu(settings_of, shape | {"matmul_precision": "high"})
    assert bits(train_networks(fits, asked, **SIZES)) != plain


class Stopped(BaseException):
    """The process is gone."""


class Kept:
    """Keeps what is saved, and stops the training after the first saving."""

    def __init__(self, *, stops: bool) -> None:
        self.saved, self.stops = {}, stops

    def load(self, part):
        return self.saved.get(part)

    def is_due(self):
        return True

    def save(self, part, tensors):
        self.saved[part] = tensors
        if self.stops:
            self.stops = False
            raise Stopped


@pytest.mark.parametrize("kernel", ["torch", "fused"])
def test_resumed_is_uninterrupted(fits, settings_of, kernel):
    settings = on_gpu(settings_of, {"epochs": 60, "batch_size": 16, "kernel": kernel})
    wanted = bits(train_networks(fits, settings, **SIZES))
    kept = Kept(stops=True)
    with pytest.raises(Stopped):
        train_networks(fits, settings, **SIZES, checkpoint=kept)
    assert bits(train_networks(fits, settings, **SIZES, checkpoint=kept)) == wanted


def test_too_little_memory_halves_the_networks(series_of, settings_of, monkeypatch):
    fits, groups, make = [Fit(series_of(k), 0) for k in range(64)], [], train.make_group

    def noted(jobs, *rest, **named):
        groups.append(len(jobs))
        return make(jobs, *rest, **named)

    monkeypatch.setattr(train, "make_group", noted)
    settings = on_gpu(settings_of, {"hidden_size": 128, "steps": 4, "batch_size": 1024})
    enough = train_networks(fits, settings, **SIZES)
    torch.cuda.empty_cache()
    room = torch.cuda.memory_allocated() + 700 * 2**20
    share = room / torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(share)
    try:
        tight = train_networks(fits, settings, **SIZES)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert groups[0] == groups[1] == 64
    assert len(groups) > 3
    for one, other in zip(enough, tight, strict=True):
        np.testing.assert_allclose(one.weights, other.weights, rtol=1e-2, atol=1e-4)

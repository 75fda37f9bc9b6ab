"""The trainings that are timed: ours, a loop around torch.nn, and what each has to compute."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import peers
import torch

from pipeline.clean.observations import Series
from pipeline.errors import InputError
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.presets import resolve
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.train import Fit, train_networks

ROOT = Path(__file__).resolve().parents[1]
RAIN = (
    ROOT / "data" / "mumbai" / "Rainfall_data.csv",
    ROOT.parent / "shared" / "data" / "Rainfall_data.csv",
)
ROWS = 252
SIZES = {"horizon": 1, "season_length": 12}
KERNELS = ("torch", "fused")
ADAMS = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}
"""The ways in which torch.optim.Adam walks over the parameters."""

Absent = dict[str, str]
"""Why a kernel of ours cannot train here, by its name; empty where it can."""


def targets() -> tuple[np.ndarray, str]:
    """252 months: rain in Mumbai where its file is at hand, else a made-up season."""
    for path in RAIN:
        if path.exists():
            table = np.genfromtxt(path, delimiter=",", names=True)
            return table["Precipitation"].astype(np.float64), "rain in Mumbai, 252 months"
    noise = np.random.default_rng(0).gamma(2.0, 1.0, size=ROWS)
    rain = 300 * np.maximum(0, np.sin(np.arange(ROWS) / 6 * np.pi)) * noise
    return rain, "made up, 252 months"


def settings_of(cell: str, hidden: int, steps: int, *, kernel: str, device: str) -> NetworkSettings:
    """The network of every row here; it sees the values as they are, as the peers' do."""
    declared = NetworkSettings(
        cell=cell, corrects="none", mask_channel=False, input_size=peers.LAGS, hidden_size=hidden,
        num_layers=peers.LAYERS, batch_size=peers.BATCH, steps=steps, schedule="constant",
        learning_rate=peers.RATE, clip=1.0, device=device, kernel=kernel,
    )  # fmt: skip
    return resolve(declared, freq="MS")


def our_training(
    cell: str, hidden: int, *, networks: int, kernel: str, device: str
) -> Callable[[int], float]:
    """Seconds of a training of so many steps by `train_networks`, corrections included."""
    values = np.random.default_rng(0).normal(size=(min(networks, 100), ROWS, 1))
    series = [Series(f"s{k}", "MS", 0, ("y",), one) for k, one in enumerate(values)]
    fits = [Fit(series[k % len(series)], k // len(series)) for k in range(networks)]

    def train(steps: int) -> float:
        settings = settings_of(cell, hidden, steps, kernel=kernel, device=device)
        start = time.perf_counter()
        found = train_networks(fits, settings, **SIZES)
        took = time.perf_counter() - start
        assert {network.status for network in found} == {"ok"}
        return took

    return train


def our_backtest(y: np.ndarray, *, kernel: str, steps: int, cutoffs: int) -> float:
    """Seconds from clean rows in memory to a forecast of every cutoff, each with its own refit.

    All that a person waits for but the imports: corrections, training, forecasts.
    """
    series = Series("s", "MS", 360, ("y",), y[:, None])
    settings = settings_of("rnn", 32, steps, kernel=kernel, device="cpu")
    start = time.perf_counter()
    folds = [series.until(row) for row in range(len(y) - cutoffs - 1, len(y) - 1)]
    networks = train_networks([Fit(fold, 0) for fold in folds], settings, **SIZES)
    found = forecast_networks(networks, folds, settings, **SIZES)
    took = time.perf_counter() - start
    assert [forecast.reason for forecast in found] == [""] * cutoffs
    return took


def their_training(
    y: np.ndarray, cell: str, hidden: int, *, adam: str = "default", device: str = "cpu"
) -> Callable[[int], float]:
    """Seconds of the loop that a person writes around a torch.nn cell, its set-up and forecast too.

    Every call begins with a new network, as a refit does.
    """

    def train(steps: int) -> float:
        start = time.perf_counter()
        layers = peers.CELLS[cell](1, hidden, peers.LAYERS, batch_first=True).to(device)
        head = torch.nn.Linear(hidden, 1).to(device)
        parameters = [*layers.parameters(), *head.parameters()]
        optimizer = torch.optim.Adam(parameters, lr=peers.RATE, **ADAMS[adam])
        rows = torch.tensor(y, dtype=torch.float32, device=device)[:, None]
        windows = rows.unfold(0, peers.LAGS + 1, 1).transpose(1, 2)
        for _ in range(steps):
            batch = windows[torch.randint(len(windows), (peers.BATCH,), device=device)]
            optimizer.zero_grad()
            outputs = head(layers(batch[:, :-1])[0][:, -1])
            torch.nn.functional.mse_loss(outputs, batch[:, -1]).backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
        with torch.no_grad():
            forecast = float(head(layers(rows[None, -peers.LAGS :])[0][:, -1]))
        assert np.isfinite(forecast)
        return time.perf_counter() - start

    return train


def why_no_kernel(device: str) -> Absent:
    """Which of our kernels cannot train here."""
    found = {}
    for kernel in KERNELS:
        try:
            our_training("rnn", 8, networks=2, kernel=kernel, device=device)(1)
            found[kernel] = ""
        except InputError as reason:  # no compiler, or a GPU: the row stays empty and says so
            found[kernel] = str(reason).splitlines()[0]
    return found


def operations(cell: str, hidden: int) -> int:
    """Floating point operations of the products in one step: forward once, backward twice.

    h_0 is zero, so the first lag has no product with W_hh; nothing wants the gradient of the inputs
    of the lowest layer.
    """
    wide = peers.GATES[cell] * hidden
    recurrent = peers.LAYERS * 3 * (peers.LAGS - 1) * peers.BATCH * hidden * wide
    projected = peers.LAGS * peers.BATCH * wide * (2 * 1 + 3 * (peers.LAYERS - 1) * hidden)
    return 2 * (recurrent + projected + 3 * peers.BATCH * hidden)

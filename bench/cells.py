"""What a training step of one network costs, by cell, among 64 and alone, beside torch.nn.

    python bench/cells.py

Microseconds per network per optimizer step in plain torch and by the compiled kernel, all that
training does in it: windows gathered, forward and backward pass, clipping, Adam. Batches of 16
windows of 11 lags, two layers. A step's time is the difference of two trainings that differ by
their steps, so that starting costs nothing. Medians of 5, ours and theirs in turn. torch.nn's loop
is timed with one thread and with all of them, the faster one counts. The last columns are shares of
the fastest batched product that this machine made in the same run. On a machine that others use the
figures mean little: the load is kept too.
"""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from pipeline.clean.observations import Series
from pipeline.rnn.presets import resolve
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.train import Fit, train_networks

RESULTS = Path(__file__).with_name("results") / "cells.json"
CELLS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
GATES = {"rnn": 1, "gru": 3, "lstm": 4}
LAGS, BATCH, LAYERS, ROWS, RATE = 11, 16, 2, 252, 1e-3
SIZES = ((32, 64), (32, 1), (128, 64), (128, 1))
"""Hidden units, and networks that train together."""

REPEATS = 5
SECONDS = 0.6
"""About how long a measurement should take."""


def our_training(cell: str, hidden: int, networks: int, kernel: str) -> Callable[[int], float]:
    """Seconds of a training of so many steps."""
    rng = np.random.default_rng(0)
    series = [Series(f"s{k}", "MS", 0, ("y",), rng.normal(size=(ROWS, 1))) for k in range(networks)]

    def train(steps: int) -> float:
        declared = NetworkSettings(
            cell=cell, corrects="none", mask_channel=False, input_size=LAGS, hidden_size=hidden,
            num_layers=LAYERS, batch_size=BATCH, steps=steps, schedule="constant",
            learning_rate=RATE, clip=1.0, device="cpu", kernel=kernel,
        )  # fmt: skip
        fits = [Fit(s, seed=0) for s in series]
        start = time.perf_counter()
        train_networks(fits, resolve(declared, freq="MS"), horizon=1, season_length=12)
        return time.perf_counter() - start

    return train


def their_training(cell: str, hidden: int) -> Callable[[int], float]:
    """Seconds of so many steps of the loop that a person writes around a torch.nn cell."""
    torch.manual_seed(0)
    layers, head = CELLS[cell](1, hidden, LAYERS, batch_first=True), torch.nn.Linear(hidden, 1)
    parameters = [*layers.parameters(), *head.parameters()]
    optimizer, loss_of = torch.optim.Adam(parameters, lr=RATE), torch.nn.MSELoss()
    windows = torch.randn(ROWS, 1).unfold(0, LAGS + 1, 1).transpose(1, 2)

    def train(steps: int) -> float:
        start = time.perf_counter()
        for _ in range(steps):
            batch = windows[torch.randint(len(windows), (BATCH,))]
            optimizer.zero_grad()
            loss = loss_of(head(layers(batch[:, :-1])[0][:, -1]), batch[:, -1])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
        return time.perf_counter() - start

    return train


def step_seconds(train: Callable[[int], float]) -> Callable[[], float]:
    """A measurement of one step: long training less short training."""
    few = 5
    train(few)
    guess = max(train(few + 10) - train(few), 1e-6) / 10
    more = min(max(10, int(SECONDS / guess)), 500)
    return lambda: (train(few + more) - train(few)) / more


def with_threads(n: int, measure: Callable[[], float]) -> float:
    """A measurement made with n threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        return measure()
    finally:
        torch.set_num_threads(before)


def fastest_product() -> float:
    """The most that a batched product did here, in floating point operations a second."""
    best = 0.0
    for networks, rows, inner, columns in (
        (64, 512, 512, 512), (64, LAGS * BATCH, 128, 128), (64, 128, LAGS * BATCH, 512),
        (16, 1024, 512, 512),
    ):  # fmt: skip
        a, b = torch.randn(networks, rows, inner), torch.randn(networks, inner, columns)
        out = torch.empty(networks, rows, columns)
        for _ in range(30):
            start = time.perf_counter()
            torch.bmm(a, b, out=out)
            took = time.perf_counter() - start
            best = max(best, 2 * networks * rows * inner * columns / took)
    return best


def operations(cell: str, hidden: int) -> int:
    """Floating point operations of the products in one step: forward once, backward twice.

    h_0 is zero, so the first lag has no product with W_hh; nothing wants the gradient of the inputs
    of the lowest layer.
    """
    wide = GATES[cell] * hidden
    recurrent = LAYERS * 3 * (LAGS - 1) * BATCH * hidden * wide
    projected = LAGS * BATCH * wide * (2 * 1 + 3 * (LAYERS - 1) * hidden)
    return 2 * (recurrent + projected + 3 * BATCH * hidden)


def measure(cell: str, hidden: int, networks: int) -> dict[str, float]:
    """Medians of ours and theirs, in microseconds per network and step."""
    ours = {
        kernel: step_seconds(our_training(cell, hidden, networks, kernel))
        for kernel in ("torch", "fused")
    }
    theirs = {n: step_seconds(their_training(cell, hidden)) for n in {1, torch.get_num_threads()}}
    found: dict[str, list[float]] = {"torch": [], "fused": [], "torch.nn": []}
    peaks = []
    for _ in range(REPEATS):
        for kernel, one in ours.items():
            found[kernel].append(one() / networks)
        found["torch.nn"].append(min(with_threads(n, one) for n, one in theirs.items()))
        peaks.append(fastest_product())
    us = {name: statistics.median(values) * 1e6 for name, values in found.items()}
    peak = max(peaks)
    return {
        "us": round(us["torch"], 1),
        "fused_us": round(us["fused"], 1),
        "torch_nn_us": round(us["torch.nn"], 1),
        "ratio": round(us["torch.nn"] / us["torch"], 2),
        "fused_ratio": round(us["torch.nn"] / us["fused"], 2),
        "share_of_bmm_peak": round(operations(cell, hidden) / (us["torch"] * 1e-6) / peak, 3),
        "fused_share": round(operations(cell, hidden) / (us["fused"] * 1e-6) / peak, 3),
        "bmm_peak_gflops": round(peak / 1e9, 1),
    }


def main() -> None:
    """Measure, print the table, keep the figures."""
    limited = os.environ.get("OMP_NUM_THREADS")
    about = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "threads": torch.get_num_threads(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "command": f"{f'OMP_NUM_THREADS={limited} ' if limited else ''}python bench/cells.py",
    }
    rows: dict[str, dict[str, float]] = {}
    print(f"{'':22s} {'torch':>9s} {'fused':>9s} {'torch.nn':>9s} {'of peak':>8s} {'fused':>8s}")
    for cell in CELLS:
        for hidden, networks in SIZES:
            name = f"{cell} {LAYERS} x {hidden}, {networks} at once"
            row = rows[name] = measure(cell, hidden, networks)
            shown = f"{row['us']:9.1f} {row['fused_us']:9.1f} {row['torch_nn_us']:9.1f}"
            shares = f"{row['share_of_bmm_peak']:8.1%} {row['fused_share']:8.1%}"
            print(f"{name:22s} {shown} {shares}", flush=True)
    RESULTS.write_text(json.dumps({"rows": rows} | about, indent=1) + "\n")


if __name__ == "__main__":
    main()

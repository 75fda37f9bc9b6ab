"""Training all networks at once, against libraries that train one after the other: one table.

    .venv-bench/bin/python bench/train.py     # with the peers; requirements.txt says how to make it
    python bench/train.py                     # without: their places stay empty
    python bench/train.py --quick             # small sizes, nothing kept: only whether it runs
    python bench/train.py --device cuda       # the part that a GPU changes

Two layers, batches of 16 windows of 11 lags, one input, one step ahead, Adam; ours and the loop
around torch.nn clip gradients, the libraries are spared that. A figure is the median of 5; methods
of a table take turns, so that a busy minute meets all of them. Nothing that was not measured in
this run is in the table.
"""

import argparse
import datetime as dt
import importlib.metadata
import importlib.util
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import peers
import torch
from cells import operations, with_threads

from pipeline.clean.observations import Series
from pipeline.errors import InputError
from pipeline.rnn.batches import Windows
from pipeline.rnn.correction import fit_correction
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.optimizer import AdamState
from pipeline.rnn.presets import resolve
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import layout_of
from pipeline.rnn.train import Fit, train_networks

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results" / "train.json"
RAIN = (
    ROOT / "data" / "mumbai" / "Rainfall_data.csv",
    ROOT.parent / "shared" / "data" / "Rainfall_data.csv",
)
LIBRARIES = ("torch", "numpy", "neuralforecast", "darts", "pytorch-lightning")
MODULES = {"pytorch-lightning": "pytorch_lightning"}
"""What a library is imported as, where that is not its name."""

BACKTEST = "seconds of a backtest, 50 cutoffs x 100 steps, 2 x 32, from rows in memory to forecasts"
BEST_LOOP = "torch.nn loop, its best setting"
MANY = "networks x steps a second, rnn 2 x {}"
ROWS, CUTOFFS, STEPS, TOGETHER = 252, 50, 100, 64
SIZES = {"horizon": 1, "season_length": 12}
KERNELS = ("torch", "fused")
ADAMS = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}
"""The ways in which torch.optim.Adam walks over the parameters."""

REPEATS, SECONDS, QUIET_LOAD = 5, 1.0, 0.5
"""Measurements of a figure; about how long one takes; the load below which a machine is quiet."""

Measure = Callable[[], float] | str
"""A measurement, or why there is none."""

Table = dict[str, dict[str, Any]]
"""What was measured, by method: median, least and most; or no median, and why under `missing`."""

Absent = dict[str, str]
"""Why a kernel of ours cannot train here, by its name; empty where it can."""

Named = tuple[str, Table]
"""A table and what it shows."""


def has(library: str) -> bool:
    """Whether a peer is installed."""
    return importlib.util.find_spec(library) is not None


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


def one_step(
    train: Callable[[int], float], *, by: int = 1, pieces: int = 1, quick: bool
) -> Callable[[], float]:
    """Measures one step: a longer training less a shorter one, so that starting costs nothing.

    Args:
        train: seconds of a training of so many steps.
        by: the training makes a multiple of so many.
        pieces: networks that share a step.
        quick: as few steps as there can be.
    """
    few = -(-5 // by) * by
    train(few)
    guess = max(train(few + few) - train(few), 1e-6) / few
    wanted = 5 if quick else min(max(10, int(SECONDS / guess)), 500)
    more = -(-wanted // by) * by
    return lambda: (train(few + more) - train(few)) / (more * pieces)


def in_turn(measures: dict[str, Measure], *, quick: bool) -> Table:
    """The median of each method and its range, one of each after the other.

    Where one difference is not positive, noise is as large as what is measured: no figure is made.
    """
    taken: dict[str, list[float]] = {k: [] for k, one in measures.items() if callable(one)}
    for _ in range(1 if quick else REPEATS):
        for name, found in taken.items():
            found.append(measures[name]())
    table: Table = {k: missing(one) for k, one in measures.items() if isinstance(one, str)}
    for name, found in taken.items():
        median = statistics.median(found)
        figure = {"median": median, "least": min(found), "most": max(found)}
        table[name] = figure if min(found) > 0 else missing("lost in the noise of the machine")
    return {name: table[name] for name in measures}


def missing(reason: str) -> dict[str, Any]:
    """A place that stays empty, and why."""
    return {"median": None, "missing": reason}


def best_of(table: Table, name: str, among: str) -> None:
    """Put the fastest of some methods in the place of all of them, and say which it was."""
    some = {k: table.pop(k) for k in list(table) if k.startswith(among)}
    measured = {k: row for k, row in some.items() if row["median"] is not None}
    if not measured:
        table[name] = next(iter(some.values()))
        return
    fastest = min(measured, key=lambda k: measured[k]["median"])
    table[name] = measured[fastest] | {"setting": fastest.removeprefix(among)}


def in_unit(table: Table, factor: float, digits: int) -> Table:
    """The same figures in another unit."""
    return {
        name: {k: round(v * factor, digits) if isinstance(v, float) else v for k, v in row.items()}
        for name, row in table.items()
    }


def as_rates(table: Table) -> Table:
    """From seconds a piece to pieces a second."""
    turned = {"median": "median", "least": "most", "most": "least"}
    return {
        name: row if row["median"] is None else {k: round(1 / row[v]) for k, v in turned.items()}
        for name, row in table.items()
    }


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


def step_table(y: np.ndarray, cell: str, hidden: int, *, absent: Absent, quick: bool) -> Table:
    """Microseconds per network and step; TOGETHER networks of ours at once."""
    networks, measures = 4 if quick else TOGETHER, {}
    for kernel, reason in absent.items():
        train = our_training(cell, hidden, networks=networks, kernel=kernel, device="cpu")
        measures[f"ours, {kernel}"] = reason or one_step(train, pieces=networks, quick=quick)
    if cell == "rnn":
        measures |= library_steps(y, hidden, quick=quick)
    measures["torch.nn loop"] = one_step(their_training(y, cell, hidden), quick=quick)
    for adam in ADAMS:
        loop = one_step(their_training(y, cell, hidden, adam=adam), quick=quick)
        for n in {1, torch.get_num_threads()}:
            measures[f"try: Adam {adam}, threads {n}"] = lambda n=n, one=loop: with_threads(n, one)
    table = in_turn(measures, quick=quick)
    best_of(table, BEST_LOOP, "try: ")
    return in_unit(table, 1e6, 1)


def library_steps(y: np.ndarray, hidden: int, *, quick: bool) -> dict[str, Measure]:
    """One step of each library; Darts counts passes over the windows, all of 16 steps here."""
    found: dict[str, Measure] = dict.fromkeys(("neuralforecast", "darts"), "not installed")
    if has("neuralforecast"):
        train = peers.neuralforecast_fit(y, hidden=hidden)
        found["neuralforecast"] = one_step(train, by=20, quick=quick)
    if has("darts"):
        a_pass = -(-(len(y) - peers.LAGS) // peers.BATCH)
        found["darts"] = one_step(peers.darts_fit(y, hidden=hidden), by=a_pass, quick=quick)
    return found


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


def backtest_table(y: np.ndarray, *, absent: Absent, quick: bool) -> Table:
    """Seconds of a backtest with a refit at every cutoff, 2 x 32."""
    cutoffs, steps = (3, 5) if quick else (CUTOFFS, STEPS)
    sizes = {"steps": steps, "cutoffs": cutoffs}
    measures: dict[str, Measure] = {
        f"ours, {kernel}": reason or (lambda k=kernel: our_backtest(y, kernel=k, **sizes))
        for kernel, reason in absent.items()
    }
    ends = range(len(y) - cutoffs, len(y))
    for adam in ADAMS:
        measures[f"torch.nn loop, Adam {adam}"] = lambda adam=adam: sum(
            their_training(y[:end], "rnn", 32, adam=adam)(steps) for end in ends
        )
    measures["neuralforecast, cross_validation(refit=True)"] = (
        (lambda: peers.neuralforecast_backtest(y, hidden=32, **sizes))
        if has("neuralforecast")
        else "not installed"
    )
    for one in measures.values():
        if not isinstance(one, str):
            one()
    return in_unit(in_turn(measures, quick=quick), 1, 3)


def many_table(hidden: int, *, device: str, absent: Absent, quick: bool) -> Table:
    """Networks times steps a second, by how many train at once; one loop on the same device."""
    y, measures = np.random.default_rng(0).normal(size=ROWS), {}
    counts = (1, 8) if quick else (1, 100, 1000, 10_000) if hidden == 32 else (1, 100, 1000)
    for kernel, reason in absent.items():
        for n in counts:
            train = our_training("rnn", hidden, networks=n, kernel=kernel, device=device)
            name = f"ours, {kernel}, {n} at once"
            measures[name] = reason or one_step(train, pieces=n, quick=quick)
    for adam in ADAMS:
        train = their_training(y, "rnn", hidden, adam=adam, device=device)
        measures[f"torch.nn loop, one network, Adam {adam}"] = one_step(train, quick=quick)
    return as_rates(in_turn(measures, quick=quick))


def product_peak(device: str, *, quick: bool) -> float:
    """Floating point operations a second of the fastest plain or batched float32 product."""
    best, span = 0.0, peers.LAGS * peers.BATCH
    large = ((1, 1024, 1024, 1024), (1, 2048, 2048, 2048), (1, 8192, 8192, 8192))
    shapes = ((64, 512, 512, 512), (64, span, 128, 128), (1000, span, 128, 128), *large)
    for n, rows, inner, columns in shapes[:2] if quick else shapes[: 6 if device == "cuda" else 5]:
        a = torch.randn(n, rows, inner, device=device)
        b = torch.randn(n, inner, columns, device=device)
        a, b = (a[0], b[0]) if n == 1 else (a, b)
        out = torch.matmul(a, b)
        for _ in range(10):
            start = time.perf_counter()
            torch.matmul(a, b, out=out)
            if device == "cuda":
                torch.cuda.synchronize()
            took = time.perf_counter() - start
            best = max(best, 2 * n * rows * inner * columns / took)
    return best


def share_table(rates: dict[str, tuple[str, int, float]], peak: float) -> Table:
    """The part of the peak that trainings reach; what each step must multiply and add counts.

    Args:
        rates: cell, hidden units, and networks times steps a second.
        peak: floating point operations a second.
    """
    found: Table = {"the peak, Gflop/s": {"median": round(peak / 1e9, 1)}}
    for name, (cell, hidden, rate) in rates.items():
        found[name] = {"median": round(operations(cell, hidden) * rate / peak, 4)}
    return found


def memory_table(device: str) -> Table:
    """Bytes on the device: folds of a series of 2000 rows, theirs copied; state of a network."""
    series = Series("s", "MS", 0, ("y",), np.random.default_rng(0).normal(size=(2000, 1)))
    settings = settings_of("rnn", 32, 1, kernel="torch", device=device)
    table: Table = {}
    for folds in (1, 10, 100):
        cut = [series.until(1999 - k) for k in range(folds)]
        corrections = [fit_correction(one, settings, **SIZES) for one in cut]
        windows = Windows.of(corrections, torch.float32, torch.device(device))
        tensors = (windows.inputs, windows.ends, windows.targets, windows.observed)
        for lags in (peers.LAGS, 36):
            copied = [
                torch.tensor(one.y, dtype=torch.float32).unfold(0, lags + 1, 1).contiguous()
                for one in cut
            ]
            copies = {"median": sum(tensor.nbytes for tensor in copied)}
            table[f"data, {folds} folds, windows of {lags} copied"] = copies
        ours = {"median": sum(tensor.nbytes for tensor in tensors)}
        table[f"data, {folds} folds, ours (rows, any window)"] = ours
    for cell in peers.CELLS:
        for hidden in (32, 128):
            declared = settings_of(cell, hidden, 1, kernel="torch", device=device)
            layout = layout_of(declared, n_columns=1, horizon=1)
            rows = torch.zeros(1, layout.row_size, device=device)
            adam = AdamState.of(rows)
            state = {"median": rows.nbytes + adam.mean.nbytes + adam.square.nbytes}
            table[f"weights and Adam's state, {cell} 2 x {hidden}"] = state
    return table


def about(device: str, source: str) -> dict[str, object]:
    """Where and with what it is measured; called before anything is."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    load, limits = os.getloadavg()[0], [f"{k}={v}" for k, v in os.environ.items() if "OMP_" in k]
    return {
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "cpu": f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores",
        "threads": torch.get_num_threads(),
        "gpu": "a GPU is here" if torch.cuda.is_available() else "not measured: none at hand",
        "load_before": round(load, 2),
        "others": "the machine was quiet" if load < QUIET_LOAD else "others were running beside it",
        "series": source,
        "versions": {n: importlib.metadata.version(n) for n in LIBRARIES if has(MODULES.get(n, n))},
        "python": platform.python_version(),
        "command": " ".join([*limits, "python", *sys.argv]),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
    }


def show(name: str, table: Table) -> None:
    """Print a table: median, range, and how many times the figure of ours in plain torch."""
    print(f"\n{name}", flush=True)
    ours = table.get("ours, torch", {}).get("median")
    for method, row in table.items():
        if row["median"] is None:
            print(f"  {method:48s} {row['missing']}")
            continue
        spread = f"{row['least']:,} .. {row['most']:,}" if "least" in row else ""
        times = f"{row['median'] / ours:8.2f} x" if ours else ""
        print(f"  {method:48s} {row['median']:>13,} {times:>10s}  {spread}", row.get("setting", ""))


def measured_on_cpu(y: np.ndarray, *, absent: Absent, quick: bool) -> Iterator[Named]:
    """The tables of a CPU, as they come."""
    rates, peak = {}, 0.0
    shapes = [("rnn", 32)] if quick else [(cell, H) for cell in peers.CELLS for H in (32, 128)]
    for cell, H in shapes:
        peak = max(peak, product_peak("cpu", quick=quick))
        table = step_table(y, cell, H, absent=absent, quick=quick)
        yield f"us per network and step, {cell} 2 x {H}", table
        for name in ("ours, torch", "ours, fused", BEST_LOOP):
            if us := table[name]["median"]:
                rates[f"{name}, {cell} 2 x {H}"] = (cell, H, 1e6 / us)
    peak = max(peak, product_peak("cpu", quick=quick))
    yield "part of the fastest product, 1 = all", share_table(rates, peak)
    yield BACKTEST, backtest_table(y, absent=absent, quick=quick)
    yield MANY.format(32), many_table(32, device="cpu", absent=absent, quick=quick)
    yield "bytes", memory_table("cpu")


def measured_on_gpu(*, absent: Absent, quick: bool) -> Iterator[Named]:
    """The tables that a GPU changes."""
    rates = {}
    peak = product_peak("cuda", quick=quick)
    for H in (32,) if quick else (32, 128):
        table = many_table(H, device="cuda", absent=absent, quick=quick)
        yield MANY.format(H), table
        for name, row in table.items():
            if row["median"] is not None:
                rates[f"{name}, 2 x {H}"] = ("rnn", H, row["median"])
    peak = max(peak, product_peak("cuda", quick=quick))
    yield "part of the fastest product, 1 = all", share_table(rates, peak)
    yield "bytes", memory_table("cuda")


def main() -> None:
    """Measure, print the table, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, nothing is kept")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    asked = parser.parse_args()
    if asked.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: torch finds no GPU here, and no row is made without one")
    y, source = targets()
    where = about(asked.device, source)
    sizes = {"absent": why_no_kernel(asked.device), "quick": asked.quick}
    tables: dict[str, Table] = {}
    print(json.dumps(where, indent=1))
    if asked.quick:
        print("quick: measured once, smaller than the tables say; these are no figures")
    measured = measured_on_gpu(**sizes) if asked.device == "cuda" else measured_on_cpu(y, **sizes)
    for name, table in measured:
        tables[name] = table
        show(name, table)
    if not asked.quick:
        path = RESULTS if asked.device == "cpu" else RESULTS.with_stem("train_cuda")
        where["load_after"] = round(os.getloadavg()[0], 2)
        path.write_text(json.dumps({"tables": tables} | where, indent=1) + "\n")


if __name__ == "__main__":
    main()

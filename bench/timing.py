"""How a figure is made: methods of a table in turn, the median of 5, and what machine it was on."""

import datetime as dt
import importlib.metadata
import importlib.util
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peers
import torch

LIBRARIES = ("torch", "numpy", "neuralforecast", "darts", "pytorch-lightning")
MODULES = {"pytorch-lightning": "pytorch_lightning"}
"""What a library is imported as, where that is not its name."""

REPEATS, SECONDS, MOST_STEPS, QUIET_LOAD = 5, 0.5, 2000, 0.5
"""Measurements of a figure; about how long one takes, and its steps at most; the load below which a
machine is quiet."""

Measure = Callable[[], float] | str
"""A measurement, or why there is none."""

Table = dict[str, dict[str, Any]]
"""What was measured, by method: median, least and most; or no median, and why under `missing`."""


def has(library: str) -> bool:
    """Whether a peer is installed."""
    return importlib.util.find_spec(library) is not None


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
    wanted = 5 if quick else min(max(10, int(SECONDS / guess)), MOST_STEPS)
    more = -(-wanted // by) * by
    return lambda: (train(few + more) - train(few)) / (more * pieces)


def with_threads(n: int, measure: Callable[[], float]) -> float:
    """A measurement made with n threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        return measure()
    finally:
        torch.set_num_threads(before)


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

"""The baselines that are judged on a grid: many series at once, AutoETS of statsforecast beside.

    python bench/baselines.py [SERIES]
    python bench/baselines.py --keep       # writes bench/results/baselines.json: on a quiet machine

Seconds of one call that forecasts 12 months of all series as of their last row, and as of each of
the last 50 rows, in the same pass; medians of 3 rounds in which each way has its turn. AutoETS and
the loops are measured on few series and scaled: every series costs them about the same. Half of the
series have a season, a tenth a trend that is a factor. numpy alone: one thread.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pipeline.baselines.forecast import Folds, forecast_baseline
from pipeline.baselines.settings import BaselineName, BaselineSettings
from pipeline.clean.observations import Series

SERIES, ROWS, CUTOFFS, HORIZON, SEASON, REPEATS = 10_000, 250, 50, 12, 12, 3
FEW = 20
"""Series of AutoETS, and of ours one by one."""

NAMES: tuple[BaselineName, ...] = ("anomaly_persistence", "damped_trend", "holt_winters")
RESULTS = Path(__file__).parent / "results" / "baselines.json"


def targets(series: int) -> np.ndarray:
    """Walks and noise around a level, one a row; half with a season, a tenth that grow."""
    random, steps = np.random.default_rng(0), np.arange(ROWS)
    y = 50 + random.normal(size=(series, ROWS)) + 0.3 * random.normal(size=(series, ROWS)).cumsum(1)
    y[::2] += 5 * np.sin(steps * np.pi / 6)
    y[::10] = np.exp(y[::10] / 20 + 0.005 * steps)
    return y


def ours(ys: np.ndarray, name: BaselineName, cutoffs: int) -> np.ndarray:
    """The forecasts of all series as of their last rows."""
    rows = np.arange(ROWS - cutoffs, ROWS)
    folds = [
        Folds(Series(str(k), "MS", 360, ("y",), y[:, None]), y, rows, rows)
        for k, y in enumerate(ys)
    ]
    found = forecast_baseline(
        BaselineSettings(model=name), folds, horizon=HORIZON, season_length=SEASON
    )
    assert not any(reason for one in found for reason in one.reasons)
    return np.stack([one.y_hat for one in found])


def one_by_one(ys: np.ndarray, name: BaselineName) -> np.ndarray:
    """The same as of the last row, a call for each series."""
    return np.concatenate([ours(y[None], name, 1) for y in ys])


def by_statsforecast(ys: np.ndarray) -> np.ndarray:
    """AutoETS as of the last row, a series after the other."""
    from statsforecast.models import AutoETS

    model = AutoETS(season_length=SEASON)
    return np.stack([model.forecast(y=y, h=HORIZON)["mean"] for y in ys])


def seconds(run: Callable[[], np.ndarray]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def measure(series: int) -> dict[str, dict[str, float]]:
    """Seconds for all series, by way: the median, the least and the most of the rounds."""
    ys = targets(series)
    few = ys[:FEW]
    ways: dict[str, tuple[Callable[[], np.ndarray], int]] = {}
    for name in NAMES:
        ways[f"{name}, as of the last row"] = (lambda n=name: ours(ys, n, 1), series)
        ways[f"{name}, as of the last {CUTOFFS} rows"] = (
            lambda n=name: ours(ys, n, CUTOFFS),
            series,
        )
        ways[f"{name}, a call for each series"] = (lambda n=name: one_by_one(few, n), len(few))
    if importlib.util.find_spec("statsforecast"):
        by_statsforecast(few[:2])  # it is compiled at its first call
        ways["AutoETS (statsforecast), as of the last row"] = (
            lambda: by_statsforecast(few),
            len(few),
        )
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(REPEATS):
        for name, (run, of) in ways.items():
            taken[name].append(seconds(run) * series / of)
    return {
        name: {
            "median": round(statistics.median(found), 2),
            "least": round(min(found), 2),
            "most": round(max(found), 2),
        }
        for name, found in taken.items()
    }


def main() -> None:
    """Measure and print; keep the figures where that is asked for."""
    asked = argparse.ArgumentParser(description="seconds of the baselines that have a grid")
    asked.add_argument("series", nargs="?", type=int, default=SERIES)
    asked.add_argument("--keep", action="store_true", help=f"write {RESULTS.name}")
    given = asked.parse_args()
    load = os.getloadavg()[0]
    table = measure(given.series)
    print(f"seconds, {given.series} series x {ROWS} rows, {HORIZON} steps ahead")
    for name, row in table.items():
        print(f"  {name:48s} {row['median']:>9,} {row['least']:>9,} .. {row['most']:,}")
    if not importlib.util.find_spec("statsforecast"):
        print("  AutoETS (statsforecast)                          not installed")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  peak memory {peak:,.0f} MiB; load before {load:.2f}")
    libraries = [n for n in ("numpy", "statsforecast") if importlib.util.find_spec(n)]
    about = {
        "unit": "seconds",
        "series": f"{given.series} x {ROWS} rows, season {SEASON}, {HORIZON} steps ahead",
        "peak_mib": round(peak),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, one thread",
        "load_before": round(load, 2),
        "versions": {n: importlib.metadata.version(n) for n in libraries},
        "command": " ".join(["python", *sys.argv]),
    }
    if given.keep:
        RESULTS.write_text(json.dumps({"seconds": table} | about, indent=1) + "\n")


if __name__ == "__main__":
    main()

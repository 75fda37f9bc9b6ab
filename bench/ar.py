"""AR at all cutoffs of all series in one pass, against loops that fit one fold after the other.

    python bench/ar.py

Microseconds per fold, medians of 5 rounds in one process; in a round each way has its turn, and how
many times faster is the median of the rounds' ratios. One thread, and the processor's time, which
other work on the machine lengthens less than the clock's. The loops are measured on a sample of 20
series and scaled by the number of folds; every fold of a loop costs the same.
"""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy is imported

import numpy as np
import statsmodels
from numpy.lib.stride_tricks import sliding_window_view
from statsmodels.tsa.ar_model import AutoReg

from pipeline.baselines.ar import ArTerms, ar_paths, recent_values
from pipeline.baselines.ar_all_cutoffs import fit_at_all_cutoffs
from pipeline.clean.observations import Series

SERIES, SAMPLE, ROWS, CUTOFFS, HORIZON, REPEATS = 1000, 20, 250, 50, 12, 5
TERMS = {"AR(12)": ArTerms(12), "AR(12) with 12 seasons": ArTerms(12, 12)}
LAST = np.arange(ROWS - CUTOFFS, ROWS)
"""The cutoffs: the last rows of every series."""


def targets() -> np.ndarray:
    """Walks with a season, one a row."""
    season = 10 * np.sin(np.arange(ROWS) / 6 * np.pi)
    return season + np.random.default_rng(0).normal(size=(SERIES, ROWS)).cumsum(axis=1)


def ours(ys: np.ndarray, rows: np.ndarray, terms: ArTerms, *, horizon: int = 0) -> np.ndarray:
    """The coefficients of all folds, and their forecasts where some are asked for."""
    series = [Series(str(k), "MS", 360, ("y",), y[:, None]) for k, y in enumerate(ys)]
    fits = fit_at_all_cutoffs(series, [rows] * len(ys), terms)
    if horizon:
        recent = np.concatenate([recent_values(y, rows, terms.lags) for y in ys])
        every, first = np.tile(rows, len(ys)), np.full(len(recent), 360)
        return ar_paths(fits, recent, rows=every, first_steps=first, horizon=horizon)
    return fits.coefficients


def by_statsmodels(
    ys: np.ndarray, rows: np.ndarray, terms: ArTerms, *, horizon: int = 0
) -> np.ndarray:
    """The same, each fold by AutoReg."""
    found = []
    for y in ys:
        for row in rows.tolist():
            seasons = {"seasonal": terms.seasons > 1, "period": terms.seasons}
            fit = AutoReg(y[: row + 1], terms.lags, **seasons).fit()
            found.append(fit.predict(row + 1, row + horizon) if horizon else fit.params)
    return np.array(found)


def by_lstsq(ys: np.ndarray, rows: np.ndarray, terms: ArTerms) -> np.ndarray:
    """The coefficients, each fold by numpy alone: the fastest plain loop."""
    found = []
    for y in ys:
        for row in rows.tolist():
            windows = sliding_window_view(y[: row + 1], terms.lags + 1)
            position = (terms.lags + np.arange(len(windows))) % terms.seasons
            dummies = position[:, None] == np.arange(1, terms.seasons)
            regressors = np.column_stack([np.ones(len(windows)), dummies, windows[:, -2::-1]])
            found.append(np.linalg.lstsq(regressors, windows[:, -1], rcond=None)[0])
    return np.array(found)


def per_fold(fit: Callable[[], np.ndarray]) -> float:
    """Microseconds per fold; one fold alone is fitted a hundred times."""
    start, folds = time.process_time(), len(fit())
    for _ in range(99 if folds == 1 else 0):
        folds += len(fit())
    return (time.process_time() - start) / folds * 1e6


def row_of(ways: dict[str, Callable[[], np.ndarray]]) -> dict[str, float]:
    """A row of the table: microseconds per fold, and how many times faster ours is."""
    rounds = [{name: per_fold(fit) for name, fit in ways.items()} for _ in range(REPEATS)]
    micros = {f"{name} us": statistics.median(r[name] for r in rounds) for name in ways}
    times = {
        f"times {name}": statistics.median(r[name] / r["ours"] for r in rounds)
        for name in ways
        if name != "ours"
    }
    return {name: round(value, 2) for name, value in (micros | times).items()}


def compare(ys: np.ndarray, rows: np.ndarray, terms: ArTerms) -> dict[str, float]:
    """Coefficients of these series at these cutoffs; the loops on the first of the series."""
    some = ys[:SAMPLE]
    ways = {
        "ours": lambda: ours(ys, rows, terms),
        "statsmodels": lambda: by_statsmodels(some, rows, terms),
        "lstsq": lambda: by_lstsq(some, rows, terms),
    }
    return row_of(ways)


def main() -> None:
    """Measure and print one JSON object."""
    ys, table = targets(), {}
    for name, terms in TERMS.items():
        apart = np.abs(ours(ys[:SAMPLE], LAST, terms) - by_statsmodels(ys[:SAMPLE], LAST, terms))
        table[f"{name}, {SERIES} series x {CUTOFFS} cutoffs"] = compare(ys, LAST, terms) | {
            "largest difference from statsmodels": float(f"{apart.max():.1e}")
        }
        table[f"{name}, the same with {HORIZON} steps forecast"] = row_of(
            {
                "ours": lambda t=terms: ours(ys, LAST, t, horizon=HORIZON),
                "statsmodels": lambda t=terms: by_statsmodels(
                    ys[:SAMPLE], LAST, t, horizon=HORIZON
                ),
            }
        )
        table[f"{name}, one series x {CUTOFFS} cutoffs"] = compare(ys[:1], LAST, terms)
        table[f"{name}, one series, one cutoff"] = compare(ys[:1], LAST[-1:], terms)
    about = {
        "sample": f"loops on {SAMPLE} series x {CUTOFFS} cutoffs of {ROWS} rows, scaled",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, one thread",
        "numpy": np.__version__,
        "statsmodels": statsmodels.__version__,
        "command": "python bench/ar.py",
    }
    print(json.dumps(table | about, indent=1))


if __name__ == "__main__":
    main()

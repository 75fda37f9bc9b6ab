"""How often the leaderboard's tests and bounds err, by simulation where the truth is known.

    python bench/luck.py [--keep]

Absolute errors of moving averages of noise, as overlapping horizons make them, half of it common to
all models. `--keep` writes bench/results/luck.json.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.leaderboard.blocks import draw_counts
from pipeline.leaderboard.drift import STRETCH, find_drifts
from pipeline.leaderboard.ranks import ranks_with_bounds
from pipeline.mean_test import ewc_test, hln_test, ratio_bounds

CASES = ((4, 1), (8, 1), (50, 1), (144, 1), (12, 3), (60, 3), (48, 12), (72, 12), (144, 12))
"""Cutoffs, and steps of the horizon: as many as cutoffs overlap."""

BETTER = (0.0, 0.05, 0.1, 0.2, 0.3)
"""By how much the errors of one model are smaller than those of the other."""

CLOSE = (1.0, 1.02, 1.05, 1.1, 1.2)
"""Sizes of the errors of five models."""

RUNS, RANKED, DRIFTS = 10_000, 1000, 400
"""Simulations of two models, of five, and of drift."""


def errors(random: np.random.Generator, runs: int, models: int, *, n: int, h: int) -> np.ndarray:
    """Absolute errors of runs, models and cutoffs, all of the same size."""
    noise = random.normal(size=(runs, models + 1, n + h - 1))
    sums = np.cumsum(np.concatenate([np.zeros((runs, models + 1, 1)), noise], axis=-1), axis=-1)
    moving = sums[..., h:] - sums[..., :-h]
    return np.abs(moving[:, :1] + moving[:, 1:])


def of_two_models(n: int, h: int) -> dict[str, float]:
    """How often equal models are called different, and unequal ones; what holds the true ratio."""
    drawn = errors(np.random.default_rng([n, h]), RUNS, 2, n=n, h=h)
    ours, theirs = drawn[:, 0], drawn[:, 1]
    found = {
        f"called different, {100 * better:.0f} % smaller errors": ewc_test(
            (1 - better) * ours - theirs, overlap=h
        )
        for better in BETTER
    } | {"the usual test, equal models": hln_test(ours - theirs, overlap=h)}
    rates = {name: float(np.mean(p_values < 0.05)) for name, p_values in found.items()}
    lower, upper = ratio_bounds(ours, theirs, overlap=h)
    rates["interval holds the truth"] = float(np.mean(~((lower > 1) | (upper < 1))))
    return rates | {"bootstrap would": _bootstrapped(ours[:RANKED], theirs[:RANKED], h)}


def _bootstrapped(ours: np.ndarray, theirs: np.ndarray, h: int) -> float:
    """How often 95 % of resampled ratios hold the true one."""
    counts = draw_counts(ours.shape[-1], length=h).T
    lower, upper = np.quantile((ours @ counts) / (theirs @ counts), [0.025, 0.975], axis=-1)
    return float(np.mean((lower <= 1) & (upper >= 1)))


def of_five_models(n: int, h: int) -> dict[str, float]:
    """How often the bounds hold the true rank: of all models, and of the one where least often."""
    drawn = errors(np.random.default_rng([h, n]), RANKED, len(CLOSE), n=n, h=h)
    drawn = drawn * np.array(CLOSE)[:, None]
    _, lower, upper = ranks_with_bounds(drawn, overlap=h)
    true = np.arange(1, len(CLOSE) + 1)
    inside = (lower <= true) & (true <= upper)
    return {
        "bounds hold the true rank": float(inside.mean()),
        "of the model where least often": float(inside.mean(axis=0).min()),
        "places between the bounds": float((upper - lower).mean()),
    }


def of_drift(n: int, h: int, series: int) -> dict[str, float]:
    """How often a drift is told of six models: of none that drifts, and of one that does."""
    random, names = np.random.default_rng([n, h, series]), [f"{s:02}" for s in range(series)]
    references = dict.fromkeys(names, "m0")
    told = {"drift told where nothing drifts": 0, "of a model with errors three times as large": 0}
    for _ in range(DRIFTS):
        drawn = errors(random, series, 6, n=n, h=h)
        worse = drawn.copy()
        worse[:, 1, -STRETCH["MS"] :] *= 3
        for what, own in zip(told, (drawn, worse), strict=True):
            found = find_drifts(_scores(own, names), references=references, stretch=STRETCH["MS"])
            told[what] += bool(found) if own is drawn else any(d.model == "m1" for d in found)
    return {what: count / DRIFTS for what, count in told.items()}


def _scores(errors: np.ndarray, names: list[str]) -> pd.DataFrame:
    """A point per series, model and month."""
    S, M, n = errors.shape
    months = (np.datetime64("2000-01") + np.arange(n)).astype("datetime64[ns]")
    return pd.DataFrame(
        {
            "unique_id": np.repeat(names, M * n),
            "model": np.tile(np.repeat([f"m{m}" for m in range(M)], n), S),
            "ds": np.tile(months, S * M),
            "cutoff": np.tile(months, S * M),
            "error": errors.ravel(),
            "scale": 1.0,
        }
    )


def main() -> None:
    """Print a table for each case; keep it where that is asked."""
    found = {}
    for n, h in CASES:
        name = f"{n} cutoffs, {h} overlap" if h > 1 else f"{n} cutoffs"
        found[name] = of_two_models(n, h) | of_five_models(n, h)
    for n, h, series in ((144, 1, 1), (144, 12, 1), (144, 12, 20)):
        found[f"{n} months, {h} overlap, {series} series"] = of_drift(n, h, series)
    for name, rates in found.items():
        print(f"\n{name}")
        for what, rate in rates.items():
            print(f"  {what:44s} {rate:6.3f}")
    if "--keep" in sys.argv:
        path = Path(__file__).parent / "results" / "luck.json"
        rounded = {
            name: {what: round(rate, 3) for what, rate in rates.items()}
            for name, rates in found.items()
        }
        body = {"command": "python bench/luck.py --keep"} | rounded
        path.write_text(json.dumps(body, indent=1) + "\n")


if __name__ == "__main__":
    main()

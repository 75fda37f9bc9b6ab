"""Panels of simulated series, their baselines by the pipeline, and a network of known quality.

A series is a level, a season, a signal and noise, all independent from month to month. No baseline
can foresee the signal: climatology, the reference, is the best that is made of the series alone. A
network of the kind `better` knows it, and is a fifth better than climatology; of the kind `lucky`
it knows nothing and adds noise of its own. A network may break at a cutoff.
"""

from dataclasses import replace
from typing import Any, get_args

import numpy as np

from pipeline.baselines.forecast import Folds, forecast_baseline
from pipeline.baselines.settings import FITTED, BaselineName, BaselineSettings
from pipeline.clean.observations import Series
from pipeline.served.blend import Blend, Rules, blend
from pipeline.served.past import Past

BASELINES: tuple[BaselineName, ...] = get_args(BaselineName)
REFERENCE, NETWORK = "climatology", "network"
MODELS = [*BASELINES, NETWORK]

ROWS, CUTOFFS, HORIZON, SEASON = 120, 60, 3, 12
"""Months before the first cutoff, cutoffs, steps ahead, months of a year."""

SIGNAL, OWN_NOISE = 0.62, 0.3
"""Standard deviations: of the signal in that of signal and noise together, of what a lucky network
adds. Both networks start from climatology, which has to estimate its means from ten years or more:
knowing the signal makes its error a fifth smaller."""

SPANS = {"9 to 12": (8, 12), "13 to 24": (12, 24), "25 to 36": (24, 36), "37 to 60": (36, 60)}
"""Cutoffs, counted from 1, over which errors are averaged."""

BROKEN = ("1e6", "failed", "no number", "stuck")
"""Ways to break: a constant, a stand-in, NaN, the forecast of the cutoff before for ever."""


def simulate(kind: str, *, series: int, seed: int) -> Past:
    """So many series at 60 cutoffs, three months ahead, by nine baselines and a network."""
    random = np.random.default_rng(seed)
    months = np.arange(ROWS + CUTOFFS + HORIZON)
    signal = SIGNAL * random.normal(size=(series, len(months)))
    noise = np.sqrt(1 - SIGNAL**2) * random.normal(size=signal.shape)
    season = 5 * np.sin(2 * np.pi * (months + random.uniform(0, SEASON, (series, 1))) / SEASON)
    y = 50 + season + signal + noise
    rows = ROWS - 1 + np.arange(CUTOFFS)
    targets = rows[:, None] + 1 + np.arange(HORIZON)
    y_hat = _baselines(y, rows)
    knows = (
        signal[:, targets]
        if kind == "better"
        else OWN_NOISE * random.normal(size=(series, *targets.shape))
    )
    network = y_hat[:, :, BASELINES.index(REFERENCE)] + knows
    return Past(
        models=MODELS,
        steps=rows,
        y_hat=np.concatenate([y_hat, network[:, :, None]], axis=2),
        failed=np.zeros((series, CUTOFFS, len(MODELS)), dtype=bool),
        actual=y[:, targets],
        lowest=np.minimum.accumulate(y, axis=1)[:, rows],
        highest=np.maximum.accumulate(y, axis=1)[:, rows],
    )


def _baselines(y: np.ndarray, rows: np.ndarray) -> np.ndarray:
    folds = [
        Folds(Series(str(k), "MS", 0, ("y",), one[:, None]), one, rows, rows)
        for k, one in enumerate(y)
    ]
    sizes: dict[str, Any] = {"horizon": HORIZON, "season_length": SEASON}
    said = []
    for name in BASELINES:
        settings = BaselineSettings(model=name, lags=SEASON if name in FITTED else None)
        said.append(np.stack([f.y_hat for f in forecast_baseline(settings, folds, **sizes)]))
    return np.stack(said, axis=2)


def broken(past: Past, way: str, *, at: int) -> Past:
    """The same, the network broken from a cutoff on."""
    y_hat, failed = past.y_hat.copy(), past.failed.copy()
    own, later = len(MODELS) - 1, slice(at, None)
    if way == "1e6":
        y_hat[:, later, own] = 1e6
    elif way == "no number":
        y_hat[:, later, own] = np.nan
    elif way == "failed":
        y_hat[:, later, own] = y_hat[:, later, MODELS.index(REFERENCE)]
        failed[:, later, own] = True
    else:
        y_hat[:, later, own] = y_hat[:, at - 1, None, own]
    return replace(past, y_hat=y_hat, failed=failed)


def serve_panels(past: Past, *, each: int) -> Blend:
    """The blend of every panel of so many series by itself."""
    rules = Rules(candidates=MODELS, reference=[REFERENCE] * each)
    found = [blend(own, rules) for _, own in past.few_series(each)]
    return Blend(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def lost_and_won(kind: str, *, panels: int, each: int, seed: int) -> dict[str, dict[str, float]]:
    """What served loses to the reference, and the part it wins of what the network is better by.

    By span of cutoffs, of absolute errors pooled over all panels; what is lost of squared ones too.
    """
    past = simulate(kind, series=panels * each, seed=seed)
    served = serve_panels(past, each=each).y_hat - past.actual
    reference, network = (-past.errors[:, :, MODELS.index(name)] for name in (REFERENCE, NETWORK))
    found = {}
    for name, (first, last) in SPANS.items():
        ours, theirs, best = (
            np.abs(errors[:, first:last]).mean() for errors in (served, reference, network)
        )
        squared = np.mean(served[:, first:last] ** 2) / np.mean(reference[:, first:last] ** 2)
        found[name] = {"lost": ours / theirs - 1, "lost_of_mse": squared - 1}
        if kind == "better":
            better, won = 1 - best / theirs, (theirs - ours) / (theirs - best)
            found[name] |= {"network_better": better, "won": won}
    return found


def after_a_break(*, panels: int, each: int, at: int, seed: int) -> dict[str, dict[str, float]]:
    """What each way to break does: the network's mean weights around it, and the errors.

    The network is one that was a fifth better, and has much of the weight when it breaks. Squared
    errors are over those of the same served forecast without the break, of the worst cutoff and of
    the twelve from the break on; and of the twelve over those of the reference.
    """
    whole = simulate("better", series=panels * each, seed=seed)
    reference = whole.errors[:, :, MODELS.index(REFERENCE)]
    before = serve_panels(whole, each=each).y_hat - whole.actual
    usual, simple = (_by_cutoff(errors, at) for errors in (before, reference))
    found = {}
    for way in BROKEN:
        made = serve_panels(broken(whole, way, at=at), each=each)
        squares = _by_cutoff(made.y_hat - whole.actual, at)
        weights = made.weights[:, at - 1 : at + 2, -1, 0].mean(axis=0)
        found[way] = {
            "weight_before": float(weights[0]),
            "weight_at_once": float(weights[1]),
            "weight_next": float(weights[2]),
            "worst_cutoff": float((squares / usual).max()),
            "twelve_cutoffs": float(squares.sum() / usual.sum()),
            "twelve_over_reference": float(squares.sum() / simple.sum()),
        }
    return found


def _by_cutoff(errors: np.ndarray, at: int) -> np.ndarray:
    """Mean squared error of all panels at each of twelve cutoffs."""
    return np.square(errors)[:, at : at + 12].mean(axis=(0, 2))

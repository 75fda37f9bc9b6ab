"""Settings of a network where nothing is declared: small budgets by frequency, and the article's.

The budgets come from experiments on public series: a small fixed number of steps beat early
stopping, and after it hidden size, window and cell hardly mattered.
"""

from typing import Any

from pipeline.baselines.settings import BELOW_ZERO
from pipeline.calendar import Freq
from pipeline.rnn.settings import NetworkSettings, SeasonName

BY_FREQ: dict[Freq, dict[str, Any]] = {
    "MS": {"input_size": 18, "steps": 200},
    "QS": {"input_size": 8, "steps": 60},
    "W": {"input_size": 26, "steps": 100},
    "D": {"input_size": 28, "steps": 200},
}
"""Lags, and optimizer steps of one batch each."""

HELD_BACK: dict[Freq, int] = {"MS": 48, "QS": 24, "W": 104, "D": 180}
"""Windows that shrinkage is measured on, where a fold has enough of them."""

FEWEST_WINDOWS = 12
"""Windows a series needs: of fewer the reference's errors have no size that can be told, and one
series in wrong units would outweigh all others in the loss."""

HELD_BACK_SHARE, FEWEST_HELD_BACK = 3, 18
"""Of a short fold a third of its windows are held back, but at least so many: fewer say nothing."""

FEWEST_BEFORE_HELD = 18
"""Windows that a first fit trains on, of all series together: what it learnt from fewer says
nothing of what the second one learns from all."""

SEASONS: dict[Freq, list[SeasonName]] = {
    "MS": ["month"],
    "QS": ["quarter"],
    "W": ["week"],
    "D": ["day_of_week", "day_of_year"],
}
"""The seasons that `calendar: true` stands for."""

DEFAULT: dict[str, Any] = {
    "scope": "local",
    "corrects": "auto",
    "futr_exog": [],
    "calendar": False,
    "transform": "none",
    "mask_channel": True,
    "hidden_size": 16,
    "num_layers": 1,
    "batch_size": 32,
    "learning_rate": 3e-3,
    "schedule": "cosine",
    "clip": 1.0,
    "seeds": 5,
    "refit": 1,
    "dtype": "float32",
    "reproduction": False,
    "loss": "mse",
    "level": [80, 95],
    "shrinkage": True,
    "val_check_steps": 10,
    "matmul_precision": "highest",
}
"""An option at its default is in no key: one that comes new retrains nothing."""

GLOBAL: dict[str, Any] = {
    "calendar": True,
    "steps": 1000,
    "batch_size": 128,
    "seeds": 3,
    "refit": 12,
}
"""One network of all series: it has more to see, and trains longer than a local one. With twice the
units, the windows or the steps it was no better on most panels of known structure, and dearer."""

ARTICLE: dict[str, Any] = {
    "corrects": "none",
    "mask_channel": False,
    "input_size": 11,
    "hidden_size": 128,
    "num_layers": 2,
    "epochs": 1000,
    "batch_size": 16,
    "learning_rate": 1e-3,
    "schedule": "constant",
    "clip": "none",
    "seeds": 1,
    "refit": 0,
    "dtype": "float32",
    "shrinkage": False,
    "reproduction": True,
}
"""Unscaled values, no shuffling, no validation, fitted once; the article ran 5 000 epochs."""


_GROUPS = {"1": (1, 1), "2-3": (2, 3), "4-6": (4, 6), "7-12": (7, 12), "13+": (13, 99)}
"""Steps of the horizon that share one weight, by name; 99 is the longest horizon."""


def horizon_groups(horizon: int) -> dict[str, slice]:
    """The groups of steps that a horizon reaches, as places from 0."""
    return {
        name: slice(first - 1, min(last, horizon))
        for name, (first, last) in _GROUPS.items()
        if first <= horizon
    }


def shrinks(declared: NetworkSettings) -> bool:
    """Whether corrections are shrunk: as declared; else where the preset says so of them."""
    if declared.shrinkage is not None:
        return declared.shrinkage
    return declared.preset != "article" and declared.corrects != "none"


def fits_scale(settings: NetworkSettings, reference: str) -> bool:
    """Whether a reference has an image on the scale that a network corrects on.

    A root, a logarithm and a factor need one that is nowhere below zero. With `log` all values are
    positive, and holt_winters then works on logarithms itself.
    """
    needs = settings.loss == "tweedie" or settings.transform in ("sqrt", "log1p", "log")
    if not needs or reference not in BELOW_ZERO:
        return True
    return settings.transform == "log" and reference == "holt_winters"


def resolve(declared: NetworkSettings, *, freq: Freq) -> NetworkSettings:
    """The settings with every open one filled from the preset; what is declared stays."""
    preset = DEFAULT | (ARTICLE if declared.preset == "article" else BY_FREQ[freq])
    if declared.scope == "global":
        preset |= GLOBAL
    chosen = declared.model_dump(exclude_none=True, exclude={"preset"})
    chosen["shrinkage"] = shrinks(declared)
    if "steps" in chosen:
        preset = {k: v for k, v in preset.items() if k != "epochs"}
    if "epochs" in chosen:
        preset = {k: v for k, v in preset.items() if k != "steps"}
    found = preset | chosen
    if found["calendar"] is True:
        found["calendar"] = SEASONS[freq]
    return NetworkSettings(**found)

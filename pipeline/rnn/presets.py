"""Settings of a network where nothing is declared: small budgets by frequency, and the article's.

The budgets come from experiments on public series: a small fixed number of steps beat early
stopping, and after it hidden size, window and cell hardly mattered.
"""

from typing import Any

from pipeline.calendar import Freq
from pipeline.rnn.settings import NetworkSettings, SeasonName

BY_FREQ: dict[Freq, dict[str, Any]] = {
    "MS": {"input_size": 18, "steps": 60},
    "QS": {"input_size": 8, "steps": 60},
    "W": {"input_size": 26, "steps": 100},
    "D": {"input_size": 28, "steps": 200},
}
"""Lags, and optimizer steps of one batch each."""

SEASONS: dict[Freq, list[SeasonName]] = {
    "MS": ["month"],
    "QS": ["quarter"],
    "W": ["week"],
    "D": ["day_of_week", "day_of_year"],
}
"""The seasons that `calendar: true` stands for."""

DEFAULT: dict[str, Any] = {
    "corrects": "climatology",
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
    "val_check_steps": 10,
    "matmul_precision": "highest",
}
"""An option at its default is in no key: one that comes new retrains nothing."""

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
    "reproduction": True,
}
"""Unscaled values, no shuffling, no validation, fitted once; the article ran 5 000 epochs."""


def resolve(declared: NetworkSettings, *, freq: Freq) -> NetworkSettings:
    """The settings with every open one filled from the preset; what is declared stays."""
    preset = DEFAULT | (ARTICLE if declared.preset == "article" else BY_FREQ[freq])
    chosen = declared.model_dump(exclude_none=True, exclude={"preset"})
    if chosen.get("calendar") is True:
        chosen["calendar"] = SEASONS[freq]
    if "steps" in chosen:
        preset = {k: v for k, v in preset.items() if k != "epochs"}
    if "epochs" in chosen:
        preset = {k: v for k, v in preset.items() if k != "steps"}
    return NetworkSettings(**(preset | chosen))

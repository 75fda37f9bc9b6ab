"""Which models the rows can carry: all of them, or for short and gappy series fewer.

All models of a data set share their folds, so one that needs five years of weeks would leave three
years of weeks without any forecast. How many rows a model needs the declaration says.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.calendar import SEASON_LENGTH, Freq
from pipeline.clean.observations import Observations
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.folds.cutoffs import cutoff_at
from pipeline.scaffold.cutoffs import (
    ENOUGH,
    History,
    choose_history,
    complete_rows,
    has_whole_season,
)

REFIT: dict[str, int] = {"MS": 12, "QS": 4, "W": 4, "D": 28}
"""Cutoffs from one training of the network to the next, by how often there is a cutoff."""


@dataclass(frozen=True)
class Models:
    """What is declared about models.

    Attributes:
        baselines: as under `baselines:`; None for all six.
        network: options of the network beside `refit`.
        why: why not everything is declared, for people.
    """

    baselines: dict[str, dict[str, Any]] | None
    network: dict[str, Any]
    why: str = ""

    @property
    def ar_lags(self) -> dict[str, int | None]:
        """The lags of the models that need complete rows, None where by default."""
        if self.baselines is None:
            return {"ar": None, "ar_seasonal": None}
        return {k: v.get("lags") for k, v in self.baselines.items() if k.startswith("ar")}


ALL_MODELS = Models(None, {})
"""What is there where nothing is declared."""

_SIMPLE: dict[str, dict[str, Any]] = {
    "naive": {},
    "seasonal_naive": {},
    "climatology": {},
    "window_average": {},
}


_FEW: dict[Freq, int] = {"MS": 3, "QS": 2, "W": 13, "D": 7}
"""Lags that short series can carry."""


def models_from_many_to_few(freq: Freq) -> list[Models]:
    """What to declare, from what long series carry to what short ones can."""
    season = SEASON_LENGTH[freq]
    few = _FEW[freq]
    short = "the series are short for what these see by default"
    both = {"ar": {"lags": few}, "ar_seasonal": {"lags": few}}
    return [
        ALL_MODELS,
        Models(
            _SIMPLE | both | {"ar": {"lags": season}},
            {},
            f"ar sees {season} lags, ar_seasonal {few}: {short}",
        ),
        Models(_SIMPLE | both, {"input_size": few}, f"all models see {few} lags: {short}"),
        Models(
            _SIMPLE | {"ar": {"lags": few}},
            {"input_size": few},
            f"ar_seasonal is out, the others see {few} lags: the series are short",
        ),
        Models(_SIMPLE, {}, "ar and ar_seasonal are out: too few stretches of rows without a gap"),
        Models(
            _SIMPLE,
            {"input_size": few},
            f"ar and ar_seasonal are out, the network sees {few} lags: few rows, or with gaps",
        ),
    ]


def choose_models(
    declare: Callable[[Models], DataSet], observations: Observations, *, now: dt.datetime
) -> tuple[Models, History]:
    """The most models with enough cutoffs; where no choice has enough, with about the most.

    Args:
        declare: the data set with these models; its first cutoff says nothing yet.
        observations: the clean rows.
        now: the clock.

    Raises:
        InputError: no series has the rows for a single cutoff.
    """
    few = models_from_many_to_few(observations.freq)
    found = [(models, declare(models)) for models in few]
    choices = [
        (models, data, choose_history(data, observations, now=now)) for models, data in found
    ]
    enough = ENOUGH[found[0][1].every]
    for wanted in (enough, enough // 2, enough // 4, 1):
        for models, data_set, history in choices:
            if history.length >= wanted and _fits(models, data_set, observations, history):
                return _without_seasons(models, data_set, observations, history), history
    raise InputError(_too_short(found[-1][1], observations))


def _fits(models: Models, data_set: DataSet, observations: Observations, history: History) -> bool:
    """Whether half of the series have the complete rows that AR is fitted on."""
    until = cutoff_at(history.first, data_set).step
    for name in models.ar_lags:
        lags = data_set.baseline(name).lags or 0
        needed = lags + 2 + (data_set.season - 1 if name == "ar_seasonal" else 0)
        counts = [
            complete_rows(s, lags=lags, until=until) >= needed for s in observations.series.values()
        ]
        if sum(counts) < len(counts) / 2:
            return False
    return True


def _without_seasons(
    models: Models, data_set: DataSet, observations: Observations, history: History
) -> Models:
    """Without what repeats a season, where a part of the season has never been observed.

    A shop that is closed on Sundays has no last Sunday: seasonal_naive would fail at every cutoff.
    """
    until = cutoff_at(history.first, data_set).step
    series = observations.series.values()
    whole = [has_whole_season(s, data_set.season, until=until) for s in series]
    if sum(whole) >= len(whole) / 2:
        return models
    every = {"ar": {}, **_SIMPLE} if models.baselines is None else models.baselines
    left = {k: v for k, v in every.items() if k not in ("seasonal_naive", "ar_seasonal")}
    part = {"D": "day of the week", "W": "week", "MS": "month", "QS": "quarter"}[data_set.freq]
    why = f"seasonal_naive and ar_seasonal are out: a {part} is never observed"
    gappy = "; ar too: too few stretches of rows without a gap" if "ar" not in left else ""
    return Models(left, models.network, why + gappy)


def _too_short(data_set: DataSet, observations: Observations) -> str:
    series = observations.series.values()
    longest = max(int((~np.isnan(s.y)).sum()) for s in series)
    if longest >= 2 * data_set.needed_rows:
        first, last = (
            str(day)[:10] for day in (min(s.ds[0] for s in series), max(s.ds[-1] for s in series))
        )
        return (
            f"{data_set.columns.y}: the rows are of {first} to {last}, and no cutoff (every "
            f"{data_set.every}) after {data_set.needed_rows} of them is over yet; rows of the past "
            "are needed"
        )
    return (
        f"{data_set.columns.y}: the longest series has {longest} observed rows; with freq "
        f"{data_set.freq} and horizon {data_set.horizon} a forecast needs {data_set.needed_rows} "
        f"and the end of a cutoff (every {data_set.every}) after them; bring longer series, or say "
        "a shorter --horizon"
    )

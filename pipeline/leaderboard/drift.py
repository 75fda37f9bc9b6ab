"""Drift: where the newest errors leave what stretches as long, before them, let expect.

A model is held against the reference, whose errors have hard times in common with it: what is
watched is its skill. The reference itself is watched by its error, so a change in the data shows
there, and a change in a model beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from pipeline.calendar import Freq
from pipeline.leaderboard.scaled_errors import ScaledErrors

STRETCH: dict[Freq, int] = {"MS": 12, "QS": 4, "W": 13, "D": 28}
"""Forecast times in a stretch: a year of months or quarters, a quarter of weeks, four weeks of
days; never fewer than a horizon has steps."""

FEWEST = 4
"""Stretches before the last one: with fewer nothing is told."""

CHANCE = 0.05
"""Of telling anything of a data set in which nothing drifts: half of it for the mean over series,
half shared by all series. In simulation 1 to 8 %, heavy tails and errors with memory among them;
`bench/luck.py` says that of some cases, and what is found where something drifts."""


@dataclass(frozen=True)
class Drift:
    """A model whose newest stretch is worse than was to be expected.

    Attributes:
        unique_id: the series; empty for the mean over series.
        model: its name.
        since: the month from which on it is worse, as 2015-03.
        until: the month of the last observed time.
        stretch: times in a stretch.
        of: skill, or of a reference its error in scales.
        now: over the newest stretch.
        usual: over the stretches before, a geometric mean.
        limit: what it would have left by chance hardly ever.
    """

    unique_id: str
    model: str
    since: str
    until: str
    stretch: int
    of: str
    now: float
    usual: float
    limit: float

    @property
    def sentence(self) -> str:
        """For people: series, model, month and how much."""
        whose = self.unique_id or "mean over series"
        scales, at = (" scales", "at most") if self.of == "error" else ("", "at least")
        return (
            f"{whose}: the {self.of} of {self.model} is {self.now:.2f}{scales} in the last "
            f"{self.stretch} times, to {self.until}; before it was {self.usual:.2f}, and {at} "
            f"{self.limit:.2f} was to be expected; worse since {self.since}"
        )


def find_drifts(
    scores: pd.DataFrame, *, references: Mapping[str, str], stretch: int
) -> list[Drift]:
    """Every series and model, and the mean over series, that drifts.

    A point of time counts when it has as many forecasts as most have: near the first and the last
    cutoff some steps are absent. Logarithms of means over stretches before the newest one, closed
    to a circle, give a mean and a spread; the newest stretch may lie so far above as Student's t
    allows, with a degree of freedom less than there are such stretches side by side.

    Args:
        scores: the columns of `tables.SCORES`, the same points for every model.
        references: the declared reference of each series.
        stretch: times in a stretch, at least the steps of a horizon.

    Returns:
        The mean over series first, then series by name. Empty where too few times are known.
    """
    if scores.empty:
        return []
    errors = ScaledErrors.of(scores, references, along="ds")
    each = _complete_means(errors)
    share = CHANCE / max(len(errors.models), 1) / (2 if len(each) > 1 else 1)
    found = []
    if len(each) > 1:
        seen = np.asarray(np.isfinite(each).all(axis=(0, 1)))
        below = each[np.arange(len(each)), errors.reference].mean(axis=0)
        watched = _Watched("", errors.models, each.mean(axis=0), below, errors.times).only(seen)
        found += watched.drifts(stretch, chance=share)
    for name, own, reference in zip(errors.series, each, errors.reference, strict=True):
        watched = _Watched(name, errors.models, own, own[reference], errors.times)
        watched = watched.only(np.isfinite(own).all(axis=0))
        found += watched.drifts(stretch, chance=share / len(each))
    return found


def _complete_means(errors: ScaledErrors) -> Float[np.ndarray, "S M n"]:
    """The mean scaled error of each time; NaN where it has fewer points than most of the series."""
    counts = np.where(errors.counts > 0, errors.counts, np.nan)
    most = np.nanmedian(counts, axis=1, keepdims=True) if len(counts) else counts[:, :1]
    counts = np.where(errors.counts >= np.floor(most), counts, np.nan)
    return errors.sums / counts[:, None]


@dataclass(frozen=True)
class _Watched:
    """Errors of all models on one series, or on the mean over series, time by time."""

    unique_id: str
    models: list[str]
    errors: Float[np.ndarray, "M n"]
    reference: Float[np.ndarray, " n"]
    times: np.ndarray

    def only(self, seen: np.ndarray) -> "_Watched":
        """At these times."""
        own = self.errors[:, seen], self.reference[seen], self.times[seen]
        return _Watched(self.unique_id, self.models, *own)

    def drifts(self, stretch: int, *, chance: float) -> Iterator[Drift]:
        """Those of its models.

        Args:
            stretch: times in a stretch.
            chance: of telling one of a model that does not drift.
        """
        if len(self.times) < (FEWEST + 1) * stretch:
            return
        for model, errors in zip(self.models, self.errors, strict=True):
            is_reference = bool((errors == self.reference).all())
            below = np.ones_like(errors) if is_reference else self.reference
            with np.errstate(divide="ignore", invalid="ignore"):
                now, usual, limit = logs = _newest(errors, below, stretch, chance=chance)
            if not (now > limit and np.isfinite(now)):
                continue
            # Where what is above the middle of both adds up to most, counted from the end.
            worse = np.cumsum((errors - np.exp((usual + now) / 2) * below)[::-1])[:stretch]
            since, until = (
                str(np.datetime64(self.times[-1 - back], "M")) for back in (int(worse.argmax()), 0)
            )
            numbers = (float(np.exp(x) if is_reference else 1 - np.exp(x)) for x in logs)
            of = "error" if is_reference else "skill"
            yield Drift(self.unique_id, model, since, until, stretch, of, *numbers)


def _newest(
    errors: Float[np.ndarray, " n"], below: Float[np.ndarray, " n"], stretch: int, *, chance: float
) -> tuple[float, float, float]:
    """Logarithms of error over the reference's: of the newest stretch, usual, and the limit.

    A stretch in which either makes no error leaves no limit (NaN).
    """
    from scipy.special import stdtrit

    before = len(errors) - stretch
    circle = np.arange(before)[:, None] + np.arange(stretch)
    ours, theirs = (e[:before][circle % before].mean(axis=1) for e in (errors, below))
    logs = np.log(ours / theirs)
    now = float(np.log(errors[before:].mean() / below[before:].mean()))
    blocks = before / stretch
    wide = stdtrit(blocks - 1, 1 - chance) * np.sqrt((1 + 1 / blocks) * blocks / (blocks - 1))
    usual = float(logs.mean())
    return now, usual, float(usual + wide * logs.std())

"""The two fits of a fold: a first one before the windows held back, a second one on all windows.

The first knows nothing of what it is measured on: its windows end before, so do the rows that its
scales are fitted on. It is what a training at that earlier time would have made of the same
reference, to the last bit: what both correct is one choice, as of the last row. Both train in the
same program. What is made of the first one's forecasts is in `shrinkage.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from pipeline.calendar import Freq
from pipeline.rnn.as_of import same_rows
from pipeline.rnn.correction import Correction, scale_fold
from pipeline.rnn.early_stop import Split, hold_back, split_windows
from pipeline.rnn.group import Fit, Group, Job
from pipeline.rnn.losses import TWEEDIE_POWER
from pipeline.rnn.outputs import outputs_of
from pipeline.rnn.presets import (
    FEWEST_BEFORE_HELD,
    FEWEST_HELD_BACK,
    HELD_BACK,
    HELD_BACK_SHARE,
)
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.shrinkage import Shrinkage, measure
from pipeline.rnn.unscaled import Unscaled, see_folds

NO_NUMBERS = "the first fit's forecasts of the windows held back are no finite numbers"
"""Why a network is trusted with nothing."""


@dataclass(frozen=True)
class TwoFits:
    """What the fits of one fold train on.

    Attributes:
        whole: all rows and windows, on the scales of all rows: the second fit's.
        split: which windows of it are trained on.
        first: the same windows on the scales of the rows before those held back; None where there
            is no first fit.
        held: which windows of it are trained on, and which are held back.
        untested: why there is no first fit where there should be one; else empty.
    """

    whole: Correction
    split: Split
    first: Correction | None
    held: Split
    untested: str

    @property
    def reason(self) -> str:
        """Why there is nothing to train on; empty where there is."""
        return self.whole.reason or self.split.reason


def prepare_folds(
    fits: Sequence[Fit], settings: NetworkSettings, *, horizon: int, season_length: int
) -> list[TwoFits]:
    """The fold of each fit; fits with the same rows, the seeds of a fold, share it."""
    keys = [same_rows(fit.series) for fit in fits]
    distinct = {key: fit.series for key, fit in zip(keys, fits, strict=True)}
    folds = see_folds(
        list(distinct.values()), settings, horizon=horizon, season_length=season_length
    )
    found = {
        key: prepare_fold(fold, settings, horizon=horizon)
        for key, fold in zip(distinct, folds, strict=True)
    }
    return [found[key] for key in keys]


def prepare_fold(fold: Unscaled, settings: NetworkSettings, *, horizon: int) -> TwoFits:
    """What the fits of a fold train on.

    Args:
        fold: its rows and all its windows.
        settings: resolved; where nothing is shrunk, or nothing corrected, there is one fit.
        horizon: steps to forecast.
    """
    series = fold.series
    whole = scale_fold(fold, settings, until=len(series.y) - 1, n_train=len(fold.ends))
    split = split_windows(fold.ends, settings, horizon=horizon)
    one = TwoFits(whole, split, None, Split(0, 0), "")
    if not settings.shrinkage or fold.reference == "none" or one.reason:
        return one
    return _with_a_first(one, fold, settings, horizon=horizon)


def _with_a_first(
    one: TwoFits, fold: Unscaled, settings: NetworkSettings, *, horizon: int
) -> TwoFits:
    """The same with a first fit; without it and with the reason where there can be none."""
    held = hold_back_to_measure(fold.ends, freq=fold.series.freq, horizon=horizon)
    if why := held.reason or why_too_few(held.n_train):
        return TwoFits(one.whole, one.split, None, held, why)
    until = int(fold.ends[-held.n_held])
    first = scale_fold(fold, settings, until=until, n_train=held.n_train)
    if first.reason:
        return TwoFits(one.whole, one.split, None, held, f"the first fit: {first.reason}")
    return TwoFits(one.whole, one.split, first, held, "")


def hold_back_to_measure(ends: Int[np.ndarray, " windows"], *, freq: Freq, horizon: int) -> Split:
    """The last windows for measuring: a third of all at most, within the freq's bounds.

    Args:
        ends: row of each window's last lag, ascending.
        freq: of the series.
        horizon: steps ahead: windows that share a target with the first one held back are not
            used at all by the first fit.
    """
    n_held = max(FEWEST_HELD_BACK, min(HELD_BACK[freq], len(ends) // HELD_BACK_SHARE))
    return hold_back(ends, n_held, horizon=horizon, why="shrinkage")


def why_too_few(n_train: int) -> str:
    """Why a first fit on so many windows measures nothing; empty where it does."""
    if n_train >= FEWEST_BEFORE_HELD:
        return ""
    said = "1 window lies" if n_train == 1 else f"{n_train} windows lie"
    return f"{said} before those held back, a first fit needs {FEWEST_BEFORE_HELD}"


def outputs_on_held(
    group: Group, rows: Float[Tensor, "F P"], jobs: Sequence[Job], settings: NetworkSettings
) -> dict[int, Float[np.ndarray, "windows horizon"]]:
    """What first fits put out for the windows they held back, by the number of the job.

    Args:
        group: the networks of these jobs, trained; on the CPU.
        rows: their weights.
        jobs: those with windows held back are first fits.
        settings: resolved.
    """
    places = [
        place
        for place, job in enumerate(group.places)
        if job < len(jobs) and jobs[job].split.n_held > 0
    ]
    if not places:
        return {}
    batches = outputs_of(
        group, rows, places, first=group.first_held, n=group.n_held, settings=settings
    )
    outputs = np.concatenate([batch.medians for batch in batches], axis=1)
    numbers = [group.places[place] for place in places]
    return {job: outputs[k, : jobs[job].split.n_held] for k, job in enumerate(numbers)}


def trusted_with(
    fold: TwoFits, outputs: Float[np.ndarray, "windows horizon"], settings: NetworkSettings
) -> Shrinkage:
    """What a network is trusted with, from what its first fit put out.

    On the scale that is corrected, in units of the first fit's spread. For `loss: tweedie`, whose
    output is the logarithm of a factor, in the unit of the target (over its mean): there the
    network's forecast and the reference's are weighed against each other.

    Args:
        fold: with a first fit.
        outputs: for the windows held back.
        settings: resolved.
    """
    first, held = fold.first, slice(len(fold.whole.ends) - fold.held.n_held, None)
    assert first is not None
    compared = compare(first, held, outputs, settings)
    if not np.isfinite(compared[0]).all():
        return Shrinkage.nothing(outputs.shape[1], NO_NUMBERS)
    return Shrinkage(measure(*compared, first.observed[held]), "")


def compare(
    first: Correction,
    held: slice,
    outputs: Float[np.ndarray, "windows horizon"],
    settings: NetworkSettings,
) -> tuple[Float[np.ndarray, "windows horizon"], Float[np.ndarray, "windows horizon"]]:
    """What a first fit corrected on windows held back, and how far its reference missed them.

    Args:
        first: the fold it was trained on.
        held: the windows.
        outputs: what it put out for them.
        settings: resolved.
    """
    corrections, errors = outputs, first.targets[held]
    if settings.loss == "tweedie":
        assert first.weights is not None
        base = first.weights[held] ** (1 / (2 - TWEEDIE_POWER))
        with np.errstate(over="ignore"):
            corrections, errors = base * np.expm1(outputs), base * (errors - 1)
    return corrections, errors

"""Folds before a data set's first test cutoff: what networks are trained on, and their errors.

Whatever is chosen on these folds, a length or a cell, the cutoffs that the leaderboard scores have
not been looked at: the last target here lies at or before the first of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from pipeline.calendar import steps_of
from pipeline.chain.project import Project
from pipeline.clean.clean import clean_observations
from pipeline.clean.observations import Series
from pipeline.declaration import DataSet
from pipeline.folds.cutoffs import cutoff_at, period_of, refit_cutoff
from pipeline.raw.dialect import RawFile
from pipeline.raw.read import read_observations
from pipeline.rnn.batches import Windows, gather_batch
from pipeline.rnn.correction import Correction, Scale, features_of, futr_features
from pipeline.rnn.settings import NetworkSettings
from pipeline.rnn.stack import layout_of, run_stack
from pipeline.rnn.together import paths_of_each, signals_of_each

NETWORK = "rnn"
"""The declared network whose settings are taken."""

STEPS = {"MS": 60, "D": 200}
"""Optimizer steps of each network, whatever the preset's: what they learn shows in so few too."""


class HeldOut(NamedTuple):
    """One network's fold and the later cutoffs that it is held against.

    Attributes:
        series: rows <= the refit cutoff.
        whole: rows <= the last of the cutoffs, and of their horizon: for targets only.
        rows: row of each cutoff, ascending; the fold's refit lies at or before the first.
    """

    series: Series
    whole: Series
    rows: Int[np.ndarray, " cutoffs"]


@dataclass(frozen=True)
class Case:
    """A data set's folds before its first test cutoff."""

    name: str
    settings: NetworkSettings
    horizon: int
    season_length: int
    folds: list[HeldOut]

    def of(self, unique_ids: Sequence[str]) -> "Case":
        """The folds of these series only."""
        kept = [fold for fold in self.folds if fold.series.unique_id in unique_ids]
        return replace(self, folds=kept)

    @property
    def names(self) -> list[str]:
        """Its series."""
        return list(dict.fromkeys(fold.series.unique_id for fold in self.folds))

    @property
    def sizes(self) -> dict[str, int]:
        """What most functions of pipeline.rnn ask for."""
        return {"horizon": self.horizon, "season_length": self.season_length}

    def with_settings(self, **changed: object) -> NetworkSettings:
        """The declared settings with some of them changed; on the CPU."""
        return NetworkSettings(**(self.settings.model_dump() | {"device": "cpu"} | changed))


def case_of(project: Project, name: str, *, first: str, files: Sequence[Path] = ()) -> Case:
    """The folds of a declared data set from a cutoff on, all before the first declared one.

    Args:
        project: where it is declared.
        name: of the data set.
        first: key of the first cutoff to hold networks against.
        files: its CSV files, where they do not lie where the declaration says.
    """
    data_set = project.data_set(name)
    raw = [RawFile(p.name, p.read_bytes()) for p in files] or project.files(data_set)
    clean = clean_observations(
        read_observations(raw, data_set.columns), freq=data_set.freq, columns=data_set.columns
    )
    # What networks say by themselves is looked at here, not what is trusted of it.
    own = {"shrinkage": False, "steps": STEPS[data_set.freq]}
    settings = data_set.network(NETWORK).model_copy(update=own)
    if settings.corrects == "auto":  # what is looked at is the network, not what it picks
        settings = settings.model_copy(update={"corrects": "climatology"})
    columns = ("y", *(settings.hist_exog or ()), *(settings.futr_exog or ()))
    folds = [
        fold
        for series in clean.observations.series.values()
        for fold in _folds_of(series.pick(columns), data_set, first=first)
    ]
    return Case(name, settings, data_set.horizon, data_set.season, folds)


def _folds_of(series: Series, data_set: DataSet, *, first: str) -> list[HeldOut]:
    """The cutoffs of one series, by the refit at which their network is trained."""
    test = cutoff_at(period_of(data_set.cutoffs.first, data_set, where="first"), data_set)
    by_refit: dict[int, list[int]] = {}
    for period in range(period_of(first, data_set, where="first"), test.period):
        cutoff = cutoff_at(period, data_set)
        refit = refit_cutoff(cutoff, refit=data_set.refit_of(NETWORK) or 1, data_set=data_set)
        row = series.row_of(cutoff.step)
        if cutoff.step + data_set.horizon <= test.step and np.isfinite(series.y[row]):
            by_refit.setdefault(series.row_of(refit.step), []).append(row)
    assert steps_of(series.ds[:1], series.freq)[0] == series.first_step
    return [
        HeldOut(series.until(at), series.until(rows[-1] + data_set.horizon), np.array(rows))
        for at, rows in by_refit.items()
    ]


def held_out(fold: HeldOut, scale: Scale, case: Case, settings: NetworkSettings) -> Correction:
    """A fold's later windows, in the scale that was fitted at its refit.

    Args:
        fold: its cutoffs.
        scale: of the trained network.
        case: horizon and season.
        settings: resolved.
    """
    assert settings.transform == "none", "the errors below are in the unit of the target"
    known = fold.whole.until(int(fold.rows[-1]))
    sizes = {"season_length": case.season_length, "transform": "none"}
    one, references = [known], [scale.reference]
    (signals,) = signals_of_each(one, references, **sizes)
    inputs, _ = features_of(signals, scale.input_spreads, scale.centres, settings)
    (paths,) = paths_of_each(one, references, [fold.rows], horizon=case.horizon, **sizes)
    errors = fold.whole.y[fold.rows[:, None] + 1 + np.arange(case.horizon)] - paths
    seen = np.isfinite(errors)
    targets = np.where(seen, errors, 0.0) / scale.spread
    ahead = futr_features(known.columns, settings)
    return Correction(scale, inputs, fold.rows, targets, seen, "", ahead)


class Score(NamedTuple):
    """Squared errors over those of the reference on the same cutoffs; below 1 is better than it.

    Attributes:
        single: mean over the networks.
        mean: of the mean forecast of a fold's seeds.
        seeds: of each seed, its networks of all folds together.
        single_by_fold: parts of `single`, one for each fold, whose mean it is.
        mean_by_fold: parts of `mean`, the same.
    """

    single: float
    mean: float
    seeds: Float[np.ndarray, " seeds"]
    single_by_fold: Float[np.ndarray, " folds"]
    mean_by_fold: Float[np.ndarray, " folds"]


class Shown(NamedTuple):
    """Held-out windows of F networks: rows of all folds, the fold of each, the windows' numbers."""

    windows: Windows
    which: Int[Tensor, " F"]
    numbers: Int[Tensor, "F B"]

    def inputs(self, lags: int, *, back: int = 0) -> Float[Tensor, "F B T I"]:
        """The last `lags` lags of each window, or those that end `back` rows earlier."""
        earlier = replace(self.windows, ends=self.windows.ends - back)
        every = torch.ones_like(self.numbers, dtype=torch.bool)
        return gather_batch(
            earlier, self.which, self.numbers, every, input_size=lags
        ).inputs.contiguous()


def shown(corrections: Sequence[Correction], which: Sequence[int]) -> Shown:
    """All windows of these folds for networks that belong to them; short folds repeat a window."""
    windows = Windows.of(corrections, torch.float32, torch.device("cpu"))
    folds = torch.tensor(which)
    n = torch.tensor([len(c.ends) for c in corrections])[folds]
    numbers = torch.minimum(torch.arange(int(n.max())), n[:, None] - 1)
    return Shown(windows, folds, numbers)


def score_of(outputs: Float[Tensor, "F B horizon"], corrections: Sequence[Correction]) -> Score:
    """The errors of networks that put this out for their held-out windows.

    Args:
        outputs: of the seeds of the first fold, then of the second, and so on.
        corrections: the held-out windows of each fold.
    """
    by_fold = outputs.double().numpy().reshape(len(corrections), -1, *outputs.shape[1:])
    alone, mean, reference = [], [], []
    for fold, own in zip(corrections, by_fold, strict=True):
        targets, n, spread2 = fold.targets, len(fold.ends), fold.scale.spread**2
        errors = np.where(fold.observed, targets - own[:, :n], 0.0)
        of_mean = np.where(fold.observed, targets - own[:, :n].mean(0), 0.0)
        alone.append(spread2 * np.square(errors).sum((1, 2)))
        mean.append(spread2 * np.square(of_mean).sum())
        reference.append(spread2 * np.square(targets[fold.observed]).sum())
    usual = np.mean(reference)
    seeds = np.array(alone) / usual
    single, together = seeds.mean(1), np.array(mean) / usual
    return Score(float(single.mean()), float(together.mean()), seeds.mean(0), single, together)


class Difference(NamedTuple):
    """A mean of paired differences, and its standard error, folds taken as independent."""

    mean: float
    standard_error: float


def difference(
    ours: Float[np.ndarray, " folds"], theirs: Float[np.ndarray, " folds"]
) -> Difference:
    """Ours less theirs, fold by fold."""
    each = ours - theirs
    return Difference(float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each))))


def run_on(
    rows: Float[Tensor, "F P"], seen: Shown, case: Case, settings: NetworkSettings, lags: int
) -> Float[Tensor, "F B horizon"]:
    """What trained networks put out for their held-out windows, shown so many lags."""
    with torch.inference_mode():
        layout = layout_of(settings, n_columns=columns_of(case), horizon=case.horizon)
        return run_stack(rows, seen.inputs(lags), layout)


def columns_of(case: Case) -> int:
    """Columns of the case's series."""
    return len(case.folds[0].series.columns)

"""The models of one case beside each other: forecast once, scored on the same points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from bench.accuracy import autoets, measures
from bench.accuracy.cases import BASELINES, Case
from bench.accuracy.forecasts import Forecasts, forecast
from bench.accuracy.picked import pick
from pipeline.clean.observations import Observations


@dataclass
class Compared:
    """A case with the forecasts that have been made of it so far.

    Attributes:
        case: the data set.
        observations: its clean rows.
        better: by series the simple forecast that ratios are to.
        frames: by model its points: the columns of `tables.SCORES`.
        seconds: by model what making its forecasts took; of the baselines together.
        seeds: by network the points of each seed that never failed.
        trusted: by network the mean weight of its corrections over folds, seeds and steps.
    """

    case: Case
    observations: Observations
    better: dict[str, str]
    baselines_seconds: float
    frames: dict[str, pd.DataFrame]
    naive: pd.DataFrame
    seconds: dict[str, float] = field(default_factory=dict)
    seeds: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    trusted: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case, baselines: Sequence[str] = BASELINES) -> "Compared":
        """Baselines of a case, by default all there are."""
        found = forecast(case, baselines=baselines, networks={})
        points = _points(case, found.rows, found.observations)
        frames = {str(name): own for name, own in points.groupby("model")}
        better = measures.better_before(case, found.observations)
        naive = found.rows[found.rows["model"] == "naive"].reset_index(drop=True)
        return cls(case, found.observations, better, found.seconds, frames, naive)

    def add_autoets(self) -> None:
        """AutoETS beside them, where it is installed."""
        if not autoets.is_installed():
            return
        season = self.case.data_set.season
        rows, seconds = autoets.autoets(self.naive, self.observations, season_length=season)
        self.frames[autoets.NAME] = _points(self.case, rows, self.observations)
        self.seconds[autoets.NAME] = seconds

    def add(self, name: str, settings: Mapping[str, Any]) -> None:
        """A network, trained and forecast by the chain, as served and each seed of it."""
        key = "network"
        found = forecast(self.case, baselines=["climatology"], networks={key: settings})
        self._take(name, found, key)
        self.seconds[name] = found.seconds

    def add_together(self, networks: Mapping[str, Mapping[str, Any]]) -> None:
        """Several networks in one run of the chain, which costs less and is not timed."""
        keys = {f"n{k}": name for k, name in enumerate(networks)}
        settings = {key: networks[name] for key, name in keys.items()}
        found = forecast(self.case, baselines=["climatology"], networks=settings)
        for key, name in keys.items():
            self._take(name, found, key)

    def _take(self, name: str, found: Forecasts, key: str) -> None:
        rows = found.rows[found.rows["model"] == key].reset_index(drop=True)
        served = rows.assign(model=name)
        self.frames[name] = _points(self.case, served, self.observations)
        members = found.members[found.members["model"] == key]
        seeds = measures.seeds_of(served, members)
        self.seeds[name] = [_points(self.case, one, self.observations) for one in seeds.values()]
        self.trusted[name] = _trusted(found, key)

    def pick(self, names: Sequence[str], suffix: str = "") -> None:
        """Models made of those there are: the preferred one at each cutoff, and the mean of all."""
        frames = {name: self.frames[f"{name}{suffix}"] for name in names}
        sizes = {"horizon": self.case.data_set.horizon, "season": self.case.data_set.season}
        for name, points in pick(frames, self.observations, **sizes).items():
            self.frames[f"{name}{suffix}"] = points.assign(model=f"{name}{suffix}")

    def ratios(self, points: pd.DataFrame) -> np.ndarray:
        """Of one model: its ratio on each series, in the order of their names."""
        simple = pd.concat([self.frames[name] for name in measures.SIMPLE])
        found = measures.ratios(points, measures.mse_of(simple), self.better)
        return next(iter(found.values()))

    def of_few_seeds(self, name: str, n: int) -> float:
        """The ratio that the mean of n seeds has: the mean over every choice of neighbours."""
        seeds = self.seeds[name]
        groups = [[seeds[(k + i) % len(seeds)] for i in range(n)] for k in range(len(seeds))]
        served = [measures.mean_of_seeds(group) for group in groups]
        points = [one.assign(error=one["y_hat"] - one["y"]) for one in served]
        return float(np.mean([measures.geometric(self.ratios(one)) for one in points]))

    def table(self, names: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
        """By model all numbers of it."""
        references = {
            name: self.case.data_set.reference_of(name) for name in self.observations.series
        }
        board = measures.board_of(pd.concat(self.frames.values()), references)
        return {name: _plain(board[name] | self._row(name)) for name in names or self.frames}

    def _row(self, name: str) -> dict[str, Any]:
        of_series = self.ratios(self.frames[name])
        row: dict[str, Any] = measures.summary(of_series)
        ids = sorted(map(str, self.frames[name]["unique_id"].unique()))
        row["series"] = dict(zip(ids, of_series.tolist(), strict=True))
        if name in self.seconds:
            row["seconds"] = self.seconds[name]
        if self.seeds.get(name):
            alone = [measures.geometric(self.ratios(one)) for one in self.seeds[name]]
            row["seeds"] = measures.seed_summary(alone)
        if name in self.trusted:
            row["trusted"] = self.trusted[name]
        return row


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: a number that does not exist, as MAE over several series, is null."""
    return {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()}


def _points(case: Case, rows: pd.DataFrame, observations: Observations) -> pd.DataFrame:
    return measures.points_of(rows, observations, season_length=case.data_set.season)


def _trusted(found: Forecasts, key: str) -> float:
    """The mean over horizon groups of what its corrections are multiplied by; 1: not shrunk."""
    trusted = found.trusted
    own = trusted[trusted["unique_id"].isna() & (trusted["model"] == key)]
    return float(own["mean"].mean()) if len(own) else 1.0

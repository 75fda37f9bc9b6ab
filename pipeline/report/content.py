"""Everything that a report is made of: the stored tables, as far as there are any.

Frames have the columns of `pipeline/tables.py`. What was not made is None, and its section is left
out; of many series those that need their rows hold a few, chosen by `shown.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from pipeline.plots.theme import SERVED as LOOK_OF_SERVED
from pipeline.plots.theme import Look, looks_of
from pipeline.served.settings import SERVED


@dataclass(frozen=True)
class Share:
    """What the networks add to the blend.

    Attributes:
        gain: 1 - error(blend) / error(blend without networks).
        p_value: probability of so large a difference if both were equally good; NaN where too few
            cutoffs tell.
    """

    gain: float
    p_value: float


@dataclass(frozen=True)
class About:
    """What the data set is.

    Attributes:
        name: of the data set.
        target: the column that is forecast, as the files spell it.
        freq: of its grid, as "MS".
        horizon: steps ahead.
        season: steps in a season.
        baselines: their names, in the declared order.
        networks: the same.
        references: the declared reference of each series.
        cutoffs: first and last one that can be forecast, as dates in words; empty without.
        n_cutoffs: how many can be.
        served: "blend", or the model that is served as it is; empty where nothing is served.
    """

    name: str
    target: str
    freq: str
    horizon: int
    season: int
    baselines: Sequence[str]
    networks: Sequence[str]
    references: Mapping[str, str]
    cutoffs: Sequence[str] = ()
    n_cutoffs: int = 0
    served: str = ""


@dataclass(frozen=True)
class Content:
    """The tables.

    Attributes:
        about: the data set.
        board: `LEADERBOARD`, of all series.
        history: unique_id, ds, y of the shown series, in order; NaN where nothing was observed.
        points: `SCORES` of the shown series.
        newest: `FORECASTS` of the newest cutoff of each shown series.
        verdicts: `VERDICTS`.
        stretches: of the shown series what each fold may know, as `plots/folds.py` has it.
        folds_of: the model that the stretches are those of.
        intervals: `INTERVALS` of the newest cutoff of each shown series.
        seasons: unique_id, season, model, n_scored, mae, mase, skill.
        stability: unique_id, model, n, revision.
        summary: model, seed_mean, seed_sd, win_rate, training_seconds and others.
        shrinkage: `SHRINKAGE`.
        weights: `WEIGHTS`, the mean over series and steps where unique_id is null.
        reasons: unique_id and words: of the shown series why it is served what it is, now.
        share: of the networks in the blend.
    """

    about: About
    board: pd.DataFrame
    history: pd.DataFrame
    points: pd.DataFrame
    newest: pd.DataFrame
    verdicts: pd.DataFrame
    stretches: pd.DataFrame
    folds_of: str = ""
    intervals: pd.DataFrame | None = None
    seasons: pd.DataFrame | None = None
    stability: pd.DataFrame | None = None
    summary: pd.DataFrame | None = None
    shrinkage: pd.DataFrame | None = None
    weights: pd.DataFrame | None = None
    reasons: pd.DataFrame | None = None
    share: Share | None = None
    looks: Mapping[str, Look] = field(init=False)

    def __post_init__(self) -> None:
        baselines, networks = list(self.about.baselines), list(self.about.networks)
        own = {*baselines, *networks, SERVED}
        others = sorted({*map(str, self.board["model"]), *map(str, self.newest["model"])} - own)
        found = looks_of([*baselines, *others], networks)
        object.__setattr__(self, "looks", found | {SERVED: LOOK_OF_SERVED})

    @property
    def series(self) -> list[str]:
        """All series that were scored, by name."""
        return sorted(map(str, self.board["unique_id"].dropna().unique()))

    @property
    def shown(self) -> list[str]:
        """The series whose rows are here, in their order."""
        return list(dict.fromkeys(map(str, self.history["unique_id"])))

    @property
    def ranked(self) -> pd.DataFrame:
        """The leaderboard over all steps: of the mean over series, or of the only one."""
        return self.whole(self.board["step"].isna())

    def whole(self, chosen: "pd.Series[bool]") -> pd.DataFrame:
        """Rows of the board that stand for the whole data set: the mean, or the only series."""
        alone = len(self.series) == 1
        ids = self.board["unique_id"]
        return self.board[chosen & (ids.notna() if alone else ids.isna())]

    @staticmethod
    def means(frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of a table over all series: unique_id is null; those of the only one without."""
        ids = frame["unique_id"]
        return frame[ids.isna()] if ids.isna().any() else frame

    @property
    def leading(self) -> list[str]:
        """The models to be drawn first: the served one, the reference, the best ones."""
        order = self.ranked["model"].tolist()
        first = [m for m in order if m == SERVED]
        return list(dict.fromkeys([*first, *order[:1], *self.of_reference, *order]))

    def leading_on(self, name: str) -> list[str]:
        """The same for one series, with its own reference."""
        order = self.leading
        first = [m for m in order if m == SERVED] or order[:1]
        return list(dict.fromkeys([*first, self.about.references[name], *order]))

    def dots(
        self, models: Sequence[str], values: Sequence[float], said: Sequence[str]
    ) -> pd.DataFrame:
        """A dot for each model, without a range, as `plots/dots.py` draws it.

        Args:
            models: their names, from top to bottom.
            values: where the dots lie.
            said: the numbers beside them.
        """
        return pd.DataFrame(
            {
                "name": models,
                "value": values,
                "low": float("nan"),
                "high": float("nan"),
                "colour": [self.looks[model].colour for model in models],
                "number": said,
            }
        )

    @property
    def of_reference(self) -> list[str]:
        """The models that skill is measured against."""
        names = self.series or list(self.about.references)
        return list(dict.fromkeys(self.about.references[n] for n in names))

"""DataSet: what a data set may declare, put together from the stages' settings.

Here are the model and what follows from it by default. What must hold between its parts is
`declaration_rules.py`, `declaration_names.py` and `declaration_scope.py`; reading it from YAML,
with line numbers, is `declaration_file.py`.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, field_validator, model_validator

from pipeline import declaration_names as names
from pipeline import declaration_rules as rules
from pipeline.baselines.settings import BY_DEFAULT, FITTED, BaselineName, BaselineSettings
from pipeline.calendar import SEASON_LENGTH, Freq
from pipeline.declaration_scope import check_scope
from pipeline.imported.settings import ImportedSettings
from pipeline.raw.settings import Columns
from pipeline.rnn.presets import SEASONS, resolve
from pipeline.rnn.settings import NetworkSettings
from pipeline.served.settings import (
    SERVED,
    WITHOUT_NETWORKS,
    ServedSettings,
    others_to_blend,
)
from pipeline.strict import Strict

Every = Literal["MS", "QS", "W", "D"]
"""How often there is a cutoff: each month, quarter, week (Sunday to Saturday) or day has one."""

_BASELINES_BY_DEFAULT: dict[str, BaselineSettings] = {
    name: BaselineSettings() for name in BY_DEFAULT
}


_Pattern = Annotated[str, Field(min_length=1)]


class Cutoffs(Strict):
    """The partitions: from `first` to `last`, one per `every`; a key is the start of its window."""

    first: str = Field(description="key of the first: the day its window starts, as 1990-01-01")
    last: str | None = Field(
        default=None, description="key of the last; without it they grow with the clock"
    )
    every: Every | None = Field(default=None, description="by default the freq of the data")


class DataSet(Strict):
    """A data set: its files, columns, grid, cutoffs and models. Its name is that of its folder."""

    files: _Pattern | Annotated[list[_Pattern], Field(min_length=1)] = Field(
        description="CSV files, as patterns from the project's folder"
    )
    source: str = Field(
        default="", description="where the files come from; said when there is none yet"
    )
    columns: Columns
    freq: Freq = Field(description="the regular grid: MS, QS, W or D")
    horizon: Annotated[int, Field(ge=1, le=99)] = Field(description="steps to forecast")
    season_length: Annotated[int, Field(ge=2)] | None = Field(
        default=None, description="steps in a season: 12, 4, 52, 7 for MS, QS, W, D"
    )
    cutoffs: Cutoffs
    reference: BaselineName | dict[str, BaselineName] = Field(
        default="climatology",
        description="what skill is measured against; by series where given as a mapping, "
        "climatology for series that it leaves out",
    )
    min_train_rows: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="observed targets a fold needs; by default the largest need of its models",
    )
    max_staleness: Annotated[int, Field(ge=0)] = Field(
        default=0, description="steps before the cutoff at which the last target may lie"
    )
    timezone: str = Field(
        default="UTC",
        description="IANA name, as Europe/Berlin: where a cutoff's window ends at midnight",
    )
    publication_lag: Annotated[int, Field(ge=0, le=366)] = Field(
        default=0,
        description="days after the end of a cutoff's window until its last observation is "
        "published; the schedule ticks then",
    )
    baselines: dict[str, BaselineSettings] = Field(
        default=_BASELINES_BY_DEFAULT,
        description="by default naive, seasonal_naive, climatology, window_average, ar and "
        "ar_seasonal; there are also anomaly_persistence, damped_trend and holt_winters",
    )
    networks: dict[str, NetworkSettings] = Field(default={})
    served: ServedSettings = Field(
        default=ServedSettings(), description="what a user acts on, and its intervals"
    )
    imported: dict[str, ImportedSettings] = Field(
        default={}, description="models of other programs, by the files with their forecasts"
    )
    owners: list[str] = Field(
        default=["team:hindcast"],
        description="who is asked about it, shown in the UI: mail addresses, or team:NAME",
    )

    @field_validator("baselines", "networks", mode="before")
    @classmethod
    def _bare_names(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        """`naive:` with nothing behind it means its defaults, and so does a list of names."""
        if isinstance(value, list) and all(isinstance(name, str) for name in value):
            value = dict.fromkeys(value)
        if isinstance(value, dict):
            return {name: {} if options is None else options for name, options in value.items()}
        return value

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        rules.check_every(self.every, freq=self.freq)
        rules.check_timezone(self.timezone)
        names.check_columns(self.columns)
        for name, baseline in self.baselines.items():
            rules.check_baseline(name, baseline)
        names.check_names(self.baselines, self.networks, self.imported)
        for part in ("baselines", "networks", "imported"):
            names.check_bounds(f"{part}.{name}" for name in getattr(self, part))
        names.check_imported(self.imported, baselines=self.baselines, networks=self.networks)
        for name, network in self.networks.items():
            rules.check_network(name, network, columns=self.columns, seasons=SEASONS[self.freq])
            check_scope(name, network)
        rules.check_least_rows(self.min_train_rows, needed=self._largest_need)
        rules.check_reference(self.reference, baselines=self.baselines)
        names.check_served(self.served, models=self.models)
        names.check_owners(self.owners)
        return self

    _name: str = PrivateAttr(default="")
    _resolved: dict[tuple[str, str], Any] = PrivateAttr(default_factory=dict)
    """Asked for once per fold: worked out once per name."""

    def named(self, name: str) -> Self:
        """The same declaration under the name of its folder."""
        copy = self.model_copy()
        copy._name = name
        return copy

    @property
    def name(self) -> str:
        """The data set's name: that of the folder its declaration lies in."""
        return self._name

    @property
    def season(self) -> int:
        """Steps in a season, declared or by freq."""
        return self.season_length or SEASON_LENGTH[self.freq]

    @property
    def every(self) -> Every:
        """How often there is a cutoff."""
        return self.cutoffs.every or self.freq

    def reference_of(self, unique_id: str) -> str:
        """The declared reference of a series."""
        if isinstance(self.reference, str):
            return self.reference
        return self.reference.get(unique_id, "climatology")

    def baseline(self, name: str) -> BaselineSettings:
        """A baseline with nothing left open: its formula, and its lags where it has some.

        Formulas without coefficients have a meaning also where they are not declared.
        """
        if found := self._resolved.get(("baseline", name)):
            return found
        settings = self.baselines.get(name) or BaselineSettings()
        model = settings.model or name
        lags = settings.lags
        if model in FITTED and lags is None:
            lags = 12 if self.freq == "MS" else 2 * self.season
        resolved = settings.model_copy(update={"model": model, "lags": lags})
        return self._resolved.setdefault(("baseline", name), resolved)

    def network(self, name: str) -> NetworkSettings:
        """A network with nothing left open: what is not declared comes from its preset.

        `hist_exog` and `futr_exog` are the full lists of columns it sees besides the target.
        """
        if found := self._resolved.get(("network", name)):
            return found
        declared = self.networks[name]
        every = {
            option: list(getattr(self.columns, option))
            for option in ("hist_exog", "futr_exog")
            if getattr(declared, option) is None
        }
        resolved = resolve(declared, freq=self.freq).model_copy(update=every)
        return self._resolved.setdefault(("network", name), resolved)

    @property
    def models(self) -> list[str]:
        """Every model of the data set: baselines in their order, networks, then imported ones."""
        return [*self.baselines, *self.networks, *self.imported]

    @property
    def candidates(self) -> list[str]:
        """Models that the served forecast may be made of; what repeats a published one is none."""
        baselines = [name for name in self.baselines if not self.baseline(name).reproduction]
        return [*baselines, *self.candidate_networks, *self.imported]

    @property
    def candidate_networks(self) -> list[str]:
        """The networks among them."""
        return [name for name in self.networks if not self.network(name).reproduction]

    @property
    def served_models(self) -> list[str]:
        """What is made of the models: the served forecast, and what it is without networks."""
        others = others_to_blend(self.served.serve, self.candidates, self.candidate_networks)
        return [SERVED, *([WITHOUT_NETWORKS] if others else [])]

    @property
    def scored_models(self) -> list[str]:
        """Every row of the leaderboard: the models, then what is served."""
        return [*self.models, *self.served_models]

    def refit_of(self, model: str) -> int | None:
        """Refit of a model; None for baselines without coefficients, which use every row.

        None of an imported one too: how it was fitted is not known here.
        """
        if model in self.imported:
            return None
        if model in self.networks:
            return self.network(model).refit
        settings = self.baseline(model)
        return settings.refit if settings.model in FITTED else None

    @property
    def needed_rows(self) -> int:
        """Observed targets that a fold needs before it is ready: all models share their folds."""
        return self.min_train_rows or self._largest_need

    @property
    def _largest_need(self) -> int:
        return max(
            [self.season + 1]
            + [
                rules.rows_of_a_regression(self.baseline(name), self.season)
                for name in self.baselines
            ]
            + [rules.rows_of_a_window(self.network(name), self.horizon) for name in self.networks]
        )

"""What a network may declare, and the version of its numbers."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.strict import Strict

VERSION = "5"
"""Raise it when the same rows and settings give other weights or forecasts; networks train anew."""

FORECAST_VERSION = "3"
"""Raise it when the same networks give other forecasts, or the same ones stored otherwise."""

CellName = Literal["rnn", "gru", "lstm"]
LossName = Literal["mse", "mae", "huber", "tweedie", "quantile"]
Correctable = Literal[
    "climatology",
    "seasonal_naive",
    "naive",
    "anomaly_persistence",
    "damped_trend",
    "holt_winters",
    "none",
]
Corrects = Literal["auto", Correctable]
Transform = Literal["none", "standard", "robust", "sqrt", "log1p", "log"]
Scope = Literal["local", "global"]
SeasonName = Literal["month", "quarter", "week", "day_of_week", "day_of_year"]


class NetworkSettings(Strict):
    """One network of a data set; the key it stands under is its name on the leaderboard.

    What is left out comes from the preset (`pipeline/rnn/presets.py`), by the data's frequency.
    """

    preset: Literal["default", "article"] = Field(
        default="default", description="where the settings that are not declared come from"
    )
    scope: Scope = Field(
        default="local",
        description="local: a network of its own for each series; global: one network of all "
        "series, each with its own reference and scale",
    )
    cell: CellName = Field(
        default="rnn",
        description="the recurrence: rnn is the tanh one; gru and lstm have gates, and 3 and 4 "
        "times its weights",
    )
    corrects: Corrects | dict[str, Corrects] | None = Field(
        default=None,
        description="the simple forecast this network corrects; auto: of each series the one with "
        "the least squared error up to the refit cutoff; by series where given as a mapping, "
        "climatology for series that it leaves out; none: it forecasts the raw values by itself",
    )
    input_size: Annotated[int, Field(ge=1)] | None = Field(default=None, description="lags it sees")
    hist_exog: list[str] | None = Field(
        default=None, description="the other columns it sees; by default all that are declared"
    )
    futr_exog: list[str] | None = Field(
        default=None,
        description="the columns known ahead that it sees, at its lags and over the steps that it "
        "forecasts; by default all that are declared",
    )
    calendar: bool | Annotated[list[SeasonName], Field(min_length=1)] | None = Field(
        default=None,
        description="true: the place in the season as sine and cosine at each lag (MS month, QS "
        "quarter, W week, D day_of_week and day_of_year); or a list of these",
    )
    transform: Transform | None = Field(
        default=None,
        description="the scale it corrects on: none; sqrt, log1p or log of the target; standard "
        "and robust say how spreads are estimated (standard deviation, or quartiles), and with "
        "`corrects: none` they scale every column",
    )
    mask_channel: bool | None = Field(
        default=None,
        description="one more input per column that says whether the cell was observed",
    )
    hidden_size: Annotated[int, Field(ge=1)] | None = None
    num_layers: Annotated[int, Field(ge=1)] | None = None
    steps: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="optimizer steps on windows drawn at random; or else `epochs`"
    )
    epochs: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="passes over all windows in the order of time; or else `steps`"
    )
    batch_size: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="windows a step"
    )
    learning_rate: Annotated[float, Field(gt=0)] | None = None
    schedule: Literal["cosine", "constant"] | None = Field(
        default=None, description="the learning rate over the steps: falling to zero, or constant"
    )
    clip: Annotated[float, Field(gt=0)] | Literal["none"] | None = Field(
        default=None, description="the largest norm of a gradient, of each network by itself"
    )
    loss: LossName | None = Field(
        default=None,
        description="what training makes small: squared error, absolute error, Huber's between the "
        "two, Tweedie's deviance of targets that are 0 or more (the correction is then a factor), "
        "or the pinball loss of the quantiles of `level`",
    )
    level: list[Annotated[float, Field(gt=0, lt=100)]] | None = Field(
        default=None,
        min_length=1,
        description="with `loss: quantile`: the central intervals it forecasts, in percent",
    )
    shrinkage: bool | None = Field(
        default=None,
        description="whether its correction is multiplied by what held-back data trusts it with, 0 "
        "to 1 by horizon: a first fit without the last windows is measured on them, a second one "
        "sees all; by default where it corrects something, but not with `preset: article`",
    )
    early_stop_patience_steps: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="stop after so many checks without a better loss on the last windows, which "
        "are held back, and keep the best weights; by default every step is made",
    )
    val_check_steps: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="with early stopping: steps between two checks"
    )
    val_size: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="with early stopping: windows held back; by default a tenth, at least 12 and "
        "at least the horizon",
    )
    floor: float | None = Field(
        default=None,
        description="the least that it forecasts, in the unit of the target, as 0 of what cannot "
        "be negative; by default nothing is cut off",
    )
    seeds: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="networks per fold; the forecast is their mean"
    )
    refit: Annotated[int, Field(ge=0)] | None = Field(
        default=None,
        description="train anew at every k-th cutoff, counted on the calendar; 0: once, at the "
        "first",
    )
    dtype: Literal["float32", "float64"] | None = None
    matmul_precision: Literal["highest", "high", "medium"] | None = Field(
        default=None,
        description="how float32 products are rounded, in torch's words: highest is float32, high "
        "allows TF32 on a GPU, medium TF32 there and bfloat16 on a CPU",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="auto: the GPU when there is one"
    )
    kernel: Literal["torch", "fused"] = Field(
        default="torch",
        description="fused: training by compiled code in float32, made by the machine's C compiler "
        "for a CPU, several times faster there, and by Triton for a GPU, where it is faster for "
        "narrow networks and alone is together to the last bit. Its numbers differ from torch's by "
        "rounding",
    )
    reproduction: bool | None = Field(
        default=None, description="repeats somebody's published result: never a candidate to serve"
    )

    @property
    def seasons(self) -> list[SeasonName]:
        """The seasons it sees the place in; of resolved settings."""
        assert self.calendar is not True, "not resolved"
        return self.calendar or []

    @property
    def quantiles(self) -> tuple[float, ...]:
        """Probabilities of what it forecasts of each step, ascending: bounds and the median.

        A point forecast counts as the median.
        """
        tails = sorted((100 - one) / 200 for one in set(self.level or ()))
        if self.loss != "quantile":
            return (0.5,)
        return (*tails, 0.5, *(1 - tail for tail in reversed(tails)))

    @property
    def has_centres(self) -> bool:
        """Whether a network without a reference scales what it sees, on some series."""
        named = self.corrects.values() if isinstance(self.corrects, dict) else [self.corrects]
        return self.transform != "none" and "none" in named

    @property
    def stops_early(self) -> bool:
        """Whether windows are held back to choose the best weights."""
        return self.early_stop_patience_steps is not None


def corrects_of(settings: NetworkSettings, unique_id: str) -> Corrects:
    """What a network corrects on this series as declared: one name for all, or by series.

    Args:
        settings: resolved; a mapping leaves climatology for the series it does not name.
        unique_id: the series.
    """
    corrects = settings.corrects
    assert corrects is not None
    return corrects if isinstance(corrects, str) else corrects.get(unique_id, "climatology")

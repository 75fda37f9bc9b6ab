"""What a network may declare, and the version of its numbers."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.strict import Strict

VERSION = "1"
"""Raise it when the same rows and settings give other weights or forecasts; networks train anew."""

Correctable = Literal["climatology", "seasonal_naive", "naive", "none"]


class NetworkSettings(Strict):
    """One network of a data set; the key it stands under is its name on the leaderboard.

    What is left out comes from the preset (`pipeline/rnn/presets.py`), by the data's frequency.
    """

    preset: Literal["default", "article"] = Field(
        default="default", description="where the settings that are not declared come from"
    )
    cell: Literal["rnn"] = Field(default="rnn", description="the recurrence: rnn is the tanh one")
    corrects: Correctable | dict[str, Correctable] | None = Field(
        default=None,
        description="the simple forecast this network corrects; by series where given as a "
        "mapping, climatology for series that it leaves out; none: it forecasts the raw values "
        "by itself",
    )
    input_size: Annotated[int, Field(ge=1)] | None = Field(default=None, description="lags it sees")
    hist_exog: list[str] | None = Field(
        default=None, description="the other columns it sees; by default all that are declared"
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
    seeds: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="networks per fold; the forecast is their mean"
    )
    refit: Annotated[int, Field(ge=0)] | None = Field(
        default=None,
        description="train anew at every k-th cutoff, counted on the calendar; 0: once, at the "
        "first",
    )
    dtype: Literal["float32", "float64"] | None = None
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="auto: the GPU when there is one"
    )
    reproduction: bool | None = Field(
        default=None, description="repeats somebody's published result: never a candidate to serve"
    )


def corrects_of(settings: NetworkSettings, unique_id: str) -> Correctable:
    """What a network corrects on this series: one name for all, or by series.

    Args:
        settings: resolved; a mapping leaves climatology for the series it does not name.
        unique_id: the series.
    """
    corrects = settings.corrects
    assert corrects is not None
    return corrects if isinstance(corrects, str) else corrects.get(unique_id, "climatology")

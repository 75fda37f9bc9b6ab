"""Which baselines may be declared, their options, and the version of each one's numbers."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from pipeline.strict import Strict

BaselineName = Literal[
    "naive",
    "seasonal_naive",
    "climatology",
    "window_average",
    "ar",
    "ar_seasonal",
    "anomaly_persistence",
    "damped_trend",
    "holt_winters",
]

VERSIONS: dict[str, str] = {
    "naive": "1",
    "seasonal_naive": "1",
    "climatology": "1",
    "window_average": "1",
    "ar": "2",
    "ar_seasonal": "2",
    "anomaly_persistence": "1",
    "damped_trend": "2",
    "holt_winters": "1",
}
"""One per baseline: raise it when the same rows give other forecasts; only its folds are redone."""

BY_DEFAULT: tuple[BaselineName, ...] = (
    "naive",
    "seasonal_naive",
    "climatology",
    "window_average",
    "ar",
    "ar_seasonal",
)
"""There where nothing is declared; the others where they are."""

FITTED = ("ar", "ar_seasonal")
"""With coefficients: these alone know `refit`, `lags` and `trend`; the others use all rows."""

PickedName = Literal[
    "climatology", "seasonal_naive", "anomaly_persistence", "damped_trend", "holt_winters"
]

PICKED_FROM: tuple[PickedName, ...] = get_args(PickedName)
"""What a network may correct where it picks by past errors; damped_trend holds the last value."""

PICK_VERSION = "1"
"""Raise it when the same forecasts lead to other picks."""

BELOW_ZERO = ("anomaly_persistence", "damped_trend", "holt_winters")
"""These may lie below all that was observed, so below zero where it was not; of those that a
network may correct, the others are observed values or means of them."""


class BaselineSettings(Strict):
    """One baseline of a data set; the key it stands under is its name on the leaderboard."""

    model: BaselineName | None = Field(
        default=None, description="the formula; by default the one the key names"
    )
    lags: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="of ar and ar_seasonal: 12 for monthly data, else two seasons"
    )
    trend: Literal["c", "ct"] = Field(
        default="c", description="of ar and ar_seasonal: c a constant, ct also a slope in time"
    )
    refit: Annotated[int, Field(ge=0)] = Field(
        default=1,
        description="fit anew at every k-th cutoff, counted on the calendar; 0: once, at the first",
    )
    reproduction: bool = Field(
        default=False, description="repeats somebody's published result: never a candidate to serve"
    )

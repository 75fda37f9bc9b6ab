"""What may be declared of served forecasts, and their version."""

from typing import Annotated

from pydantic import Field

from pipeline.strict import Strict

VERSION = "1"
"""Raise it when the same forecasts and actuals give another blend or other intervals."""

SERVED = "served"
"""The name of the served forecast among the models."""

WITHOUT_NETWORKS = "served_without_networks"
"""The name of the same blend without networks: what they add is the difference to it."""

BLEND = "blend"
"""What is served where nothing else is declared."""

LEVELS = (80.0, 95.0)
"""Of the intervals, in percent."""


class ServedSettings(Strict):
    """What a data set may say of its served forecast."""

    serve: str = Field(
        default=BLEND, description="blend, or the name of the model that is served as it is"
    )
    n_calibration: Annotated[int, Field(ge=4, le=48)] = Field(
        default=48,
        description="earlier cutoffs whose errors set the weights of the blend and the intervals; "
        "with fewer than 8 known ones the reference is served",
    )
    event_above: float | None = Field(
        default=None,
        description="a threshold in the unit of the target: how probable is a value above it",
    )


def others_to_blend(
    serve: str, candidates: list[str], networks: list[str] | tuple[str, ...]
) -> list[str]:
    """What would be blended had there been no networks; nothing where that is no other blend."""
    others = [name for name in candidates if name not in networks]
    return others if serve == BLEND and len(others) < len(candidates) else []

"""The parent of every declared model: unknown keys and wrong types are errors, no conversions."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A declared part: no unknown keys, no conversions ("12" is not 12), immutable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

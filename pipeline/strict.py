"""The parent of every declared model: unknown keys and wrong types are errors, values never change."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A declared part: no unknown keys, no conversions ("12" is not 12), immutable."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

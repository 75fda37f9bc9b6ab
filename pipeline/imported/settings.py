"""What may be declared of imported forecasts, and the version of their reading."""

from typing import Annotated

from pydantic import Field

from pipeline.strict import Strict

VERSION = "1"
"""Raise it when the same files are read as other numbers; every imported fold is redone."""


class ImportedSettings(Strict):
    """One model of another program; the key it stands under is its name on the leaderboard."""

    files: (
        Annotated[str, Field(min_length=1)]
        | Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    ) = Field(
        description="Parquet or CSV files with unique_id, ds, cutoff and a column per model, as "
        "patterns from the project's folder; several files are read as one"
    )
    column: str | None = Field(
        default=None, description="the column with its forecasts; by default the model's name"
    )

"""What a data set may declare about its CSV files, and the version of their reading."""

from typing import Annotated

from pydantic import Field

from pipeline.strict import Strict

VERSION = "1"
"""Raise it when the same bytes are read as other numbers; every fold is computed anew."""


class Columns(Strict):
    """Which column of the CSV files is what; names match exactly."""

    ds: str | Annotated[list[str], Field(min_length=1, max_length=3)] = Field(
        description="the timestamp: one column, or its parts in the order year, month, day"
    )
    ds_format: str = Field(
        default="%Y-%m-%d",
        description="how the timestamps of one column are written, in the letters of strptime",
    )
    unique_id: str | None = Field(
        default=None,
        description="the column that names the series; without it a file is a series and its "
        "stem the name",
    )
    y: str = Field(description="the target")
    hist_exog: list[str] = Field(
        default=[], description="further columns, known up to the cutoff and not after it"
    )
    futr_exog: list[str] = Field(
        default=[],
        description="further columns that are known ahead by construction, as holidays, tariffs, "
        "opening days; never something observed. Their rows may go on where those of y end",
    )

    missing: list[Annotated[str, Field(pattern=r"^\S(.*\S)?$")]] = Field(
        default=[],
        description="what stands in cells of numbers where nothing was observed, as [n/a]; an "
        "empty cell always does",
    )

    @property
    def exog(self) -> list[str]:
        """The further columns: those known up to the cutoff, then those known ahead."""
        return [*self.hist_exog, *self.futr_exog]

    @property
    def values(self) -> list[str]:
        """The numeric columns as the files spell them: the target first, then the others."""
        return [self.y, *self.exog]

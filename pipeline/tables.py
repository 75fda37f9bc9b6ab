"""Every stored table: column, dtype, unit, meaning. The one place for column names.

Stages build frames with these columns; the store casts them to these types, so that the bytes do
not depend on what pandas happens to use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """A column of a stored table, or a tensor of a pack.

    `dtype` is one of text, time, float64, int64, int32; of a tensor its dtype and shape.
    """

    name: str
    dtype: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """A stored table: its columns in order, with what they mean."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """The column names in order."""
        return [c.name for c in self.columns]

    def with_columns(self, columns: Sequence[Column]) -> "Table":
        """The same table with further columns behind."""
        return Table(self.name, (*self.columns, *columns))

    def empty(self) -> "pd.DataFrame":
        """A frame without rows, its columns of the table's types."""
        return self.schema().empty_table().to_pandas()

    def schema(self) -> "pa.Schema":
        """The Parquet schema: text as string, times as timestamp[ns] without zone."""
        import pyarrow as pa

        kinds = {
            "text": pa.string(),
            "time": pa.timestamp("ns"),
            "float64": pa.float64(),
            "int64": pa.int64(),
            "int32": pa.int32(),
        }
        return pa.schema([pa.field(c.name, kinds[c.dtype]) for c in self.columns])


UNIQUE_ID = Column("unique_id", "text", "", "name of the series")
DS = Column("ds", "time", "UTC", "time of the observation or of the forecast step")
CUTOFF = Column("cutoff", "time", "UTC", "last time the forecast may know, inclusive")
STEP = Column("step", "int32", "steps", "steps from the cutoff to ds: 1 is the next one")
MODEL = Column("model", "text", "", "name of the baseline or network")
STATUS = Column("status", "text", "", "ok, or failed: then y_hat is the reference's forecast")
REASON = Column("reason", "text", "", "why it failed, or a note where it did not; else empty")
Y = Column("y", "float64", "of the source", "observed target; null where nothing was observed")
Y_HAT = Column("y_hat", "float64", "of the target", "forecast")

OBSERVATIONS = Table("observations", (UNIQUE_ID, DS, Y))
"""Clean rows on the regular grid; the exogenous columns follow under their own names."""

RAW = Table(
    "raw",
    (
        UNIQUE_ID,
        DS,
        Column("file", "text", "", "the file the row stands in, as the user names it"),
        Column("line", "int64", "", "the line in that file, the header is line 1"),
        Y,
    ),
)
"""Rows as read, in the order of the files; the exogenous columns follow under their own names."""

VERDICTS = Table(
    "verdicts",
    (
        Column("file", "text", "", "the file; empty for what stands in no file"),
        Column("line", "int64", "", "the line, the header is line 1; null for an absent row"),
        Column("column", "text", "", "the column as the file spells it; empty for a whole row"),
        UNIQUE_ID,
        DS,
        Column("value", "text", "", "what stood there"),
        Column("rule", "text", "", "why it was changed or refused"),
        Column("verdict", "text", "", "what became of it: missing, or changed"),
    ),
)

FORECASTS = Table(
    "forecasts",
    (
        UNIQUE_ID,
        DS,
        CUTOFF,
        STEP,
        MODEL,
        Y_HAT,
        STATUS,
        REASON,
        Column("failed_seeds", "int32", "networks", "seeds that failed: y_hat is of the others"),
    ),
)

MEMBERS = Table(
    "members",
    (
        UNIQUE_ID,
        DS,
        CUTOFF,
        STEP,
        MODEL,
        Column("seed", "int32", "", "index of the seed, from 0; one that failed has no row"),
        Column("quantile", "float64", "of 1", "probability that y lies below; 0.5 of a point"),
        Y_HAT,
    ),
)
"""What each seed of a network says; y_hat of `FORECASTS` is the mean over the seeds at 0.5."""

_LEVEL = Column("level", "float64", "percent", "of actuals that should lie between lo and hi")
_LO = Column("lo", "float64", "of the target", "lower bound; null with too few earlier errors")
_HI = Column("hi", "float64", "of the target", "upper bound; null with too few earlier errors")

INTERVALS = Table(
    "intervals",
    (
        UNIQUE_ID,
        DS,
        CUTOFF,
        STEP,
        MODEL,
        _LEVEL,
        _LO,
        _HI,
        Column("n_errors", "int32", "cutoffs", "earlier ones whose errors the bounds are made of"),
    ),
)
"""Split-conformal intervals of every forecast, also of the served one."""

PROBABILITIES = Table(
    "probabilities",
    (
        UNIQUE_ID,
        DS,
        CUTOFF,
        STEP,
        MODEL,
        Column("above", "float64", "of the target", "the declared threshold"),
        Column("probability", "float64", "of 1", "that y lies above; null with too few errors"),
        Column("n_errors", "int32", "cutoffs", "earlier ones whose errors it is made of"),
    ),
)
"""Where an event is declared: how probable it is, by the same errors as the intervals."""

WEIGHTS = Table(
    "weights",
    (
        UNIQUE_ID,
        CUTOFF,
        Column("steps", "text", "steps", "steps ahead that share a weight, as 2-3"),
        MODEL,
        Column("weight", "float64", "", "the model's share in the served forecast; they sum to 1"),
        Column("error", "float64", "", "its mean squared error before, over that of the best one"),
        Column("n_errors", "int32", "cutoffs", "earlier ones whose errors the weight is made of"),
    ),
)
"""What the served forecast is made of; without a row of its own a model is no candidate."""

SCALE = Column(
    "scale",
    "float64",
    "of the target",
    "mean absolute error of seasonal_naive one season back, on rows <= cutoff; null if zero",
)

SCORED_INTERVALS = Table("scored_intervals", (*INTERVALS.columns, Y, Y_HAT, SCALE))
"""Intervals whose actual is observed, also those without bounds: they are counted."""

SCORED_EVENTS = Table("scored_events", (*PROBABILITIES.columns, Y))
"""Probabilities whose actual is observed, also those that are missing: they are counted."""

COEFFICIENTS = Table(
    "coefficients",
    (
        UNIQUE_ID,
        CUTOFF,
        MODEL,
        Column("term", "text", "", "const, trend, s(k,m) for season k of m, y.Lk for lag k"),
        Column("coefficient", "float64", "of the target, or per unit of it", "fitted value"),
    ),
)

SCORES = Table(
    "scores",
    (
        UNIQUE_ID,
        DS,
        CUTOFF,
        STEP,
        MODEL,
        Y,
        Y_HAT,
        Column("error", "float64", "of the target", "forecast minus actual"),
        SCALE,
        Column(
            "rmsse_scale",
            "float64",
            "of the target squared",
            "the same of squared errors; null if zero",
        ),
        STATUS,
    ),
)

"""Every stored pack of tensors: of each its dtype with its shape, its unit and meaning.

Tables of rows are in `tables.py`.
"""

from dataclasses import dataclass

from pipeline.tables import Column


@dataclass(frozen=True)
class Pack:
    """A stored pack of tensors: of each its dtype with its shape, its unit and meaning."""

    name: str
    columns: tuple[Column, ...]


WINDOWS = Pack(
    "windows",
    (
        Column("offsets", "int64 [series + 1]", "windows", "series k has offsets[k]..[k + 1]"),
        Column("starts", "int32 [windows]", "steps", "row of the series at which a window starts"),
        Column("observed", "bool [windows, horizon]", "", "which targets of it were observed"),
        Column(
            "context",
            "float64 [series, input_size, columns]",
            "of the source",
            "the last rows before the forecast, gaps filled as of their time; the target first",
        ),
        Column(
            "context_observed",
            "bool [series, input_size, columns]",
            "",
            "which of them were observed, not filled",
        ),
    ),
)
"""Tensors of a group, named `<input_size>:<columns>/<tensor>`; series in the order of `unique_id`
in the pack's metadata."""

NETWORKS = Pack(
    "networks",
    (
        Column("weights", "float32 [networks, P]", "", "one flat row per network"),
        Column("spread", "float64 [networks]", "of the target", "of the reference's errors"),
        Column("input_spreads", "float64 [networks, ...]", "of the source", "inputs over these"),
        Column("n_windows", "int64 [networks]", "windows", "it was trained on"),
        Column("shrinkage", "float64 [networks, horizon]", "", "corrections are multiplied by it"),
        Column("losses", "float32 [points]", "of the squared spread", "training loss, end to end"),
        Column("reference", "uint8 [bytes]", "", "names of what is corrected, end to end"),
        Column("status", "uint8 [bytes]", "", "ok or failed, end to end"),
        Column("reason", "uint8 [bytes]", "", "why one failed, end to end"),
        Column("untested", "uint8 [bytes]", "", "why its shrinkage is 0 unmeasured, end to end"),
    ),
)
"""Tensors of a pack of networks; `*.lengths` says where those laid end to end are cut. In a pack of
networks of all series spread, input_spreads and reference are those of `MEMBERS_OF_NETWORKS`."""

MEMBERS_OF_NETWORKS = (
    Column("members", "int64 [networks]", "series", "whose windows it may have been trained on"),
    Column("members.unique_id", "uint8 [bytes]", "", "names of the series, end to end"),
    Column("members.spread", "float64 [members]", "of the target", "of the reference's errors"),
    Column("members.input_spreads", "float64 [members, ...]", "of the source", "inputs over these"),
    Column("members.shrinkage", "float64 [members, horizon]", "", "of each series; else as all"),
    Column("members.n_windows", "int64 [members]", "windows", "of each series"),
    Column("members.reference", "uint8 [bytes]", "", "names of what is corrected, end to end"),
    Column("members.reason", "uint8 [bytes]", "", "why a series is left out, end to end"),
    Column("members.untested", "uint8 [bytes]", "", "why its shrinkage is 0, end to end"),
)
"""Further tensors of networks of all series: their series, those of all networks end to end."""

FUTR = Column(
    "futr",
    "float64 [series, horizon, futr_exog]",
    "of the source",
    "what is known ahead of the steps to forecast",
)
"""One more tensor of windows with columns that are known ahead."""

CENTRES = Column(
    "centres", "float64 [networks, columns]", "of the source", "inputs less these, over spreads"
)
"""One more tensor of networks that correct nothing and have a transform."""

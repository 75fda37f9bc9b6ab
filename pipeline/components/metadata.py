"""What the UI shows beside a materialization: counts, board, coefficients, expected values."""

from typing import TYPE_CHECKING, Any

import dagster as dg

from pipeline.chain.project import Project
from pipeline.chain.run import Done
from pipeline.chain.stages import Stage
from pipeline.declaration import DataSet

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 60
"""Of a table in the UI."""


def metadata_of(stage: Stage, data_set: DataSet, project: Project, done: Done) -> dict[str, Any]:
    """Counts of the artifact, where it lies, and the tables that belong to its stage."""
    key = (done.cutoff.key,) if done.cutoff else ()
    found: dict[str, Any] = {k: _shown(v) for k, v in done.manifest.facts.items()}
    found |= {"made": len(done.made), "reused": done.reused}
    found["path"] = dg.MetadataValue.path(project.store.folder(data_set.name, stage.name, *key))
    if stage.name == "leaderboard":
        found["board"] = _markdown(board(project, data_set))
    if stage.name == "baseline_forecasts":
        found["coefficients"] = _coefficients(project, data_set, *key)
    if stage.name == "scores":
        found["predicted_and_expected"] = _predicted(project, data_set, *key)
    return found


def board(project: Project, data_set: DataSet) -> "pd.DataFrame":
    """The stored leaderboard over all steps: the mean over series first, then each series.

    Raises:
        DamagedError: there is none yet.
    """
    found = _table(project, "leaderboard.parquet", data_set.name, "leaderboard")
    return found[found["step"].isna()].drop(columns="step")


def _coefficients(project: Project, data_set: DataSet, cutoff: str) -> dg.MetadataValue:
    """A row per term, a column per series and model."""
    place = (data_set.name, "baseline_forecasts", cutoff)
    found = _table(project, "coefficients.parquet", *place)
    if found.empty:
        return dg.MetadataValue.md("none fitted")
    found["of"] = found["unique_id"] + ", " + found["model"]
    wide = found.pivot_table(index="term", columns="of", values="coefficient", sort=False)
    return _markdown(wide.reset_index())


def _predicted(project: Project, data_set: DataSet, cutoff: str) -> dg.MetadataValue:
    """A row per series and time, what was observed, and a column per model."""
    found = _table(project, "scores.parquet", data_set.name, "scores", cutoff)
    if found.empty:
        return dg.MetadataValue.md("no actual is known yet")
    found["ds"] = found["ds"].dt.strftime("%Y-%m-%d")
    wide = found.pivot_table(
        index=["unique_id", "ds", "y"], columns="model", values="y_hat", sort=False
    )
    return _markdown(wide.reset_index())


def _table(project: Project, name: str, *place: str) -> "pd.DataFrame":
    from pipeline.store.files import table_from_bytes

    return table_from_bytes(project.store.load(name, *place)[1])


def _markdown(frame: "pd.DataFrame") -> dg.MetadataValue:
    """A table in Markdown with four significant digits; rows past `_ROWS` are counted."""
    shown = frame.head(_ROWS)
    lines = [" | ".join(map(str, shown.columns)), " | ".join("---" for _ in shown.columns)]
    lines += [" | ".join(_cell(v) for v in row) for row in shown.itertuples(index=False)]
    rest = f"\n\nand {len(frame) - _ROWS} rows more" if len(frame) > _ROWS else ""
    return dg.MetadataValue.md("\n".join(f"| {line} |" for line in lines) + rest)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}"
    return "mean" if value is None else str(value)


def _shown(value: object) -> object:
    """Lists and mappings as JSON; numbers stay numbers, so that the UI draws their curves."""
    return dg.MetadataValue.json(value) if isinstance(value, list | dict) else value

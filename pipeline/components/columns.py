"""What an asset holds, column by column, and where its code lies: known before anything has run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from pipeline import board_tables, packs, tables
from pipeline.chain.stages import Stage
from pipeline.declaration import DataSet

_TABLES = {
    "clean_observations": tables.OBSERVATIONS,
    "windows": packs.WINDOWS,
    "baseline_forecasts": tables.FORECASTS,
    "rnn_model": packs.NETWORKS,
    "rnn_forecasts": tables.FORECASTS,
    "served_forecasts": tables.FORECASTS,
    "imported_forecasts": tables.FORECASTS,
    "scores": tables.SCORES,
    "leaderboard": board_tables.LEADERBOARD,
}


def told_beforehand(stage: Stage, data_set: DataSet) -> dict[str, Any]:
    """The metadata of an asset before anything has run; what is no table has no columns."""
    found: dict[str, Any] = {"dagster/code_references": code_of(stage)}
    if stage.name in ("raw_observations", *_TABLES):
        found["dagster/column_schema"] = schema_of(stage, data_set)
    return found


def schema_of(stage: Stage, data_set: DataSet) -> dg.TableSchema:
    """Columns with dtype, unit and meaning; of the raw files those that are declared."""
    if stage.name == "raw_observations":
        return dg.TableSchema(columns=_declared(data_set))
    columns = _TABLES[stage.name].columns
    if stage.name == "clean_observations":
        columns += tuple(
            tables.Column(name, "float64", "of the source", "a column that networks may see")
            for name in data_set.columns.exog
        )
    columns += tuple(_options(stage, data_set))
    return dg.TableSchema(columns=[_column(c) for c in columns])


def _options(stage: Stage, data_set: DataSet) -> Iterator[tables.Column]:
    """Tensors that are there where an option of a network asks for them."""
    networks = [data_set.network(name) for name in data_set.networks]
    if stage.name == "windows" and any(network.futr_exog for network in networks):
        yield packs.FUTR
    if stage.name == "rnn_model" and any(network.has_centres for network in networks):
        yield packs.CENTRES
    if stage.name == "rnn_model" and any(network.scope == "global" for network in networks):
        yield from packs.MEMBERS_OF_NETWORKS


def code_of(stage: Stage) -> dg.CodeReferencesMetadataValue:
    """The stage's own file, which says what it depends on and how it is made."""
    path = Path(stage.code.__file__)
    reference = dg.LocalFileCodeReference(file_path=str(path), line_number=1, label=path.name)
    return dg.CodeReferencesMetadataValue(code_references=[reference])


def _column(column: tables.Column) -> dg.TableColumn:
    """Name, dtype, and its meaning with its unit."""
    unit = f"in the unit {column.unit}" if column.unit.startswith("of ") else column.unit
    meaning = f"{column.meaning} [{unit}]" if unit else column.meaning
    return dg.TableColumn(column.name, column.dtype, description=meaning)


def _declared(data_set: DataSet) -> list[dg.TableColumn]:
    """The columns as the files spell them, and what they are declared to be."""
    columns = data_set.columns
    times = [columns.ds] if isinstance(columns.ds, str) else list(columns.ds)
    found = [(name, "time of the observation (ds)") for name in times]
    if columns.unique_id is not None:
        found.append((columns.unique_id, "name of the series (unique_id)"))
    found.append((columns.y, "the target (y) [in the unit of the file]"))
    found += [(name, "a further column (hist_exog)") for name in columns.hist_exog]
    found += [(name, "a column known ahead (futr_exog)") for name in columns.futr_exog]
    return [dg.TableColumn(name, "text", description=meaning) for name, meaning in found]

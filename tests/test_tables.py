"""The stored tables: columns named once, types that Parquet and pandas agree on."""

import pyarrow as pa
import pytest

from pipeline import board_tables, tables
from pipeline.tables import FORECASTS, OBSERVATIONS, SCORES, Column, Table

MODULES = (tables, board_tables)
ALL = [v for module in MODULES for v in vars(module).values() if isinstance(v, Table)]


def test_there_are_tables():
    assert len(ALL) >= 7


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_the_columns_of_a_table_have_different_names_and_a_meaning(table):
    assert len(set(table.names)) == len(table.names)
    assert all(column.meaning for column in table.columns)


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_a_schema_has_the_columns_in_their_order_with_pinned_types(table):
    schema = table.schema()
    assert schema.names == table.names
    types = {"text": pa.string(), "time": pa.timestamp("ns"), "float64": pa.float64()}
    types |= {"int64": pa.int64(), "int32": pa.int32()}
    assert schema.types == [types[column.dtype] for column in table.columns]


def test_a_column_of_the_same_name_is_the_same_column_in_every_table():
    of_name: dict[str, set[str]] = {}
    for table in ALL:
        for column in table.columns:
            of_name.setdefault(column.name, set()).add(column.dtype)
    assert {name: kinds for name, kinds in of_name.items() if len(kinds) > 1} == {}


def test_further_columns_come_behind_and_leave_the_table_as_it_was():
    wind = Column("wind", "float64", "of the source", "as in the files")
    wider = OBSERVATIONS.with_columns([wind])
    assert wider.names == [*OBSERVATIONS.names, "wind"]
    assert "wind" not in OBSERVATIONS.names


def test_a_score_is_found_by_the_same_columns_as_its_forecast():
    point = ["unique_id", "ds", "cutoff", "step", "model"]
    assert FORECASTS.names[:5] == SCORES.names[:5] == point

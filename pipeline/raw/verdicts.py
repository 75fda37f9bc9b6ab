"""The list of cells that are missing or were changed on the way in; the table is `tables.VERDICTS`.

A refused cell has no verdict: it is an error, and nothing is read.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import Bool

from pipeline.raw.rows import Cells
from pipeline.raw.text import repeat_text
from pipeline.tables import VERDICTS

EMPTY_CELL = "empty cell"
DECLARED_MISSING = "declared as missing"
SURROUNDING_SPACES = "surrounding spaces are removed"


def list_verdicts(
    cells: Cells,
    column: str,
    *,
    rows: pa.Table,
    where: Bool[np.ndarray, " rows"],
    rule: str,
    verdict: str,
) -> pa.Table | None:
    """A verdict for each row of a column where `where` holds.

    Args:
        cells: the file and its cells as they stand there.
        column: the column's name in it.
        rows: the rows as read, columns of `tables.RAW`.
        where: the rows concerned.
        rule: why.
        verdict: what became of the cell.
    """
    places = np.flatnonzero(where)
    if len(places) == 0:
        return None
    taken = rows.select(["file", "line", "unique_id", "ds"]).take(pa.array(places))
    value = cells.text[column].take(pa.array(places))
    repeat = {"column": column, "rule": rule, "verdict": verdict}
    found = {name: repeat_text(text, len(places)) for name, text in repeat.items()}
    found |= {"value": value} | {name: taken.column(name) for name in taken.column_names}
    return pa.table([found[name] for name in VERDICTS.names], schema=VERDICTS.schema())


def verdict_frame(parts: Sequence[pa.Table]) -> pd.DataFrame:
    """Verdicts as one frame; `line` is a nullable integer, since an absent row has none."""
    table = pa.concat_tables([VERDICTS.schema().empty_table(), *parts])
    return table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)

"""Tables and tensors as bytes: Parquet with a pinned schema, safetensors; nothing runs code."""

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.tables import Table

if TYPE_CHECKING:
    import pandas as pd


def table_to_bytes(frame: "pd.DataFrame", table: Table) -> bytes:
    """Parquet with the table's columns in its order and types; equal rows give equal bytes.

    Raises:
        KeyError: a column is missing.
        pyarrow.ArrowInvalid: a value does not fit its column's type.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema, rows = table.schema(), frame[table.names]
    arrow = schema.empty_table()  # pandas gives columns without a value any type
    if len(rows):
        arrow = pa.Table.from_pandas(rows, schema=schema, preserve_index=False)
    sink = pa.BufferOutputStream()
    pq.write_table(arrow.replace_schema_metadata(None), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def table_from_bytes(content: bytes) -> "pd.DataFrame":
    """The frame that was written; times are datetime64[ns] whatever pandas prefers."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.read_table(pa.BufferReader(content)).to_pandas()


def tensors_to_bytes(tensors: dict[str, np.ndarray], about: dict[str, Any] | None = None) -> bytes:
    """safetensors; `about` is JSON in one metadata field (several come out in random order)."""
    from safetensors.numpy import save

    whole = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    return save(whole, {"about": json.dumps(about or {}, sort_keys=True)})


def tensors_from_bytes(content: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The tensors, and what was said about them."""
    from safetensors.numpy import load

    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    return load(content), json.loads(header["__metadata__"]["about"])

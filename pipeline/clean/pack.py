"""Observations as a few tensors and a few words, and back without a changed bit.

The store writes them as safetensors; this module knows no file.
"""

import json
from typing import cast

import numpy as np

from pipeline.calendar import Freq
from pipeline.clean.observations import Observations, Series


def to_tensors(observations: Observations) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """All series behind each other.

    Returns:
        The tensors `values` float64 [rows, columns], `offsets` int64 [series + 1] (where each
        begins, and the end) and `first_step` int64 [series]; and the metadata `freq`, `columns`
        and `unique_id`, the last two as JSON lists.
    """
    series = list(observations.series.values())
    sizes = np.array([len(s.values) for s in series], dtype=np.int64)
    empty = np.empty((0, len(observations.columns)))
    tensors = {
        "values": np.concatenate([empty, *(s.values for s in series)]),
        "offsets": np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)]),
        "first_step": np.array([s.first_step for s in series], dtype=np.int64),
    }
    metadata = {
        "freq": observations.freq,
        "columns": json.dumps(observations.columns),
        "unique_id": json.dumps(list(observations.series)),
    }
    return tensors, metadata


def from_tensors(tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> Observations:
    """The observations that `to_tensors` packed; the series are views of one array.

    Args:
        tensors: `values`, `offsets` and `first_step` as `to_tensors` gives them.
        metadata: `freq`, `columns` and `unique_id`.
    """
    freq, columns = cast(Freq, metadata["freq"]), tuple(json.loads(metadata["columns"]))
    values, offsets = tensors["values"], tensors["offsets"].tolist()
    series = {
        name: Series(name, freq, first, columns, values[start:end])
        for name, first, start, end in zip(
            json.loads(metadata["unique_id"]),
            tensors["first_step"].tolist(),
            offsets[:-1],
            offsets[1:],
            strict=True,
        )
    }
    return Observations(freq, columns, series)

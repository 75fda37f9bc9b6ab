"""What a result depends on, hashed: rows up to a cutoff, settings, versions.

Never part of a key: paths, times, device, threads, batches, run ids, versions of libraries.
"""

import hashlib
import json
from typing import Any

import numpy as np
from jaxtyping import Float

from pipeline.calendar import Dates

_ONE_NAN = np.array(np.nan).view("<u8")
"""Of the many bit patterns of NaN, the one that is hashed."""


def hash_of(value: Any) -> str:  # noqa: ANN401 - anything that JSON can hold
    """32 hex digits of the sha256 of a value as sorted JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def canonical(values: Float[np.ndarray, "*shape"]) -> bytes:
    """Little-endian float64 bytes with one NaN and no negative zero: equal values, equal bytes."""
    with np.errstate(invalid="ignore"):
        plain = np.ascontiguousarray(values, dtype="<f8") + 0.0
    bits = plain.view("<u8").copy()
    bits[np.isnan(plain)] = _ONE_NAN
    return bits.tobytes()


class RowKeys:
    """Keys of the rows of one series up to any row: one running hash, copied where it is asked.

    Each row goes in as its time (int64 nanoseconds, UTC) and its values, so that a key says
    nothing about rows after it and 100 000 keys cost one pass.
    """

    def __init__(self, ds: Dates, values: Float[np.ndarray, "rows columns"]) -> None:
        bits = np.frombuffer(canonical(values), "<u8").reshape(values.shape)
        times = ds.astype("datetime64[ns]").astype("<i8").view("<u8")[:, None]
        self._rows = np.concatenate([times, bits], axis=1)
        self._keys: dict[int, str] = {}
        self._restart()

    def until(self, row: int) -> str:
        """The key of rows 0..row; 32 hex digits.

        Raises:
            IndexError: the series has no such row.
        """
        if not 0 <= row < len(self._rows):
            raise IndexError(f"row {row} of {len(self._rows)}")
        if row not in self._keys:
            if row < self._done:
                self._restart()
            self._hash.update(self._rows[self._done : row + 1].tobytes())
            self._done = row + 1
            self._keys[row] = self._hash.hexdigest()[:32]
        return self._keys[row]

    def _restart(self) -> None:
        """Begin at row 0 again: a hash cannot go back. Rare, since cutoffs are asked in order."""
        self._hash = hashlib.sha256(str(self._rows.shape[1]).encode())
        self._done = 0

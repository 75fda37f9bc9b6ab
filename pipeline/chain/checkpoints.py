"""Where an unfinished training stands, kept in the store until its pack is committed.

A run that is killed between two packs loses at most the steps since the last checkpoint. Where the
next run trains other networks, since rows or settings have changed, nobody takes that checkpoint up
again: it is removed once it is a week old and a pack of its data set is committed.
"""

import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from pipeline.errors import InputError
from pipeline.store.files import tensors_from_bytes, tensors_to_bytes
from pipeline.store.store import DamagedError, Store

VARIABLE = "HINDCAST_CHECKPOINT_SECONDS"

SECONDS = 60.0
"""Between two checkpoints, where the variable says nothing."""

ABANDONED = 7 * 24 * 3600.0
"""Seconds since it was written, after which a checkpoint of other networks is removed. A run that
is alive writes its own anew all the time, so no run takes away what another one beside it needs.
"""

_FILE = "state.safetensors"


class StoredCheckpoint:
    """The checkpoint of one pack: `pipeline.rnn.checkpoint.Checkpoint` on a store."""

    def __init__(self, store: Store, *place: str) -> None:
        """Nothing is read or written yet.

        Args:
            store: where it is kept.
            place: data set, stage and the name of the pack; each part is a place below.

        Raises:
            InputError: the variable for the seconds holds no number.
        """
        self._store, self._place, self._seconds = store, place, _seconds()
        self._last = time.monotonic()

    def load(self, part: str) -> Mapping[str, np.ndarray] | None:
        """What was saved last; None where nothing was, or what is there is damaged."""
        try:
            _, content = self._store.load(_FILE, *self._place, part)
        except DamagedError:
            return None
        return tensors_from_bytes(content)[0]

    def is_due(self) -> bool:
        """Whether the seconds have passed since the last time."""
        return time.monotonic() - self._last >= self._seconds

    def save(self, part: str, tensors: Mapping[str, np.ndarray]) -> None:
        """Replace what was saved: old or new, never half."""
        files = {_FILE: tensors_to_bytes(dict(tensors))}
        self._store.commit(*self._place, part, files=files, entries={})
        self._last = time.monotonic()

    def forget(self) -> None:
        """The pack is committed: what led there is not needed, nor what nobody finishes."""
        own = self._store.folder(*self._place)
        shutil.rmtree(own, ignore_errors=True)
        for other in own.parent.glob("*"):
            if time.time() - _last_written(other) > ABANDONED:
                shutil.rmtree(other, ignore_errors=True)


def _last_written(folder: Path) -> float:
    """When anything in a folder, or the folder itself, was last written; now where it is gone."""
    found = time.time()
    with suppress(FileNotFoundError):  # another run has removed it meanwhile
        found = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    return found


def _seconds() -> float:
    said = os.environ.get(VARIABLE)
    try:
        return float(said) if said else SECONDS
    except ValueError as error:
        raise InputError(f"{VARIABLE} must be a number of seconds, not {said!r}") from error

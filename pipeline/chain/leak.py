"""Does anything change when the future does? Shipped with every run, not only a test.

The raw rows after a cutoff are changed, of all series: other values, rows that are gone, cells that
are empty. Then every key of every fold at that cutoff must be what it was; and for two folds,
picked by their hash, baselines are computed and networks trained again, alone, from the changed
rows: their forecasts must be the stored ones, byte for byte. Columns that are declared as known
ahead stay as they are: a forecast may depend on them.

Another machine, another torch or another kernel round otherwise, on a GPU even another number of
networks, and a long training makes much of a last bit. So a forecast that was made elsewhere, or in
company that counts, is held against one that is made here and alone, from the rows as they are.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.chain.another_future import with_another_future
from pipeline.chain.environment import place_of
from pipeline.chain.fold_alone import blocks_of, may_be_rounded, stored_bytes
from pipeline.chain.known import Known
from pipeline.chain.past_keys import PastKeys
from pipeline.chain.stages import (
    ALL_SERIES,
    SERVED_FORECASTS,
    UNCHECKED,
    source_of,
    stages_of,
)
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import canonical, hash_of
from pipeline.store.manifest import Slot
from pipeline.store.store import Store

if TYPE_CHECKING:
    pass

MADE_AGAIN = 2
"""Folds of a run that are computed once more."""


@dataclass(frozen=True)
class Leak:
    """One result that changed with the future.

    Attributes:
        stage: which stage it is of.
        slot: the series, and its model or group of windows.
        told: a sentence.
    """

    stage: str
    slot: Slot
    told: str


@dataclass
class Found:
    """What the check found.

    Attributes:
        by_cutoff: by key of the cutoff each result that changed.
        n_keys: keys that were compared.
        made_again: folds and models that were computed once more.
        elsewhere: those of them that another machine, torch, kernel or company had made, with other
            bytes.
    """

    by_cutoff: dict[str, list[Leak]] = field(default_factory=dict)
    n_keys: int = 0
    made_again: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    @property
    def leaks(self) -> list[str]:
        """A sentence for each result that changed."""
        return [leak.told for leaks in self.by_cutoff.values() for leak in leaks]

    def add(self, cutoff: Cutoff, stage: str, slot: Slot, told: str) -> None:
        """Note a leak."""
        self.by_cutoff.setdefault(cutoff.key, []).append(Leak(stage, slot, told))


def find_leaks(
    known: Known,
    store: Store,
    cutoffs: Sequence[Cutoff],
    besides: Collection[tuple[str, Cutoff]] = (),
) -> Found:
    """Hold the folds of a run against themselves, made from rows with another future.

    Args:
        known: the data set as its clean rows were last committed.
        store: where the copied files and the forecasts lie.
        cutoffs: those of the run; their forecasts are stored.
        besides: series and cutoffs that are made again besides those that are picked.
    """
    from pipeline.chain.stage.clean_observations import copied_files
    from pipeline.raw.read import read_observations

    data_set = known.data_set
    raw = read_observations(copied_files(store, data_set), data_set.columns)
    found = Found()
    again = [(unique_id, cutoff) for unique_id, cutoff in besides if unique_id != ALL_SERIES]
    chosen = list(dict.fromkeys([*_chosen(known, cutoffs), *again]))
    for cutoff in cutoffs:
        changed = with_another_future(known, raw, cutoff)
        # Earlier cutoffs know less of the future: their keys are compared where they are checked.
        changed.past_keys = PastKeys(changed, (known.past_keys, cutoff))
        _compare_keys(known, changed, cutoff, found)
        for unique_id in (unique_id for unique_id, at in chosen if at == cutoff):
            _make_again(_Pair(known, changed), store, unique_id, cutoff, found)
            _serve_again(_Pair(known, changed), store, unique_id, cutoff, found)
    return found


def _chosen(known: Known, cutoffs: Sequence[Cutoff]) -> list[tuple[str, Cutoff]]:
    """Some folds of the run: no choice of ours, and the same for the same run."""
    folds = [(fold.unique_id, cutoff) for cutoff in cutoffs for fold in known.ready(cutoff)]
    return sorted(folds, key=lambda fold: hash_of([fold[0], fold[1].key]))[:MADE_AGAIN]


def _compare_keys(known: Known, changed: Known, cutoff: Cutoff, found: Found) -> None:
    """Every stage whose results may depend on rows up to the cutoff only."""
    for stage in stages_of(known.data_set):
        if not stage.per_cutoff or stage.name in UNCHECKED:
            continue
        before, after = (stage.code.wants(k, cutoff) for k in (known, changed))
        found.n_keys += len(before)
        for slot in sorted(set(before) | set(after)):
            ours, theirs = (w[slot].parts if slot in w else None for w in (before, after))
            if ours != theirs:
                whose = slot.unique_id or "all series"
                told = f"{stage.name} of {whose} at {cutoff.key} ({slot.name}) depends on "
                found.add(cutoff, stage.name, slot, f"{told}rows after the cutoff")


class _Pair(NamedTuple):
    """A data set, and as it would be with another future."""

    known: Known
    changed: Known


def _make_again(pair: _Pair, store: Store, unique_id: str, cutoff: Cutoff, found: Found) -> None:
    """Compute a fold alone from the changed rows and compare with what is stored."""
    stored, others = stored_bytes(pair.known.data_set, store, unique_id, cutoff), {}
    for block in blocks_of(pair.changed, unique_id, cutoff):
        y_hat = canonical(block.y_hat[0])
        found.made_again.append(f"{unique_id} at {cutoff.key}: {block.slot.name}")
        if stored.get(block.slot.name) != y_hat:
            others[block.slot] = y_hat
    here: dict[Slot, np.ndarray] = {}
    for slot, y_hat in others.items():
        if slot.name in stored and may_be_rounded(pair.known, store, slot, cutoff):
            here = here or {b.slot: b.y_hat[0] for b in blocks_of(pair.known, unique_id, cutoff)}
            if canonical(here[slot]) == y_hat:
                found.elsewhere.append(f"{unique_id} at {cutoff.key}: {slot.name}")
                continue
        found.add(
            cutoff,
            source_of(pair.known.data_set, slot.name),
            slot,
            f"{slot.name} of {unique_id} at {cutoff.key}, made again alone with other rows after "
            "the cutoff, is not the stored forecast",
        )


def _serve_again(pair: _Pair, store: Store, unique_id: str, cutoff: Cutoff, found: Found) -> None:
    """Blend the stored forecasts of a fold again, with the actuals of the changed rows."""
    from pipeline.chain.stage.served_forecasts import contents_at

    manifest = store.read(pair.known.data_set.name, SERVED_FORECASTS, cutoff.key)
    stored = manifest.entries if manifest else {}
    entries = {slot: entry for slot, entry in stored.items() if slot.unique_id == unique_id}
    contents = contents_at(pair.changed, store, cutoff) if entries else {}
    found.made_again += [f"{unique_id} at {cutoff.key}: served"] if entries else []
    others = [slot for slot, entry in entries.items() if contents.get(slot) != entry.content]
    here = contents_at(pair.known, store, cutoff) if others else {}
    for slot in others:
        if entries[slot].made_in != place_of() and here.get(slot) == contents.get(slot):
            found.elsewhere.append(f"{unique_id} at {cutoff.key}: served {slot.name}")
            continue
        told = f"{SERVED_FORECASTS} of {unique_id} at {cutoff.key} ({slot.name}), made again with "
        found.add(cutoff, SERVED_FORECASTS, slot, f"{told}other rows after the cutoff, is another")

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

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.chain.another_future import with_another_future
from pipeline.chain.environment import place_of
from pipeline.chain.known import Known
from pipeline.chain.packs import PACKS, STAGE
from pipeline.chain.past_keys import PastKeys
from pipeline.chain.stages import (
    ALL_SERIES,
    SERVED_FORECASTS,
    UNCHECKED,
    source_of,
    sources_of,
    stages_of,
)
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import canonical, hash_of
from pipeline.store.manifest import Slot
from pipeline.store.store import Store

if TYPE_CHECKING:
    from pipeline.chain.tables import Block
    from pipeline.declaration import DataSet

MADE_AGAIN = 2
"""Folds of a run that are computed once more."""

_QUICK, _OF_A_ROW = 6e9, 4e3
"""Multiplications of a training that takes seconds, and those in the time that a row takes to be
made ready; slower networks are left to their keys, and so are those that are declared for a GPU
where there is none."""


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
    stored, others = _stored(pair.known.data_set, store, unique_id, cutoff), {}
    for block in _blocks(pair.changed, unique_id, cutoff):
        y_hat = canonical(block.y_hat[0])
        found.made_again.append(f"{unique_id} at {cutoff.key}: {block.slot.name}")
        if stored.get(block.slot.name) != y_hat:
            others[block.slot] = y_hat
    here: dict[Slot, np.ndarray] = {}
    for slot, y_hat in others.items():
        if slot.name in stored and _may_be_rounded(pair.known, store, slot, cutoff):
            here = here or {b.slot: b.y_hat[0] for b in _blocks(pair.known, unique_id, cutoff)}
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


def _may_be_rounded(known: Known, store: Store, slot: Slot, cutoff: Cutoff) -> bool:
    """Whether a forecast, or a network that it is made with, comes from where bits may differ."""
    from pipeline.rnn.device import company_counts

    data_set = known.data_set
    stage = source_of(data_set, slot.name)
    is_network = stage == "rnn_forecasts"
    if is_network and company_counts(data_set.network(slot.name)):
        return True
    here = place_of(data_set.network(slot.name) if is_network else None)
    manifest = store.read(data_set.name, stage, cutoff.key)
    places = {manifest.entries[slot].made_in} if manifest and slot in manifest.entries else set()
    models = store.read(data_set.name, STAGE, cutoff.key) if is_network else None
    for model, entry in models.entries.items() if models else ():
        own = model.unique_id in (slot.unique_id, ALL_SERIES)
        if own and model.name.rpartition("/")[0] == slot.name:
            pack = store.read(data_set.name, STAGE, PACKS, entry.at.split(":")[0])
            places |= (
                {e.made_in for e in pack.entries.values() if e.at == entry.at} if pack else set()
            )
    return bool(places - {here})


def _blocks(changed: Known, unique_id: str, cutoff: Cutoff) -> "Iterator[Block]":
    from pipeline.chain.stage.baseline_forecasts import block_of, forecast_by
    from pipeline.chain.stage.rnn_forecasts import forecast
    from pipeline.chain.stage.rnn_model import train
    from pipeline.chain.trainings import owner_of, trainings
    from pipeline.rnn.device import is_here

    for name in changed.data_set.baselines:
        slot = Slot(unique_id, name)
        alone = forecast_by(changed, slot, [cutoff])
        yield block_of(changed, slot, [cutoff], alone.y_hat, alone.reasons)
    every = trainings(changed, cutoff) if changed.data_set.networks else {}
    for name in changed.data_set.networks:
        owner = owner_of(changed.data_set, name, unique_id)
        own = [t for s, t in every.items() if s.unique_id == owner and t.network == name]
        rows = sum(fold.row for fold in own[0].folds) if own else 0
        quick = own and _work(changed.data_set, name, rows) < _QUICK
        if quick and is_here(changed.data_set.network(name)):
            networks = train(changed, own)
            yield from forecast(changed, name, [(Slot(unique_id, name), cutoff)], [networks])


def _work(data_set: "DataSet", name: str, rows: int) -> float:
    """Multiplications of hidden states in a training: what its time grows with."""
    network = data_set.network(name)
    batch = network.batch_size or 1
    steps = network.steps or (network.epochs or 1) * -(-rows // batch)
    hidden = (network.hidden_size or 1) ** 2 * (network.num_layers or 1)
    fits = (network.seeds or 1) * (2 if network.shrinkage else 1)
    return float(steps * batch * (network.input_size or 1) * hidden * fits + rows * _OF_A_ROW)


def _stored(data_set: "DataSet", store: Store, unique_id: str, cutoff: Cutoff) -> dict[str, bytes]:
    """The bytes of the stored forecasts of a fold by model, of those that are made again."""
    from pipeline.store.files import table_from_bytes

    found = {}
    for stage in sources_of(data_set, [*data_set.baselines, *data_set.networks]):
        place = (data_set.name, stage, cutoff.key)
        if store.read(*place) is None:
            continue
        frame = table_from_bytes(store.load("forecasts.parquet", *place)[1])
        own = frame[frame["unique_id"] == unique_id]
        for model, rows in own.groupby("model", sort=False):
            found[str(model)] = canonical(rows.sort_values("step")["y_hat"].to_numpy())
    return found

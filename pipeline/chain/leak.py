"""Does anything change when the future does? Shipped with every run, not only a test.

The raw rows after a cutoff are changed, of all series: other values, rows that are gone, cells that
are empty. Then every key of every fold at that cutoff must be what it was; and for two folds,
picked by their hash, baselines are computed and networks trained again, alone, from the changed
rows: their forecasts must be the stored ones, byte for byte. Columns that are declared as known
ahead stay as they are: a forecast may depend on them.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.chain.known import Known
from pipeline.chain.stages import stages_of
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import canonical, hash_of
from pipeline.store.manifest import Slot
from pipeline.store.store import Store

if TYPE_CHECKING:
    from pipeline.chain.tables import Block
    from pipeline.declaration import DataSet
    from pipeline.raw.read import RawObservations

MADE_AGAIN = 2
"""Folds of a run that are computed once more."""

_QUICK = 2e9
"""Multiplications of a training that takes seconds; slower networks are left to their keys."""


@dataclass
class Found:
    """What the check found.

    Attributes:
        by_cutoff: by key of the cutoff a sentence for each result that changed.
        n_keys: keys that were compared.
        made_again: folds and models that were computed once more.
    """

    by_cutoff: dict[str, list[str]] = field(default_factory=dict)
    n_keys: int = 0
    made_again: list[str] = field(default_factory=list)

    @property
    def leaks(self) -> list[str]:
        """A sentence for each result that changed."""
        return [sentence for sentences in self.by_cutoff.values() for sentence in sentences]

    def add(self, cutoff: Cutoff, sentence: str) -> None:
        """Note a leak."""
        self.by_cutoff.setdefault(cutoff.key, []).append(sentence)


def find_leaks(known: Known, store: Store, cutoffs: Sequence[Cutoff]) -> Found:
    """Hold the folds of a run against themselves, made from rows with another future.

    Args:
        known: the data set as its clean rows were last committed.
        store: where the copied files and the forecasts lie.
        cutoffs: those of the run; their forecasts are stored.
    """
    from pipeline.chain.stage.clean_observations import copied_files
    from pipeline.raw.read import read_observations

    data_set = known.data_set
    raw = read_observations(copied_files(store, data_set), data_set.columns)
    found = Found()
    chosen = _chosen(known, cutoffs)
    for cutoff in cutoffs:
        changed = with_another_future(known, raw, cutoff)
        _compare_keys(known, changed, cutoff, found)
        for name in (name for name, at in chosen if at == cutoff):
            _make_again(changed, store, name, cutoff, found)
    return found


def with_another_future(known: Known, raw: "RawObservations", cutoff: Cutoff) -> Known:
    """The data set as it would be, had everything after the cutoff been otherwise."""
    from pipeline.clean.clean import clean_observations

    data_set = known.data_set
    frame = raw.frame.copy()
    after = np.flatnonzero(frame["ds"].to_numpy().astype("datetime64[ns]") > cutoff.ds)
    random = np.random.default_rng(cutoff.period)
    # The first of these rows of each series stays and is observed: a series whose target never is
    # would be refused when it is cleaned.
    spared = ~frame["unique_id"].iloc[after].duplicated().to_numpy()
    perturbed = ["y", *data_set.columns.hist_exog]
    for column in perturbed:
        values = frame[column].to_numpy(dtype=np.float64, copy=True)
        values[after] = 1000.0 - 3.0 * values[after] + random.normal(size=len(after))
        values[after[random.random(len(after)) < 0.1]] = np.nan
        frame[column] = values
    frame.loc[frame.index[after[spared]], "y"] = 1.0
    gone = np.zeros(len(frame), dtype=bool)
    gone[after] = (random.random(len(after)) <= 0.1) & ~spared
    if data_set.columns.futr_exog:  # what the row knows ahead stays; of the others it knows nothing
        frame.loc[gone, perturbed] = np.nan
        gone[:] = False
    changed = replace(raw, frame=frame[~gone].reset_index(drop=True))
    clean = clean_observations(changed, freq=data_set.freq, columns=data_set.columns)
    return Known(
        data_set,
        now=dt.datetime.now(dt.UTC),
        files=lambda: known.files,
        observations=lambda: clean.observations,
    )


def _chosen(known: Known, cutoffs: Sequence[Cutoff]) -> list[tuple[str, Cutoff]]:
    """Some folds of the run: no choice of ours, and the same for the same run."""
    folds = [(fold.unique_id, cutoff) for cutoff in cutoffs for fold in known.ready(cutoff)]
    return sorted(folds, key=lambda fold: hash_of([fold[0], fold[1].key]))[:MADE_AGAIN]


def _compare_keys(known: Known, changed: Known, cutoff: Cutoff, found: Found) -> None:
    """Every stage whose results may depend on rows up to the cutoff only."""
    for stage in stages_of(known.data_set):
        if not stage.per_cutoff or stage.name == "scores":
            continue
        before, after = (stage.code.wants(k, cutoff) for k in (known, changed))
        found.n_keys += len(before)
        for slot in sorted(set(before) | set(after)):
            ours, theirs = (w[slot].parts if slot in w else None for w in (before, after))
            if ours != theirs:
                found.add(
                    cutoff,
                    f"{stage.name} of {slot.unique_id} at {cutoff.key} ({slot.name}) depends on "
                    "rows after the cutoff",
                )


def _make_again(changed: Known, store: Store, unique_id: str, cutoff: Cutoff, found: Found) -> None:
    """Compute a fold alone from the changed rows and compare with what is stored."""
    stored = _stored(changed.data_set, store, unique_id, cutoff)
    for block in _blocks(changed, unique_id, cutoff):
        model = block.slot.name
        found.made_again.append(f"{unique_id} at {cutoff.key}: {model}")
        if stored.get(model) != canonical(block.y_hat[0]):
            found.add(
                cutoff,
                f"{model} of {unique_id} at {cutoff.key}, made again alone with other rows after "
                "the cutoff, is not the stored forecast",
            )


def _blocks(changed: Known, unique_id: str, cutoff: Cutoff) -> "Iterator[Block]":
    from pipeline.chain.stage.baseline_forecasts import block_of, forecast_by
    from pipeline.chain.stage.rnn_forecasts import forecast
    from pipeline.chain.stage.rnn_model import train, trainings

    for name in changed.data_set.baselines:
        slot = Slot(unique_id, name)
        alone = forecast_by(changed, slot, [cutoff])
        yield block_of(changed, slot, [cutoff], alone.y_hat, alone.reasons)
    every = trainings(changed, cutoff) if changed.data_set.networks else {}
    for name in changed.data_set.networks:
        own = [t for s, t in every.items() if s.unique_id == unique_id and t.network == name]
        if own and _work(changed.data_set, name, own[0].fold.row) < _QUICK:
            networks = train(changed, own)
            yield from forecast(changed, name, [(Slot(unique_id, name), cutoff)], [networks])


def _work(data_set: "DataSet", name: str, rows: int) -> float:
    """Multiplications of hidden states in a training: what its time grows with."""
    network = data_set.network(name)
    batch = network.batch_size or 1
    steps = network.steps or (network.epochs or 1) * -(-rows // batch)
    hidden = (network.hidden_size or 1) ** 2 * (network.num_layers or 1)
    return float(steps * batch * (network.input_size or 1) * hidden * (network.seeds or 1))


def _stored(data_set: "DataSet", store: Store, unique_id: str, cutoff: Cutoff) -> dict[str, bytes]:
    """The bytes of the stored forecasts of a fold by model."""
    from pipeline.store.files import table_from_bytes

    found = {}
    stages = [s.name for s in stages_of(data_set) if s.name.endswith("_forecasts")]
    for stage in stages:
        place = (data_set.name, stage, cutoff.key)
        if store.read(*place) is None:
            continue
        frame = table_from_bytes(store.load("forecasts.parquet", *place)[1])
        own = frame[frame["unique_id"] == unique_id]
        for model, rows in own.groupby("model", sort=False):
            found[str(model)] = canonical(rows.sort_values("step")["y_hat"].to_numpy())
    return found

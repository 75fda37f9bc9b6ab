"""One fold made again, alone: its forecasts, those that are stored, and where those were made."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.chain.environment import place_of
from pipeline.chain.known import Known
from pipeline.chain.packs import PACKS, STAGE
from pipeline.chain.stages import ALL_SERIES, source_of, sources_of
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import canonical
from pipeline.store.manifest import Slot
from pipeline.store.store import Store

if TYPE_CHECKING:
    from pipeline.chain.tables import Block
    from pipeline.declaration import DataSet

_QUICK, _OF_A_ROW = 6e9, 4e3
"""Multiplications of a training that takes seconds, and those in the time that a row takes to be
made ready; slower networks are left to their keys, and so are those that are declared for a GPU
where there is none."""


def may_be_rounded(known: Known, store: Store, slot: Slot, cutoff: Cutoff) -> bool:
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


def blocks_of(known: Known, unique_id: str, cutoff: Cutoff) -> "Iterator[Block]":
    """The forecasts of a fold by all that is quick enough, each made anew and alone."""
    from pipeline.chain.stage.baseline_forecasts import block_of, forecast_by
    from pipeline.chain.stage.rnn_forecasts import forecast
    from pipeline.chain.stage.rnn_model import train
    from pipeline.chain.trainings import owner_of, trainings
    from pipeline.rnn.device import is_here

    for name in known.data_set.baselines:
        slot = Slot(unique_id, name)
        alone = forecast_by(known, slot, [cutoff])
        yield block_of(known, slot, [cutoff], alone.y_hat, alone.reasons)
    every = trainings(known, cutoff) if known.data_set.networks else {}
    for name in known.data_set.networks:
        owner = owner_of(known.data_set, name, unique_id)
        own = [t for s, t in every.items() if s.unique_id == owner and t.network == name]
        rows = sum(fold.row for fold in own[0].folds) if own else 0
        quick = own and _work(known.data_set, name, rows) < _QUICK
        if quick and is_here(known.data_set.network(name)):
            networks = train(known, own)
            yield from forecast(known, name, [(Slot(unique_id, name), cutoff)], [networks])


def _work(data_set: "DataSet", name: str, rows: int) -> float:
    """Multiplications of hidden states in a training: what its time grows with."""
    network = data_set.network(name)
    batch = network.batch_size or 1
    steps = network.steps or (network.epochs or 1) * -(-rows // batch)
    hidden = (network.hidden_size or 1) ** 2 * (network.num_layers or 1)
    fits = (network.seeds or 1) * (2 if network.shrinkage else 1)
    return float(steps * batch * (network.input_size or 1) * hidden * fits + rows * _OF_A_ROW)


def stored_bytes(
    data_set: "DataSet", store: Store, unique_id: str, cutoff: Cutoff
) -> dict[str, bytes]:
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

"""The stored networks that a fold is forecast with, of all seeds, as they forecast its series."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from pipeline.chain.packs import STAGE, load_networks
from pipeline.chain.trainings import name_of, owner_of
from pipeline.folds.cutoffs import Cutoff
from pipeline.store.manifest import Slot
from pipeline.store.store import DamagedError

if TYPE_CHECKING:
    from pipeline.chain.run import Work
    from pipeline.clean.observations import Series
    from pipeline.declaration import DataSet
    from pipeline.rnn.global_network import GlobalNetwork
    from pipeline.rnn.network import Network


def models_of(data_set: "DataSet", name: str) -> list[str]:
    """The second halves of the slots of a network: one per seed."""
    return [name_of(name, seed) for seed in range(data_set.network(name).seeds or 1)]


class StoredNetworks:
    """Stored networks by fold; every pack is read once."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._packs: dict[str, Sequence[Network] | Sequence[GlobalNetwork]] = {}
        self._entries: dict[Cutoff, Any] = {}

    def of(self, slot: Slot, cutoff: Cutoff) -> "Sequence[Network] | Sequence[GlobalNetwork]":
        """The networks that forecast a series at a cutoff, one per seed."""
        data_set = self._work.known.data_set
        if cutoff not in self._entries:
            manifest = self._work.store.read(data_set.name, STAGE, cutoff.key)
            if manifest is None:
                raise DamagedError(f"there is no {data_set.name}/{STAGE}/{cutoff.key}")
            self._entries[cutoff] = manifest.entries
        found, owner = [], owner_of(data_set, slot.name, slot.unique_id)
        for name in models_of(data_set, slot.name):
            pack, row = self._entries[cutoff][Slot(owner, name)].at.split(":")
            if pack not in self._packs:
                self._packs[pack] = load_networks(self._work.store, data_set.name, pack)
            found.append(self._packs[pack][int(row)])
        return found


def on_series(
    data_set: "DataSet",
    name: str,
    networks: "Sequence[Sequence[Network] | Sequence[GlobalNetwork]]",
    rows: "Sequence[Series]",
) -> "Sequence[Sequence[Network]]":
    """Networks as they forecast the rows of each fold: those of all series with its scale."""
    from pipeline.rnn.global_network import networks_for

    network = data_set.network(name)
    if network.scope == "local":
        return cast("Sequence[Sequence[Network]]", networks)
    sizes = {"horizon": data_set.horizon, "season_length": data_set.season}
    return networks_for(cast("Sequence[Sequence[GlobalNetwork]]", networks), rows, network, **sizes)

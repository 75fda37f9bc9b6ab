"""What became of networks and what they are trusted with, their shrinkage, from manifests alone.

The numbers themselves lie in the packs; a pack's manifest repeats some for every network, so that
nothing has to open the packs to sum them up.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.board_tables import SHRINKAGE
from pipeline.chain.packs import CORRECTS, PACKS, STAGE, of_member
from pipeline.chain.stages import ALL_SERIES
from pipeline.rnn.presets import horizon_groups
from pipeline.rnn.settings import corrects_of
from pipeline.store.manifest import Entry, Slot
from pipeline.store.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.chain.known import Known
    from pipeline.declaration import DataSet


_SAID = 20
"""Networks whose reason is said in the metadata, at most."""


def is_shrunk(data_set: "DataSet", network: str, unique_id: str) -> bool:
    """Whether a network's corrections of this series are multiplied by a weight."""
    settings = data_set.network(network)
    return bool(settings.shrinkage) and corrects_of(settings, unique_id) != "none"


def network_facts(data_set: "DataSet", entries: Mapping[Slot, Entry]) -> dict[str, Any]:
    """What became of the networks that a cutoff uses.

    Counts of failed ones and of those that could not be measured, the reasons of the first of
    these; by declared network the median last training loss; by network and steps ahead the mean
    weight. Medians and means are over those that did not fail. By network that picks what it
    corrects and what it picked the number of series.

    Args:
        data_set: whose.
        entries: of packs, by series and network.
    """
    fine = {slot: entry for slot, entry in entries.items() if entry.parts["status"] == "ok"}
    untested = [
        f"{slot.unique_id or 'all series'}, {slot.name}: {entry.parts['untested']}"
        for slot, entry in entries.items()
        if "untested" in entry.parts
    ]
    picked = _picked(data_set, entries)
    return (
        {
            "n_failed": len(entries) - len(fine),
            "n_untested": len(untested),
            "loss": _losses(fine),
            "shrinkage": _mean_weights(data_set, fine),
        }
        | ({"picked": picked} if picked else {})
        | ({"untested": untested[:_SAID]} if untested else {})
    )


def _picked(data_set: "DataSet", entries: Mapping[Slot, Entry]) -> dict[str, float]:
    """Series by network and what it picked to correct on them; all seeds of one pick the same."""
    found: dict[str, float] = defaultdict(float)
    for slot, entry in entries.items():
        name, seed = slot.name.split("/")
        for part, reference in entry.parts.items() if seed == "0" else ():
            first, _, member = part.partition(" of ")
            declared = corrects_of(data_set.network(name), member or slot.unique_id)
            if first == CORRECTS and declared == "auto":
                found[f"{name}/{reference}"] += 1
    return dict(found)


def _losses(entries: Mapping[Slot, Entry]) -> dict[str, float]:
    found: dict[str, list[float]] = defaultdict(list)
    for slot, entry in entries.items():
        if "loss" in entry.parts:
            found[_network_of(slot)].append(float(entry.parts["loss"]))
    return {name: float(np.median(losses)) for name, losses in found.items()}


def _mean_weights(data_set: "DataSet", entries: Mapping[Slot, Entry]) -> dict[str, float]:
    found: dict[str, list[list[float]]] = defaultdict(list)
    for slot, entry in entries.items():
        if is_shrunk(data_set, _network_of(slot), slot.unique_id):
            found[_network_of(slot)] += _weights_of_all(slot, entry)
    groups = horizon_groups(data_set.horizon)
    return {
        f"{name}/{group}": mean
        for name, weights in found.items()
        for group, mean in zip(groups, np.mean(weights, axis=0).tolist(), strict=True)
    }


def _network_of(slot: Slot) -> str:
    """The declared network of a slot, which has its seed behind it."""
    return slot.name.split("/")[0]


def _weights_in(entry: Entry, unique_id: str = ALL_SERIES) -> list[float]:
    """The weights that a pack's manifest says of a network, by horizon group.

    On one series, of a network of all: a series that it was not trained on trusts it as all do, one
    that was left out has none.
    """
    said = entry.parts.get(of_member(unique_id), entry.parts["shrinkage"])
    return [float(weight) for weight in said.split()]


def _weights_of_all(slot: Slot, entry: Entry) -> list[list[float]]:
    """The weights on every series that a network was trained on."""
    if slot.unique_id != ALL_SERIES:
        return [_weights_in(entry)]
    named = [part for part in entry.parts if part.startswith(of_member(""))]
    each = (_weights_in(entry, part.removeprefix(of_member(""))) for part in named)
    return [weights for weights in each if weights]


def shrinkage_table(store: Store, known: "Known") -> "pd.DataFrame":
    """The rows of `SHRINKAGE`: a network's weights over all series, then those of each series.

    Of the networks that the partitions of all ready cutoffs name; one that several partitions name
    counts in each, as it does in the scores.
    """
    import pandas as pd

    data_set, found = known.data_set, defaultdict(list)
    for unique_id, network, weights in _in_use(store, known):
        found[network, None].append(weights)
        found[network, unique_id].append(weights)
    groups = list(horizon_groups(data_set.horizon))
    rows = [
        (unique_id, network, group, float(own.mean()), float(own.min()), float(own.max()), len(own))
        for network in data_set.networks
        for (model, unique_id), weights in found.items()
        if model == network
        for group, own in zip(groups, np.array(weights).T, strict=True)
    ]
    return pd.DataFrame(rows, columns=pd.Index(SHRINKAGE.names)) if rows else SHRINKAGE.empty()


def weights_of_each(rows: "pd.DataFrame") -> dict[str, dict[str, dict[str, float]]]:
    """Rows of the table for one series, or for all, by network and steps ahead: mean, min, max."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in rows.to_dict("records"):
        numbers = {name: float(row[name]) for name in ("mean", "min", "max")}
        found.setdefault(row["model"], {})[row["steps"]] = numbers
    return found


def _in_use(store: Store, known: "Known") -> Iterator[tuple[str, str, list[float]]]:
    """Series, declared network and weights of every network in use that is shrunk and did not fail.

    Series in their order in each cutoff.
    """
    data_set, packs = known.data_set, {}
    shrunk = {n: data_set.network(n).shrinkage for n in data_set.networks}
    for cutoff in (c for c in known.cutoffs if known.ready(c)):
        manifest = store.read(data_set.name, STAGE, cutoff.key)
        for slot, entry in sorted(manifest.entries.items()) if manifest else ():
            name, pack = _network_of(slot), entry.at.split(":")[0]
            if not shrunk.get(name) or not is_shrunk(data_set, name, slot.unique_id):
                continue
            if pack not in packs:
                packs[pack] = _by_place(store, data_set.name, pack)
            own = packs[pack].get(entry.at)
            if own is None or own.parts["status"] != "ok" or "shrinkage" not in own.parts:
                continue
            of_all = slot.unique_id == ALL_SERIES
            ids = [f.unique_id for f in known.ready(cutoff)] if of_all else [slot.unique_id]
            for unique_id in ids:
                if weights := _weights_in(own, unique_id):
                    yield unique_id, name, weights


def _by_place(store: Store, data_set: str, pack: str) -> dict[str, Entry]:
    """The entries of a pack by where they lie; none of one that is gone."""
    manifest = store.read(data_set, STAGE, PACKS, pack)
    return {entry.at: entry for entry in manifest.entries.values()} if manifest else {}

"""The loss curves of the networks that a data set uses, from the packs that its partitions name."""

from collections import defaultdict
from typing import TYPE_CHECKING

from pipeline.chain.packs import PACKS, load_networks
from pipeline.chain.picture_rows import current_slots
from pipeline.chain.stage.rnn_model import NAME
from pipeline.store.store import Store

if TYPE_CHECKING:
    from pipeline.chain.known import Known
    from pipeline.plots.training import Losses

_NETWORKS = 40_000
"""Networks that are looked up in manifests, over all cutoffs read."""

_PACKS = 16
"""Packs that curves are read from."""


def losses(store: Store, known: "Known") -> "tuple[dict[str, Losses], str]":
    """The loss curves of the networks that the partitions name, by declared network.

    Returns:
        The curves; and which partitions were looked at, where not all of them were.
    """
    from pipeline.plots.thin import spread_out
    from pipeline.plots.training import Losses

    name, declared = known.data_set.name, list(known.data_set.networks)
    by_pack, about = _networks(store, known)
    failed, total, curves = (
        dict.fromkeys(declared, 0),
        dict.fromkeys(declared, 0),
        defaultdict(list),
    )
    packs = sorted(by_pack)
    read = {packs[k] for k in spread_out(len(packs), _PACKS)}
    for pack in packs:
        failures = _failed_rows(store, name, pack)
        networks = load_networks(store, name, pack) if pack in read else []
        for row, network in sorted(by_pack[pack].items()):
            total[network] += 1
            failed[network] += row in failures
            if networks and row not in failures:
                curves[network].append(networks[row].losses)
    return {n: Losses(curves[n], failed[n], total[n]) for n in declared}, about


def _networks(store: Store, known: "Known") -> tuple[dict[str, dict[int, str]], str]:
    """The networks in use: by pack, the declared network of each row; and at which cutoffs."""
    from pipeline.plots.theme import counted
    from pipeline.plots.thin import spread_out

    found: dict[str, dict[int, str]] = defaultdict(dict)
    ready = [c for c in known.cutoffs if known.ready(c)]
    networks = known.data_set.networks
    slots = sum(known.data_set.network(n).seeds or 1 for n in networks)
    each = max((len(known.ready(c)) for c in ready), default=0) * slots
    chosen = spread_out(len(ready), max(_NETWORKS // max(each, 1), 2))
    for k in chosen:
        manifest = store.read(known.data_set.name, NAME, ready[k].key)
        if manifest is None:
            continue
        for slot in current_slots(manifest, known, NAME, ready[k]):
            pack, row = manifest.entries[slot].at.split(":")
            found[pack][int(row)] = slot.name.split("/")[0]
    some = len(chosen) < len(ready)
    return found, f"networks of {counted(len(chosen), 'cutoff', of=len(ready))}" if some else ""


def _failed_rows(store: Store, data_set: str, pack: str) -> set[int]:
    """Rows of a pack that hold no network."""
    manifest = store.read(data_set, NAME, PACKS, pack)
    entries = manifest.entries.values() if manifest else ()
    return {int(e.at.split(":")[1]) for e in entries if e.parts["status"] == "failed"}

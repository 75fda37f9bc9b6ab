"""Packs of trained networks in the store: many of one declaration in one file, each by its key.

A pack is what one chunk of training commits; partitions only name the rows of packs they use.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pipeline.folds.keys import canonical
from pipeline.store.files import tensors_from_bytes, tensors_to_bytes
from pipeline.store.manifest import Entry, Slot
from pipeline.store.store import Store, sha256

if TYPE_CHECKING:
    from pipeline.rnn.network import Network

STAGE, PACKS = "rnn_model", "packs"
"""The stage they belong to, and their folder beside its partitions."""

_FILE = "networks.safetensors"


def read_packs(store: Store, data_set: str) -> dict[str, Entry]:
    """Every network in an intact pack by its key; `at` says pack and row."""
    found: dict[str, Entry] = {}
    for pack in store.list(data_set, STAGE, PACKS):
        place = (data_set, STAGE, PACKS, pack)
        manifest = store.read(*place)
        if manifest is not None and store.is_intact(manifest, *place):
            found |= {slot.name: entry for slot, entry in manifest.entries.items()}
    return found


def load_networks(store: Store, data_set: str, pack: str) -> "list[Network]":
    """The networks of a pack, by row.

    Raises:
        DamagedError: the pack is absent or damaged.
    """
    from pipeline.rnn.network import from_tensors

    _, content = store.load(_FILE, data_set, STAGE, PACKS, pack)
    return from_tensors(tensors_from_bytes(content)[0])


def commit_pack(
    store: Store,
    data_set: str,
    pack: str,
    networks: "Mapping[Slot, Network]",
    labels: Mapping[Slot, str],
    made_in: str,
) -> dict[str, Entry]:
    """Store networks of one declaration.

    Args:
        store: where.
        data_set: whose.
        pack: its name.
        networks: by series and key.
        labels: of each its name in the declaration, and its seed.
        made_in: where they were trained.

    Returns:
        What stands in the pack, by key.
    """
    from pipeline.rnn.network import to_tensors

    entries = {
        slot: Entry(
            parts={
                "network": labels[slot],
                "status": network.status,
                "loss": repr(float(network.losses[-1])) if len(network.losses) else "nan",
                "shrinkage": " ".join(repr(w) for w in network.shrinkage.by_group.values()),
            }
            | ({"untested": network.untested} if network.untested else {}),
            content=content_of(network),
            at=f"{pack}:{row}",
            made_in=made_in,
        )
        for row, (slot, network) in enumerate(networks.items())
    }
    files = {_FILE: tensors_to_bytes(to_tensors(list(networks.values())))}
    store.commit(data_set, STAGE, PACKS, pack, files=files, entries=entries)
    return {slot.name: entry for slot, entry in entries.items()}


def content_of(network: "Network") -> str:
    """The content hash of one network: all that a forecast is made from."""
    scale = network.scale
    numbers = canonical(np.append(scale.input_spreads.ravel(), scale.spread))
    if (network.shrinkage.weights != 1).any():
        numbers += canonical(network.shrinkage.weights)
    if scale.centres.any():
        numbers += canonical(scale.centres)
    text = f"{scale.reference}\x1f{network.status}".encode()
    return sha256(network.weights.tobytes() + numbers + text)[:32]

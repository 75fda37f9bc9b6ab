"""Packs of trained networks in the store: many of one declaration in one file, each by its key.

A pack is what one chunk of training commits; partitions only name the rows of packs they use.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from pipeline.folds.keys import canonical
from pipeline.store.files import tensors_from_bytes, tensors_to_bytes
from pipeline.store.manifest import Entry, Slot
from pipeline.store.store import Store, sha256

if TYPE_CHECKING:
    from pipeline.rnn.correction import Scale
    from pipeline.rnn.global_network import GlobalNetwork
    from pipeline.rnn.network import Network
    from pipeline.rnn.shrinkage import Shrinkage

STAGE, PACKS = "rnn_model", "packs"
"""The stage they belong to, and their folder beside its partitions."""

CORRECTS = "corrects"
"""The part of a pack's manifest that says what a network corrects, or how such parts begin."""

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


def load_networks(
    store: Store, data_set: str, pack: str
) -> "Sequence[Network] | Sequence[GlobalNetwork]":
    """The networks of a pack, by row.

    Raises:
        DamagedError: the pack is absent or damaged.
    """
    from pipeline.rnn import global_network, network

    _, content = store.load(_FILE, data_set, STAGE, PACKS, pack)
    tensors = tensors_from_bytes(content)[0]
    if global_network.holds_global(tensors):
        return global_network.from_tensors(tensors)
    return network.from_tensors(tensors)


def commit_pack(
    store: Store,
    data_set: str,
    pack: str,
    networks: "Mapping[Slot, Network | GlobalNetwork]",
    labels: Mapping[Slot, str],
    made_in: str,
    seconds: float,
) -> dict[str, Entry]:
    """Store networks of one declaration.

    Args:
        store: where.
        data_set: whose.
        pack: its name.
        networks: by series and key, all local or all of many series.
        labels: of each its name in the declaration, and its seed.
        made_in: where they were trained.
        seconds: how long that took.

    Returns:
        What stands in the pack, by key.
    """
    entries = {
        slot: Entry(
            parts={
                "network": labels[slot],
                "status": network.status,
                "loss": repr(float(network.losses[-1])) if len(network.losses) else "nan",
                "shrinkage": weights_in_words(network.shrinkage),
            }
            | ({"untested": network.untested} if network.untested else {})
            | _corrected_by(network)
            | _of_members(network),
            content=content_of(network),
            at=f"{pack}:{row}",
            made_in=made_in,
        )
        for row, (slot, network) in enumerate(networks.items())
    }
    files = {_FILE: tensors_to_bytes(_tensors_of(list(networks.values())))}
    made = {"seconds": seconds}
    store.commit(data_set, STAGE, PACKS, pack, files=files, entries=entries, made=made)
    return {slot.name: entry for slot, entry in entries.items()}


def _tensors_of(networks: "Sequence[Network | GlobalNetwork]") -> dict[str, np.ndarray]:
    from pipeline.rnn import global_network, network

    if isinstance(networks[0], global_network.GlobalNetwork):
        return global_network.to_tensors(cast("Sequence[GlobalNetwork]", networks))
    return network.to_tensors(cast("Sequence[Network]", networks))


def weights_in_words(shrinkage: "Shrinkage") -> str:
    """The weight of each horizon group, for a manifest."""
    return " ".join(repr(w) for w in shrinkage.by_group.values())


def _corrected_by(network: "Network | GlobalNetwork") -> dict[str, str]:
    """What it corrects, for a manifest; of a network of all on each series."""
    members = getattr(network, "members", None)
    if members is None:
        return {CORRECTS: cast("Network", network).reference}
    return {f"{CORRECTS} of {name}": one.scale.reference for name, one in members.items()}


def _of_members(network: "Network | GlobalNetwork") -> dict[str, str]:
    """What each series trusts a network of all with, for a manifest; "" if it is left out."""
    members = getattr(network, "members", {})
    return {
        of_member(name): "" if one.reason else weights_in_words(one.shrinkage)
        for name, one in members.items()
    }


def of_member(unique_id: str) -> str:
    """The part of a pack's manifest that says what a series trusts a network of all with."""
    return f"shrinkage of {unique_id}"


def content_of(network: "Network | GlobalNetwork") -> str:
    """The content hash of one network: all that a forecast is made from."""
    from pipeline.rnn.network import Network

    if isinstance(network, Network):
        numbers = _numbers_of(network.scale, network.shrinkage)
        text = f"{network.scale.reference}\x1f{network.status}".encode()
        return sha256(network.weights.tobytes() + numbers + text)[:32]
    content = [network.weights.tobytes(), canonical(network.shrinkage.weights)]
    words = [network.status]
    for name, member in network.members.items():
        content.append(_numbers_of(member.scale, member.shrinkage))
        words += [name, member.scale.reference, member.reason]
    return sha256(b"".join(content) + "\x1f".join(words).encode())[:32]


def _numbers_of(scale: "Scale", shrinkage: "Shrinkage") -> bytes:
    numbers = canonical(np.append(scale.input_spreads.ravel(), scale.spread))
    if (shrinkage.weights != 1).any():
        numbers += canonical(shrinkage.weights)
    if scale.centres.any():
        numbers += canonical(scale.centres)
    return numbers

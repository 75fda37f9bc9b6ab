"""All networks of a run, trained together as one program, each exactly as if it were alone.

One network per ready series, refit cutoff and seed, or with `scope: global` one of all series that
are ready there; between two refits the partitions name the same network. The weights lie in packs,
one per committed chunk of training; a partition's manifest says which row of which pack is whose. A
diverged network is stored as failed, with its reason.

**How to read it.** `loss/<network>` is the median last training loss over series and seeds, in
units of the squared spread of what is corrected: about 1 is what that forecast has on the same
windows. A low loss promises nothing: `scores` are about rows the network never saw.
`shrinkage/<network>/<steps ahead>` is what its corrections are multiplied by, the mean over series
and seeds: 0 is the forecast that it corrects, 1 all that it says. Windows held back from a first
fit decide it. `untested` are networks whose fold is too short for that: they are trusted with 0.
`picked/<network>/<reference>` counts the series on which a network that picks what it corrects
(`corrects: auto`, where nothing is declared) picked that one.
"""

import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.baselines.settings import VERSIONS
from pipeline.chain.checkpoints import StoredCheckpoint
from pipeline.chain.environment import place_of
from pipeline.chain.packs import PACKS, STAGE, commit_pack, read_packs
from pipeline.chain.stages import CutoffSlots, Made, Want
from pipeline.chain.trainings import (
    Training,
    columns_of,
    key_of,
    model_settings,
    name_of,
    parts_of,
    trainings,
)
from pipeline.chain.trusted import network_facts
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import hash_of
from pipeline.store.manifest import Entry, Slot

if TYPE_CHECKING:
    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.declaration import DataSet
    from pipeline.rnn.checkpoint import Checkpoint
    from pipeline.rnn.global_network import GlobalNetwork
    from pipeline.rnn.network import Network

NAME = STAGE

UNFINISHED = "unfinished"
"""Folder of what leads to a pack, beside the packs."""

CHUNK = 2048
"""Networks trained and committed together: what a killed run loses at most."""

ROWS = 4_000_000
"""Rows of all series, over the refit cutoffs of a chunk: with their windows some 500 bytes each."""


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """All networks with everything that is declared of them."""
    return [
        {
            name: [
                model_settings(data_set, name),
                data_set.network(name).corrects,
                data_set.network(name).refit,
                data_set.network(name).seeds,
            ]
            for name in data_set.networks
        },
        VERSIONS,
    ]


def wants(known: "Known", cutoff: Cutoff) -> dict[Slot, Want]:
    """The rows at the refit cutoff."""
    wanted = {}
    for slot, training in trainings(known, cutoff).items():
        wanted[slot] = Want(parts_of(known, training))
    return wanted


def train(
    known: "Known",
    asked: list[Training],
    say: Any = None,  # noqa: ANN401
    checkpoint: "Checkpoint | None" = None,
) -> "list[Network] | list[GlobalNetwork]":
    """Networks of one declaration as one batched program, in the order asked.

    Each sees a copy of the rows that ends at its refit cutoff: what lies after cannot leak.
    """
    from pipeline.rnn.group import Fit, GlobalFit
    from pipeline.rnn.train import train_networks
    from pipeline.rnn.train_global import train_global_networks

    data_set, name = known.data_set, asked[0].network
    columns, network = columns_of(data_set, name), data_set.network(name)
    sizes = {"horizon": data_set.horizon, "season_length": data_set.season}
    rows = [
        [known.series(fold.unique_id).pick(columns).until(fold.row) for fold in t.folds]
        for t in asked
    ]
    if network.scope == "global":
        fits = [GlobalFit(tuple(own), t.seed) for own, t in zip(rows, asked, strict=True)]
        return train_global_networks(fits, network, **sizes, say=say, checkpoint=checkpoint)
    fits = [Fit(own[0], t.seed) for own, t in zip(rows, asked, strict=True)]
    return train_networks(fits, network, **sizes, say=say, checkpoint=checkpoint)


def make(work: "Work", due: CutoffSlots) -> Iterator[tuple[Cutoff, Made]]:
    """Train what no pack holds yet, then name for every cutoff the networks it uses."""
    by_cutoff = {cutoff: trainings(work.known, cutoff) for cutoff in due}
    by_key = {
        key_of(work.known, training): training
        for found in by_cutoff.values()
        for training in found.values()
    }
    packs = read_packs(work.store, work.known.data_set.name)
    missing = {key: t for key, t in by_key.items() if key not in packs}
    work.count("trained", len(missing))
    packs |= _train_all(work, missing)
    for cutoff, found in by_cutoff.items():
        entries = {slot: packs[key_of(work.known, t)] for slot, t in found.items()}
        facts = {"n_ready": len(work.known.ready(cutoff)), "n_rows": len(found)}
        facts |= network_facts(work.known.data_set, entries)
        refers = {e.at.split(":")[0] for e in entries.values()}
        yield (
            cutoff,
            Made(
                files={},
                contents={slot: entry.content for slot, entry in entries.items()},
                facts=facts,
                at={slot: entry.at for slot, entry in entries.items()},
                refers=tuple((NAME, PACKS, pack) for pack in sorted(refers)),
            ),
        )


def _train_all(work: "Work", missing: dict[str, Training]) -> dict[str, Entry]:
    """Train in chunks of one declaration; a committed chunk is never trained again."""
    found: dict[str, Entry] = {}
    for name in work.known.data_set.networks:
        # The folds of a series behind each other: they share the work on the rows in common.
        keys = sorted(
            (key for key, training in missing.items() if training.network == name),
            key=lambda key: (missing[key].fold.unique_id, missing[key].fold.row, missing[key].seed),
        )
        size = _chunk_size([missing[key] for key in keys])
        for start in range(0, len(keys), size):
            chunk = keys[start : start + size]
            say = partial(_say, work, before=len(found), chunk=len(chunk), total=len(missing))
            pack, in_this_order = hash_of(sorted(chunk))[:16], hash_of(chunk)[:16]
            place = (work.known.data_set.name, NAME, UNFINISHED, in_this_order)
            checkpoint = StoredCheckpoint(work.store, *place)
            started = time.monotonic()
            networks = train(work.known, [missing[key] for key in chunk], say, checkpoint)
            slots = [Slot(missing[key].unique_id, key) for key in chunk]
            labels = [name_of(name, missing[key].seed) for key in chunk]
            found |= commit_pack(
                work.store,
                work.known.data_set.name,
                pack,
                dict(zip(slots, networks, strict=True)),
                dict(zip(slots, labels, strict=True)),
                place_of(work.known.data_set.network(name)),
                time.monotonic() - started,
            )
            checkpoint.forget()
    return found


def _chunk_size(asked: list[Training]) -> int:
    """Networks in a chunk: of networks of all series so many that their rows fit into memory."""
    rows = max((sum(fold.row + 1 for fold in t.folds) for t in asked), default=1)
    seeds = max((t.seed + 1 for t in asked), default=1)
    return min(CHUNK, max(ROWS // rows, 1) * seeds)


def _say(work: "Work", step: int, n_steps: int, *, before: int, chunk: int, total: int) -> None:
    """Steps of a chunk, all of whose networks train at once, as networks that are done."""
    work.say(before + chunk * step / n_steps, total, "networks")

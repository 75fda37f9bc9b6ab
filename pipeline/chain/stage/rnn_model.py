"""All networks of a run, trained together as one program, each exactly as if it were alone.

One network per ready series, refit cutoff and seed; between two refits the partitions name the same
network. The weights lie in packs, one per committed chunk of training; a partition's manifest says
which row of which pack is whose. A diverged network is stored as failed, with its reason.

**How to read it.** `loss/<network>` is the median last training loss over series and seeds, in
units of the squared spread of what is corrected: about 1 is what that forecast has on the same
windows. A low loss promises nothing: `scores` are about rows the network never saw.
`shrinkage/<network>/<steps ahead>` is what its corrections are multiplied by, the mean over series
and seeds: 0 is the forecast that it corrects, 1 all that it says. Windows held back from a first
fit decide it. `untested` are networks whose fold is too short for that: they are trusted with 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.baselines.settings import VERSIONS
from pipeline.chain.checkpoints import StoredCheckpoint
from pipeline.chain.environment import place_of
from pipeline.chain.packs import PACKS, STAGE, commit_pack, read_packs
from pipeline.chain.stages import CutoffSlots, Made, Want
from pipeline.chain.trusted import network_facts
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.fold import Fold
from pipeline.folds.keys import hash_of
from pipeline.rnn.presets import DEFAULT
from pipeline.rnn.settings import VERSION, corrects_of
from pipeline.store.manifest import Entry, Slot
from pipeline.windows.settings import VERSION as WINDOWS_VERSION

if TYPE_CHECKING:
    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.declaration import DataSet
    from pipeline.rnn.checkpoint import Checkpoint
    from pipeline.rnn.network import Network

NAME = STAGE

UNFINISHED = "unfinished"
"""Folder of what leads to a pack, beside the packs."""

CHUNK = 2048
"""Networks trained and committed together: what a killed run loses at most."""

_NOT_IN_THE_KEY = {"device", "kernel", "refit", "seeds", "reproduction", "corrects", "floor"}
"""Where it runs, which rows, how many, what it is for, what is cut off its forecasts: none changes
more of a network's numbers than how they are rounded.

What it corrects is in the key by series.
"""


@dataclass(frozen=True)
class Training:
    """One network to be trained: which declaration, which fold, which seed."""

    network: str
    fold: Fold
    seed: int


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


def model_settings(data_set: "DataSet", name: str) -> Any:  # noqa: ANN401
    """What the weights of a network depend on besides rows, series, seed and what it corrects."""
    network = data_set.network(name)
    resolved = network.model_dump(exclude_none=True, exclude=_NOT_IN_THE_KEY)
    own = {k: v for k, v in resolved.items() if k not in DEFAULT or DEFAULT[k] != v}
    return [VERSION, WINDOWS_VERSION, own, data_set.freq, data_set.horizon, data_set.season]


def corrected(data_set: "DataSet", name: str, unique_id: str) -> list[str]:
    """What a network corrects on a series, with the version of its numbers."""
    reference = corrects_of(data_set.network(name), unique_id)
    return [reference, VERSIONS.get(reference, "")]


def columns_of(data_set: "DataSet", name: str) -> tuple[str, ...]:
    """The columns a network sees: the target first, those known ahead last."""
    network = data_set.network(name)
    return ("y", *(network.hist_exog or ()), *(network.futr_exog or ()))


def name_of(network: str, seed: int) -> str:
    """The second half of a slot: which network, and which of its seeds."""
    return f"{network}/{seed}"


def wants(known: "Known", cutoff: Cutoff) -> dict[Slot, Want]:
    """The rows at the refit cutoff."""
    wanted = {}
    for slot, training in trainings(known, cutoff).items():
        wanted[slot] = Want(_parts(known, training))
    return wanted


def trainings(known: "Known", cutoff: Cutoff) -> dict[Slot, Training]:
    """Every network that the folds of a cutoff use."""
    data_set = known.data_set
    found = {}
    for name in data_set.networks:
        for fold in known.ready(cutoff):
            fitted = known.fitted_at(fold.unique_id, name, cutoff)
            for seed in range(data_set.network(name).seeds or 1):
                slot = Slot(fold.unique_id, name_of(name, seed))
                found[slot] = Training(name, fitted, seed)
    return found


def key_of(known: "Known", training: Training) -> str:
    """The key of a network: equal keys, equal weights."""
    parts = _parts(known, training)
    return hash_of([training.fold.unique_id, training.seed, parts["fit"], parts["settings"]])


def train(
    known: "Known",
    asked: list[Training],
    say: Any = None,  # noqa: ANN401
    checkpoint: "Checkpoint | None" = None,
) -> "list[Network]":
    """Networks of one declaration as one batched program, in the order asked.

    Each sees a copy of the rows that ends at its refit cutoff: what lies after cannot leak.
    """
    from pipeline.rnn.train import Fit, train_networks

    name = asked[0].network
    columns = columns_of(known.data_set, name)
    fits = [
        Fit(known.series(t.fold.unique_id).pick(columns).until(t.fold.row), t.seed) for t in asked
    ]
    return train_networks(
        fits,
        known.data_set.network(name),
        horizon=known.data_set.horizon,
        season_length=known.data_set.season,
        say=say,
        checkpoint=checkpoint,
    )


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


def _parts(known: "Known", training: Training) -> dict[str, str]:
    data_set, name, fold = known.data_set, training.network, training.fold
    own = [model_settings(data_set, name), corrected(data_set, name, fold.unique_id)]
    return {
        "fit": known.rows_key(fold, columns_of(data_set, name)),
        "settings": hash_of(own),
    }


def _train_all(work: "Work", missing: dict[str, Training]) -> dict[str, Entry]:
    """Train in chunks of one declaration; a committed chunk is never trained again."""
    found: dict[str, Entry] = {}
    for name in work.known.data_set.networks:
        # The folds of a series behind each other: they share the work on the rows in common.
        keys = sorted(
            (key for key, training in missing.items() if training.network == name),
            key=lambda key: (missing[key].fold.unique_id, missing[key].fold.row, missing[key].seed),
        )
        for start in range(0, len(keys), CHUNK):
            chunk = keys[start : start + CHUNK]
            say = partial(_say, work, before=len(found), chunk=len(chunk), total=len(missing))
            pack, in_this_order = hash_of(sorted(chunk))[:16], hash_of(chunk)[:16]
            place = (work.known.data_set.name, NAME, UNFINISHED, in_this_order)
            checkpoint = StoredCheckpoint(work.store, *place)
            networks = train(work.known, [missing[key] for key in chunk], say, checkpoint)
            slots = [Slot(missing[key].fold.unique_id, key) for key in chunk]
            labels = [name_of(name, missing[key].seed) for key in chunk]
            found |= commit_pack(
                work.store,
                work.known.data_set.name,
                pack,
                dict(zip(slots, networks, strict=True)),
                dict(zip(slots, labels, strict=True)),
                place_of(work.known.data_set.network(name)),
            )
            checkpoint.forget()
    return found


def _say(work: "Work", step: int, n_steps: int, *, before: int, chunk: int, total: int) -> None:
    """Steps of a chunk, all of whose networks train at once, as networks that are done."""
    work.say(before + chunk * step / n_steps, total, "networks")

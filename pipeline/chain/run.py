"""Run one stage: find what is due among the cutoffs asked, make it, commit it.

What is not due is left where it lies, or carried over when its artifact is replaced.
"""

import datetime as dt
import functools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pipeline.chain.difference import Records, difference
from pipeline.chain.earlier import earlier_of, up_to_date
from pipeline.chain.environment import environment, place_of
from pipeline.chain.known import Known
from pipeline.chain.stages import BY_NAME, WHOLE, Stage, Want, stages_before
from pipeline.errors import InputError
from pipeline.folds.cutoffs import Cutoff
from pipeline.store.manifest import Entry, Manifest, Slot
from pipeline.store.store import DamagedError, Store

Say = Callable[[float, int, str], None]
"""Called with how much is done, of how much, and of what: folds or networks."""

_AGAIN = 3
"""Times that a whole artifact is made again since another run changed what it is made of."""


def silent(done: float, total: int, what: str) -> None:
    """Say nothing."""


@dataclass
class Work:
    """What a stage works with while it makes what is due."""

    known: Known
    store: Store
    say: Say = silent
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str, number: int) -> None:
        """Add to a count that the run reports, as `trained`."""
        self.counts[what] = self.counts.get(what, 0) + number


@dataclass(frozen=True)
class Done:
    """One artifact after a run: what it is now, and how much of it was made anew.

    Attributes:
        cutoff: None of an artifact without one.
        manifest: what is stored.
        made: the slots that were made anew.
        seconds: its share of the stage's time: that of the run by the number of artifacts made;
            0 where nothing was.
    """

    cutoff: Cutoff | None
    manifest: Manifest
    made: frozenset[Slot]
    seconds: float = 0.0

    @property
    def reused(self) -> int:
        """Slots that were left as they were."""
        return len(self.manifest.entries) - len(self.made)


def run_stage(
    stage: Stage,
    work: Work,
    cutoffs: Iterable[Cutoff | None] = (None,),
    *,
    run_id: str = "",
) -> list[Done]:
    """Make and commit what is due of one stage.

    Args:
        stage: which one; the stages it needs must have run for these cutoffs.
        work: the data set at this moment, the store, where progress is told.
        cutoffs: those asked for; (None,) for a stage without cutoffs.
        run_id: recorded in the manifests.

    Returns:
        One per cutoff asked for, in their order.

    Raises:
        InputError: a single cutoff is asked for and none of its folds is ready; an earlier stage
            has not run; a file cannot be read; the store cannot be written.
    """
    asked = list(cutoffs)
    if stage.looks_back:
        _make_earlier(stage, work, asked, run_id=run_id)
    try:
        done = _run_stage(stage, work, asked, run_id=run_id)
        # Two runs at once: what the other one committed meanwhile belongs to a whole artifact too.
        for _ in range(_AGAIN if not stage.per_cutoff else 0):
            if not (later := _run_stage(stage, work, asked, run_id=run_id))[0].made:
                break
            done = later
        return done
    except DamagedError as absent:
        name = work.known.data_set.name
        raise InputError(
            f"{name}/{stage.name} is made from what is not there: {absent}; "
            f"`hindcast run {name}` makes all that is missing"
        ) from absent


def _make_earlier(stage: Stage, work: Work, asked: Sequence[Cutoff | None], *, run_id: str) -> None:
    """What a stage reads of cutoffs before those asked for, where it is absent or old.

    So a result does not depend on what happened to lie there.
    """
    known = work.known
    earlier = [c for c in earlier_of(stage, known, work.store, asked) if c not in asked]
    for other in stages_before(stage, known.data_set):
        there = up_to_date(other, known, work.store, earlier)
        if absent := [cutoff for cutoff in earlier if cutoff not in there]:
            run_stage(other, work, absent, run_id=run_id)


def _run_stage(stage: Stage, work: Work, asked: list[Cutoff | None], *, run_id: str) -> list[Done]:
    _refuse_an_empty_cutoff(work.known, asked)
    records = Records(work.store, work.known.data_set.name)
    wanted = {c: work.known.wants(stage, c) for c in asked}
    found = {c: difference(stage, c, wanted[c], records) for c in asked}
    after = {c: records.manifest(stage.name, c.key if c else None) for c in asked}
    due = {c: set(d.slots) for c, d in found.items() if d.slots or d.gone or after[c] is None}
    every = (wanted[cutoff][slot] for cutoff, slots in due.items() for slot in slots)
    _refuse_stale_inputs(work.known, records, every)
    folds = {cutoff: _folds_of(slots) for cutoff, slots in due.items()}
    what = "folds" if stage.per_cutoff else "assets"
    started, folds_done = time.monotonic(), 0
    place = functools.cache(partial(_place_of, work.known, stage))
    for cutoff, made in stage.code.make(work, due) if due else ():
        where = records.place(stage.name, cutoff.key if cutoff else None)
        carried = {s: e for s, e in _entries(after[cutoff]).items() if s not in due[cutoff]}
        entries = {
            slot: Entry(
                want.parts,
                made.contents[slot],
                records.read_by(want),
                made.at.get(slot, ""),
                carried[slot].made_in if slot in carried else place(slot.name),
            )
            for slot, want in wanted[cutoff].items()
        }
        after[cutoff] = work.store.commit(
            *where,
            files=made.files,
            entries=entries,
            facts=made.facts,
            made=_made_by(run_id),
            refers=[(work.known.data_set.name, *other) for other in made.refers],
        )
        folds_done += folds[cutoff]
        work.say(folds_done, sum(folds.values()), what)
    share = (time.monotonic() - started) / max(len(due), 1)
    return [
        Done(c, _there(after[c]), frozenset(found[c].slots), share if c in due else 0.0)
        for c in asked
    ]


def _folds_of(slots: Iterable[Slot]) -> int:
    """How many series have a slot among these; what is made as a whole counts as one."""
    return len({slot.unique_id for slot in slots if slot != WHOLE}) or 1


def with_inputs(stage: Stage, work: Work, cutoffs: Sequence[Cutoff]) -> list[Cutoff]:
    """Those of the cutoffs at which a stage can be made: what it reads is there and up to date."""
    records = Records(work.store, work.known.data_set.name)
    found = []
    for cutoff in cutoffs:
        try:
            _refuse_stale_inputs(work.known, records, work.known.wants(stage, cutoff).values())
        except DamagedError:
            continue
        found.append(cutoff)
    return found


def _refuse_stale_inputs(known: Known, records: Records, wanted: Iterable[Want]) -> None:
    """What is read must be what is wanted now: else old numbers get new keys."""
    for ref in dict.fromkeys(p for want in wanted for read in want.reads for p in read.places):
        if ref.partition is None or ref.slot is None:
            continue
        assert isinstance(ref.partition, str)
        manifest = records.manifest(ref.stage, ref.partition)
        entry = manifest.entries.get(ref.slot) if manifest else None
        (cutoff,) = known.named([ref.partition])
        parts = known.wants(BY_NAME[ref.stage], cutoff)[ref.slot].parts
        if entry is None or entry.parts != parts:
            raise DamagedError(
                f"{ref.stage} of {ref.slot.unique_id} ({ref.slot.name}) at {ref.partition} is "
                "absent or old"
            )


def _made_by(run_id: str) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return {"run_id": run_id, "at": now, "environment": environment()}


def _entries(manifest: Manifest | None) -> dict[Slot, Entry]:
    return manifest.entries if manifest else {}


def _place_of(known: Known, stage: Stage, model: str) -> str:
    """Where a model's forecasts are made; of a network's weights their pack says it."""
    if not stage.name.endswith("_forecasts"):
        return ""
    is_network = stage.name == "rnn_forecasts"
    return place_of(known.data_set.network(model) if is_network else None)


def _there(manifest: Manifest | None) -> Manifest:
    assert manifest is not None, "a stage must yield every cutoff it was given"
    return manifest


def _refuse_an_empty_cutoff(known: Known, asked: list[Cutoff | None]) -> None:
    """A single cutoff asked for by hand must have something to forecast."""
    if len(asked) != 1 or asked[0] is None or known.ready(asked[0]):
        return
    states = sorted({fold.state.value for fold in known.folds(asked[0]).values()})
    raise InputError(
        f"{known.data_set.name}, cutoff {asked[0].key}: no series is ready ({', '.join(states)}); "
        f"the last observation is of {known.last_seen()}"
    )

"""What is due and why, from the files as they lie there now; nothing is computed or written.

The rows are read and cleaned in memory where they changed, so the plan says beforehand what a run
will do: `run` asks it first, and launches nothing when nothing is due.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pipeline.chain.difference import REASONS, Difference, Records, difference
from pipeline.chain.earlier import earlier_of
from pipeline.chain.frames import read_frames
from pipeline.chain.known import Known
from pipeline.chain.project import Project
from pipeline.chain.stages import (
    ALL_SERIES,
    BY_NAME,
    INPUTS,
    WHOLE,
    Ref,
    Stage,
    stages_before,
    stages_of,
)
from pipeline.declaration import DataSet
from pipeline.folds.cutoffs import Cutoff
from pipeline.store.manifest import Slot
from pipeline.store.store import Store


@dataclass(frozen=True)
class Due:
    """One artifact that is due.

    Attributes:
        data_set: name of the data set.
        stage: the asset.
        cutoff: key of the partition, None for an asset without.
        slots: what of it is to be made.
        folds: how many series have something to be made at this cutoff.
        reason: why, in words.
    """

    data_set: str
    stage: str
    cutoff: str | None
    slots: frozenset[Slot]
    folds: int
    reason: str


def plan(
    project: Project, data_set: DataSet, *, now: dt.datetime, cutoffs: Sequence[str] | None = None
) -> list[Due]:
    """Everything of a data set that is due, in the order of the chain and of the cutoffs.

    A cutoff without a ready fold is never due.

    Args:
        project: where files and results lie.
        data_set: the declaration.
        now: the clock: which cutoffs exist yet.
        cutoffs: keys of the partitions to look at; by default all.

    Raises:
        InputError: the files cannot be read, or there is no such cutoff.
    """
    return plan_of(known_of_files(project, data_set, now=now), project.store, cutoffs=cutoffs)


def plan_of(known: Known, store: Store, *, cutoffs: Sequence[str] | None = None) -> list[Due]:
    """As `plan`, for rows that are known already.

    Of cutoffs before those asked for, what a served forecast is made from is due with it.
    """
    records, pending = Records(store, known.data_set.name), set[Ref]()
    found: list[Due] = []

    def look(stage: Stage, at: Sequence[Cutoff | None]) -> None:
        for cutoff in at:
            if due := _due(stage, known, cutoff, records, pending):
                found.append(due)
                pending.update(Ref(stage.name, due.cutoff, slot) for slot in (*due.slots, None))

    for stage in stages_of(known.data_set):
        asked = list(_cutoffs_of(stage, known, cutoffs))
        if stage.looks_back and cutoffs is not None:
            earlier = earlier_of(stage, known, store, asked)
            for source in stages_before(stage, known.data_set):
                look(source, [cutoff for cutoff in earlier if cutoff not in asked])
        look(stage, asked)
    return found


def known_of_files(project: Project, data_set: DataSet, *, now: dt.datetime) -> Known:
    """The data set as its files say now: the stored clean rows where they are up to date."""
    from pipeline.chain.stage.clean_observations import clean_files, stored_observations

    known = Known(
        data_set,
        now=now,
        files=lambda: project.files(data_set),
        observations=lambda: rows(),
        frames=lambda: read_frames(project, data_set),
    )

    def rows():  # noqa: ANN202 - Observations, which would load pandas here
        records = Records(project.store, data_set.name)
        if any(_due(BY_NAME[name], known, None, records, set()) for name in INPUTS[:2]):
            return clean_files(known.files, data_set).observations
        return stored_observations(project.store, data_set)

    return known


def known_of_store(project: Project, data_set: DataSet, *, now: dt.datetime) -> Known:
    """The data set as its clean rows were last committed: what every stage after clean reads."""
    from pipeline.chain.stage.clean_observations import stored_observations

    return Known(
        data_set,
        now=now,
        files=lambda: project.files(data_set),
        observations=lambda: stored_observations(project.store, data_set),
        frames=lambda: read_frames(project, data_set),
    )


def _cutoffs_of(stage: Stage, known: Known, asked: Sequence[str] | None) -> Iterator[Cutoff | None]:
    if not stage.per_cutoff:
        yield None
        return
    for cutoff in known.cutoffs if asked is None else known.named(asked):
        if known.ready(cutoff):
            yield cutoff


def _due(
    stage: Stage, known: Known, cutoff: Cutoff | None, records: Records, pending: set[Ref]
) -> Due | None:
    wanted = known.wants(stage, cutoff)
    if not wanted:
        return None
    found = difference(stage, cutoff, wanted, records, pending)
    if not found.slots and not found.gone:
        return None
    slots = {*found.slots, *found.gone}
    series = {slot.unique_id for slot in slots if slot != WHOLE}
    folds = len(known.ready(cutoff) if cutoff and ALL_SERIES in series else series) or 1
    key = cutoff.key if cutoff else None
    reason = _reason(found, wanted, known.data_set.scored_models)
    return Due(known.data_set.name, stage.name, key, frozenset(slots), folds, reason)


def _reason(found: Difference, wanted: Collection[Slot], models: Sequence[str]) -> str:
    """Each reason once; with the models it holds for where it does not hold for all of them."""
    everyone = {_model_of(slot) for slot in wanted}
    by_reason: dict[str, set[str]] = {}
    replaced = _replaced(found, models)
    for slot, reason in found.slots.items():
        said = REASONS["settings"] if slot in replaced else reason
        by_reason.setdefault(said, set()).add(_model_of(slot))
    words = []
    for reason, whose in by_reason.items():
        named = [model for model in models if model in whose]
        words.append(f"{', '.join(named)}: {reason}" if named and whose != everyone else reason)
    left = {slot.unique_id for slot in found.gone} - {slot.unique_id for slot in replaced}
    return "; ".join([*words, *(["a series or model is no longer there"] if left else [])])


def _replaced(found: Difference, models: Sequence[str]) -> set[Slot]:
    """New slots in the place of others of their series: windows are named by how they are cut."""
    gone = {slot.unique_id for slot in found.gone}
    return {s for s in found.slots if s.unique_id in gone and _model_of(s) not in models}


def _model_of(slot: Slot) -> str:
    """The model that a slot is of: a network's slot names its seed too."""
    return slot.name.split("/")[0]

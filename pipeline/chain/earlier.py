"""What lies there and is up to date, and what a stage needs of cutoffs before those asked for."""

from collections.abc import Sequence

from pipeline.chain.difference import Records, difference
from pipeline.chain.frames import FrameError
from pipeline.chain.known import Known
from pipeline.chain.stages import Stage
from pipeline.folds.cutoffs import Cutoff
from pipeline.store.manifest import Manifest
from pipeline.store.store import Store


def up_to_date(
    stage: Stage, known: Known, store: Store, cutoffs: Sequence[Cutoff | None]
) -> dict[Cutoff | None, Manifest]:
    """Those of the cutoffs at which nothing of a stage is due, with what is stored there.

    None is the artifact of a stage without cutoffs. Where a frame of another program is not what is
    needed, nothing that is made from it is up to date.
    """
    records = Records(store, known.data_set.name)
    found = {}
    for cutoff in cutoffs:
        manifest = records.manifest(stage.name, cutoff.key if cutoff else None)
        if manifest is None:
            continue
        try:
            due = difference(stage, cutoff, known.wants(stage, cutoff), records)
        except FrameError:  # told by the plan, and by the stage that reads it
            break
        if not due.slots and not due.gone:
            found[cutoff] = manifest
    return found


def earlier_of(
    stage: Stage, known: Known, store: Store, cutoffs: Sequence[Cutoff | None]
) -> list[Cutoff]:
    """The cutoffs that a stage reads where it is due at some of these; theirs among them.

    In order; none without a ready fold.
    """
    there = up_to_date(stage, known, store, cutoffs)
    read = {
        key
        for cutoff in cutoffs
        if cutoff is not None and cutoff not in there
        for want in known.wants(stage, cutoff).values()
        for ref in want.reads
        for key in (ref.partition if isinstance(ref.partition, tuple) else ())
    }
    return sorted(cutoff for cutoff in known.named(sorted(read)) if known.ready(cutoff))

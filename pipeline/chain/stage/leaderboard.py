"""Which model is how good: a row per series and model, per horizon step, and the mean over series.

`skill` is 1 - MASE / MASE of the declared reference: above 0 is better than the reference. All
numbers are over the same points, `n_scored` says how many; `n_failed` of them stand with the
reference's forecast because the model failed.

**How to read it.** `board` has the best skill first. Of several series it begins with their mean,
which has no numbers in the unit of the target, since degrees and ppm have no mean. A model that is
ahead by a little on few points may be ahead by luck: `skill_lower` to `skill_upper` is where its
skill lies in the long run, with 95 % confidence, `p_value` how probable so large a difference would
be if both were equally good; both are null where too few cutoffs tell, and `luck` says so.
`rank_lower` to `rank_upper` are the places that may be a model's in the long run. The plots
show the folds, what the models were fitted to, how training went, forecasts beside actuals, and
error by step.

Beside it lie `summary.parquet`, a row per model as fev's leaderboard has it and the spread over
seeds; `seasons.parquet`, errors by month or quarter; `stability.parquet`, how much forecasts of the
same time change; `refit.parquet`, what it would be worth to fit more often. What is worse
of late than was to be expected is named by the check live_skill.
`shrinkage.parquet` says what networks are trusted with, by steps ahead: near 0 a network hardly
speaks, and its row is that of the forecast it corrects. `network_share/gain` is how much smaller
the error of what is served is for having networks in it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.board_tables import LEADERBOARD, SHRINKAGE
from pipeline.chain.board_parts import drift_facts, refits_of, tables_beside, training_seconds
from pipeline.chain.stages import BY_NAME, WHOLE, DueSlots, Made, Ref, Want
from pipeline.folds.keys import hash_of
from pipeline.leaderboard.settings import VERSION
from pipeline.store.files import table_from_bytes, table_to_bytes
from pipeline.store.manifest import Entry, Slot
from pipeline.store.store import sha256
from pipeline.tables import SCORED_EVENTS, SCORED_INTERVALS, SCORES, Table

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.declaration import DataSet
    from pipeline.store.store import Store

NAME = "leaderboard"


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """What skill is measured against, and how often models are fitted."""
    return [VERSION, data_set.reference, refits_of(data_set)]


def wants(known: "Known", cutoff: None) -> dict[Slot, Want]:
    """The scores of all cutoffs with a ready fold: one that only the clock adds is no change."""
    ready = [cutoff for cutoff in known.cutoffs if known.ready(cutoff)]
    if not ready:
        return {}
    reads = tuple(Ref("scores", cutoff.key, None) for cutoff in ready)
    return {WHOLE: Want({"settings": hash_of(settings(known.data_set))}, reads)}


def make(work: "Work", due: DueSlots) -> Iterator[tuple[None, Made]]:
    """Rank all models over all recorded scores."""
    from pipeline.chain.trusted import shrinkage_table, weights_of_each
    from pipeline.leaderboard.rank import rank_models
    from pipeline.leaderboard.share import network_share

    known = work.known
    rows, left_out = current_rows(work.store, known)
    scores = rows[SCORES]
    ids = [str(name) for name in scores["unique_id"].unique()]
    references = {k: known.data_set.reference_of(k) for k in ids}
    board = rank_models(
        scores,
        references=references,
        intervals=rows[SCORED_INTERVALS],
        events=rows.get(SCORED_EVENTS),
    )
    files = {"leaderboard.parquet": table_to_bytes(board, LEADERBOARD)}
    files |= tables_beside(work.store, known, scores, references)
    facts: dict[str, Any] = {
        "n_rows": len(board),
        "n_series": len(ids),
        "n_cutoffs": int(scores["cutoff"].nunique()),
        "n_points": len(scores) // len(known.data_set.scored_models),
        "n_folds_left_out": left_out,
    }
    facts |= drift_facts(known.data_set, scores, references)
    if share := network_share(scores):
        facts["network_share"] = {k: v for k, v in share._asdict().items() if np.isfinite(v)}
    if known.data_set.networks:
        shrinkage = shrinkage_table(work.store, known)
        files["shrinkage.parquet"] = table_to_bytes(shrinkage, SHRINKAGE)
        facts["shrinkage"] = weights_of_each(shrinkage[shrinkage["unique_id"].isna()])
        facts["training_seconds"] = training_seconds(work.store, known.data_set)
    yield None, Made(files, {WHOLE: sha256(b"".join(files.values()))[:32]}, facts)


def current_rows(store: "Store", known: "Known") -> "tuple[dict[Table, pd.DataFrame], int]":
    """What was scored of folds on which every declared model is up to date; how many are not.

    After a setting changed or a model was added some folds may still hold the old numbers: they
    would be averaged with the new ones, so the board waits for them.
    """
    import pandas as pd

    event = () if known.data_set.served.event_above is None else (SCORED_EVENTS,)
    frames: dict[Table, list[pd.DataFrame]] = {
        table: [table.empty()] for table in (SCORES, SCORED_INTERVALS, *event)
    }
    left_out = 0
    for cutoff in (c for c in known.cutoffs if known.ready(c)):
        place = (known.data_set.name, "scores", cutoff.key)
        if (manifest := store.read(*place)) is None:
            continue
        old = _out_of_date(manifest.entries, known.wants(BY_NAME["scores"], cutoff))
        left_out += len(old)
        for table, found in frames.items():
            if (file := f"{table.name}.parquet") in manifest.files:
                frame = table_from_bytes(store.file(manifest, file, *place))
                declared = frame["model"].isin(known.data_set.scored_models)
                found.append(frame[declared & ~frame["unique_id"].isin(old)])
    joined = {
        table: pd.concat([f for f in found if len(f)] or found[:1], ignore_index=True)
        for table, found in frames.items()
    }
    return joined, left_out


def _out_of_date(entries: dict[Slot, Entry], wanted: dict[Slot, Want]) -> set[str]:
    """Series with a model whose recorded score is not the one that is wanted now."""
    return {
        slot.unique_id
        for slot, want in wanted.items()
        if slot not in entries or entries[slot].parts != want.parts
    }

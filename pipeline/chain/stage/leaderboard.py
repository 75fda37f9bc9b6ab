"""Which model is how good: a row per series and model, per horizon step, and the mean over series.

`skill` is 1 - MASE / MASE of the declared reference: above 0 is better than the reference. All
numbers are over the same points, `n_scored` says how many; `n_failed` of them stand with the
reference's forecast because the model failed.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipeline.chain.stages import WHOLE, DueSlots, Made, Ref, Want
from pipeline.folds.keys import hash_of
from pipeline.leaderboard.settings import VERSION
from pipeline.store.files import table_from_bytes, table_to_bytes
from pipeline.store.manifest import Slot
from pipeline.store.store import sha256
from pipeline.tables import LEADERBOARD, SCORES

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.declaration import DataSet
    from pipeline.store.store import Store

NAME = "leaderboard"


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """What skill is measured against."""
    return [VERSION, data_set.reference]


def wants(known: "Known", cutoff: None) -> dict[Slot, Want]:
    """The scores of all cutoffs with a ready fold: one that only the clock adds is no change."""
    ready = [cutoff for cutoff in known.cutoffs if known.ready(cutoff)]
    reads = tuple(Ref("scores", cutoff.key, None) for cutoff in ready)
    return {WHOLE: Want({"settings": hash_of(settings(known.data_set))}, reads)}


def make(work: "Work", due: DueSlots) -> Iterator[tuple[None, Made]]:
    """Rank all models over all recorded scores."""
    from pipeline.leaderboard.rank import rank_models

    known = work.known
    scores, left_out = _shared(stored_scores(work.store, known), known.data_set.models)
    ids = [str(name) for name in scores["unique_id"].unique()]
    board = rank_models(scores, references={k: known.data_set.reference_of(k) for k in ids})
    content = table_to_bytes(board, LEADERBOARD)
    facts = {
        "n_series": len(ids),
        "n_cutoffs": int(scores["cutoff"].nunique()),
        "n_points": len(scores) // len(known.data_set.models),
        "n_folds_left_out": left_out,
    }
    yield None, Made({"leaderboard.parquet": content}, {WHOLE: sha256(content)[:32]}, facts)


def _shared(scores: "pd.DataFrame", models: list[str]) -> "tuple[pd.DataFrame, int]":
    """The folds that every declared model has been scored on, and how many are left out.

    After a model was added some folds may not have it yet: the others wait for it there.
    """
    declared = scores[scores["model"].isin(models)]
    counts = declared.groupby(["unique_id", "cutoff"])["model"].transform("nunique")
    left = declared.loc[counts < len(models), ["unique_id", "cutoff"]].drop_duplicates()
    return declared[counts == len(models)], len(left)


def stored_scores(store: "Store", known: "Known") -> "pd.DataFrame":
    """The scores of every cutoff with a ready fold that has some on record."""
    import pandas as pd

    name = known.data_set.name
    frames = []
    for cutoff in known.cutoffs:
        if known.ready(cutoff) and store.read(name, "scores", cutoff.key) is not None:
            _, content = store.load("scores.parquet", name, "scores", cutoff.key)
            frames.append(table_from_bytes(content))
    nothing = SCORES.schema().empty_table().to_pandas()
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled or [nothing], ignore_index=True)

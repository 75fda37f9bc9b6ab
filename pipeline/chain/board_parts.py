"""What stands beside the leaderboard: tables and drifts made from the same scores, and their rows.

Times of training are told as facts and stand in no table: two runs over the same rows store the
same bytes.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline import board_tables
from pipeline.calendar import dates_of, steps_of
from pipeline.chain.packs import PACKS
from pipeline.chain.packs import STAGE as NETWORKS
from pipeline.chain.tables import by_cutoff
from pipeline.folds.cutoffs import Cutoff
from pipeline.store.files import table_from_bytes, table_to_bytes
from pipeline.store.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.chain.known import Known
    from pipeline.declaration import DataSet

FILES = {
    "summary.parquet": board_tables.SUMMARY,
    "seasons.parquet": board_tables.BY_SEASON,
    "stability.parquet": board_tables.STABILITY,
    "refit.parquet": board_tables.REFIT_VALUE,
}
"""Beside `leaderboard.parquet`."""

_SAID = 20
"""Drifts whose sentence is kept, at most."""


def tables_beside(
    store: Store, known: "Known", scores: "pd.DataFrame", references: Mapping[str, str]
) -> dict[str, bytes]:
    """The content of each of `FILES`.

    Args:
        store: where the members of the networks lie.
        known: the data set.
        scores: those that the leaderboard is made of.
        references: of each series.
    """
    from pipeline.leaderboard.refit import measure_refits
    from pipeline.leaderboard.seasons import rank_by_season
    from pipeline.leaderboard.stability import measure_revisions
    from pipeline.leaderboard.summary import summarise_models

    refits = refits_of(known.data_set)
    ages, seeds = _ages(known, scores, list(refits)), _seeds(store, known, scores)
    frames = {
        "summary.parquet": summarise_models(scores, references=references, seeds=seeds),
        "seasons.parquet": rank_by_season(scores, references=references, freq=known.data_set.freq),
        "stability.parquet": measure_revisions(scores),
        "refit.parquet": measure_refits(scores, ages, references=references, refits=refits),
    }
    return {name: table_to_bytes(frame, FILES[name]) for name, frame in frames.items()}


def drift_facts(
    data_set: "DataSet", scores: "pd.DataFrame", references: Mapping[str, str]
) -> dict[str, Any]:
    """How many models drift on how many series, and the first of them in words."""
    from pipeline.leaderboard.drift import STRETCH, find_drifts

    stretch = max(STRETCH[data_set.freq], data_set.horizon)
    found = find_drifts(scores, references=references, stretch=stretch)
    said = [drift.sentence for drift in found[:_SAID]]
    return {"n_drifts": len(found)} | ({"drift": said} if said else {})


def training_seconds(store: Store, data_set: "DataSet") -> dict[str, float]:
    """By network what the training of all its packs took; none of one that does not say it."""
    found: dict[str, float] = {}
    for pack in store.list(data_set.name, NETWORKS, PACKS):
        manifest = store.read(data_set.name, NETWORKS, PACKS, pack)
        if manifest is None or "seconds" not in manifest.made or not manifest.entries:
            continue
        name = next(iter(manifest.entries.values())).parts["network"].split("/")[0]
        if name in data_set.networks:
            found[name] = found.get(name, 0.0) + float(manifest.made["seconds"])
    return found


def refits_of(data_set: "DataSet") -> dict[str, int]:
    """Of each model that is fitted, at every how many cutoffs."""
    found = {model: data_set.refit_of(model) for model in data_set.models}
    return {model: refit for model, refit in found.items() if refit is not None}


def _ages(known: "Known", scores: "pd.DataFrame", models: Sequence[str]) -> "pd.DataFrame":
    """How many cutoffs old the fits are that forecast; columns as `measure_refits` wants them."""
    import pandas as pd

    at = {cutoff.ds: cutoff for cutoff in known.cutoffs}
    folds = scores[["unique_id", "cutoff"]].drop_duplicates()
    rows = [
        (name, ds, model, at[ds].period, _fitted_step(known, name, model, at[ds]))
        for name, ds in zip(folds["unique_id"], folds["cutoff"].to_numpy(), strict=True)
        for model in models
    ]
    found = pd.DataFrame(rows, columns=pd.Index(["unique_id", "cutoff", "model", "period", "step"]))
    dates = dates_of(found["step"].to_numpy(dtype=np.int64), known.data_set.freq)
    return found.assign(age=found["period"] - steps_of(dates, known.data_set.every))


def _fitted_step(known: "Known", unique_id: str, model: str, cutoff: Cutoff) -> int:
    """The last step that the fit has seen which forecasts a series at a cutoff."""
    data_set = known.data_set
    is_global = model in data_set.networks and data_set.network(model).scope == "global"
    fold = (
        known.pool_at(model, cutoff)[0] if is_global else known.fitted_at(unique_id, model, cutoff)
    )
    return known.series(fold.unique_id).first_step + fold.row


def _seeds(store: Store, known: "Known", scores: "pd.DataFrame") -> "pd.DataFrame | None":
    """Errors of the seeds of all networks, cutoff by cutoff; None without networks."""
    import pandas as pd

    from pipeline.leaderboard.summary import seed_errors

    found = []
    scored = by_cutoff(scores, known.cutoffs) if known.data_set.networks else {}
    for cutoff, own in scored.items():
        if len(own):
            place = (known.data_set.name, "rnn_forecasts", cutoff.key)
            members = table_from_bytes(store.load("members.parquet", *place)[1])
            found.append(seed_errors(members, own))
    return pd.concat(found, ignore_index=True) if found else None

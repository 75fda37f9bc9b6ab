"""The tables that a report is made of, read from the store; how they look is in `pipeline/report/`.

Nothing is computed here that a stage computes. Of series that have charts of their own the rows are
read, of all others only what stands on the leaderboard.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.chain import picture_rows as rows_of
from pipeline.chain.stages import CLEAN, SERVED_FORECASTS, sources_of
from pipeline.folds.cutoffs import Cutoff
from pipeline.served.settings import SERVED, WITHOUT_NETWORKS
from pipeline.store.files import table_from_bytes
from pipeline.store.store import Store
from pipeline.tables import FORECASTS, INTERVALS, Table

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.chain.known import Known
    from pipeline.report.content import About, Content, Share


def content_of_report(store: Store, known: "Known") -> "Content":
    """Everything that the page of a data set shows.

    Raises:
        DamagedError: a table is absent or damaged.
    """
    from pipeline.report.content import Content
    from pipeline.report.shown import shown_series

    name = known.data_set.name
    board = rows_of.board(store, known)
    shown = shown_series(board) or rows_of.some_series(known, 1)
    stretches, model, _ = rows_of.stretches(known, chosen=shown[:1])
    sources = sources_of(known.data_set, known.data_set.scored_models)
    newest = _newest(store, known, shown, stages=sources, table=FORECASTS)
    served = newest[(newest["model"] == SERVED) & (newest["step"] == 1)]
    return Content(
        about=_about(known),
        board=board,
        history=_history(known, shown),
        points=rows_of.scored(store, known, shown),
        newest=newest[newest["model"] != WITHOUT_NETWORKS],
        verdicts=table_from_bytes(store.load("verdicts.parquet", name, CLEAN)[1]),
        stretches=stretches,
        folds_of=model,
        intervals=_newest(store, known, shown, stages=[SERVED_FORECASTS], table=INTERVALS),
        weights=_weights(store, known),
        reasons=served[["unique_id", "reason"]].rename(columns={"reason": "words"}),
        share=_share(store, known),
        **_beside_the_board(store, known),
    )


def _about(known: "Known") -> "About":
    from pipeline.report.content import About

    data_set, ready = known.data_set, rows_of.ready_cutoffs(known)
    return About(
        name=data_set.name,
        target=data_set.columns.y,
        freq=data_set.freq,
        horizon=data_set.horizon,
        season=data_set.season,
        baselines=list(data_set.baselines),
        networks=list(data_set.networks),
        references={name: data_set.reference_of(name) for name in known.observations.series},
        cutoffs=[ready[0].key, ready[-1].key] if ready else [],
        n_cutoffs=len(ready),
        served=data_set.served.serve,
    )


_BESIDE = ("shrinkage", "seasons", "stability", "summary")
"""Further tables of the leaderboard, where it has them."""


def _beside_the_board(store: Store, known: "Known") -> dict[str, Any]:
    """By name what there is of them."""
    place = (known.data_set.name, "leaderboard")
    manifest = store.read(*place)
    there = manifest.files if manifest else {}
    return {
        name: table_from_bytes(store.load(f"{name}.parquet", *place)[1])
        for name in _BESIDE
        if f"{name}.parquet" in there
    }


def _history(known: "Known", shown: list[str]) -> "pd.DataFrame":
    """All rows of these series, in their order."""
    import pandas as pd

    frames = [
        pd.DataFrame({"unique_id": name, "ds": series.ds, "y": series.y})
        for name in shown
        for series in (known.series(name),)
    ]
    return pd.concat(frames, ignore_index=True)


def _newest(
    store: Store, known: "Known", shown: list[str], *, stages: Sequence[str], table: Table
) -> "pd.DataFrame":
    """The rows of a table for each series at its newest cutoff."""
    import pandas as pd

    frames = [table.empty()]
    for cutoff, names in newest_cutoffs(known).items():
        if ids := [name for name in shown if name in names]:
            frames += [
                rows_of.stored_rows(store, known, stage, table=table, cutoffs=[cutoff], ids=ids)
                for stage in stages
            ]
    return pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)


def _weights(store: Store, known: "Known") -> "pd.DataFrame":
    """The mean weight of each model at every cutoff, as its manifest says it."""
    import pandas as pd

    found = []
    for cutoff in rows_of.ready_cutoffs(known):
        manifest = store.read(known.data_set.name, SERVED_FORECASTS, cutoff.key)
        means = manifest.facts["weight"] if manifest else {}
        found += [(None, cutoff.ds, "", model, weight) for model, weight in means.items()]
    names = ["unique_id", "cutoff", "steps", "model", "weight"]
    return pd.DataFrame(found, columns=pd.Index(names))


def _share(store: Store, known: "Known") -> "Share | None":
    """What networks add to the blend, as the leaderboard says it."""
    from pipeline.report.content import Share

    manifest = store.read(known.data_set.name, "leaderboard")
    found = manifest.facts.get("network_share") if manifest else None
    return Share(found["gain"], found.get("p_value", math.nan)) if found else None


def newest_cutoffs(known: "Known") -> dict[Cutoff, list[str]]:
    """The newest cutoff of every series that can be forecast at one, with these series."""
    found: dict[Cutoff, list[str]] = {}
    left = set(known.observations.series)
    for cutoff in reversed(known.cutoffs):
        here = [fold.unique_id for fold in known.ready(cutoff) if fold.unique_id in left]
        if here:
            found[cutoff] = here
            left -= set(here)
        if not left:
            break
    return found

"""Every forecast held against what was observed, a row per point: series, cutoff, step and model.

The same points for every model, or an error. A step whose actual is not known yet, or was never
observed, has no row; `complete` says whether all steps are known. `error` is forecast minus actual,
`scale` is what MASE divides by. `scored_intervals` holds the bounds of every model beside what came
true, `scored_events` the probabilities of a declared event.

**How to read it.** `skill/<model>` and `mase/<model>` of this cutoff alone: their curves over the
cutoffs are under *Plots*; of a single series there is `mae/<model>` too, in the unit of the target.
One cutoff proves nothing; `leaderboard` is over all of them. A skill of 0 is as good as the
reference, 1 is perfect.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.chain.stages import (
    BY_NAME,
    SERVED_FORECASTS,
    CutoffSlots,
    Made,
    Ref,
    Want,
    source_of,
    sources_of,
)
from pipeline.chain.tables import by_cutoff, contents_of_tables, in_order, slots_of
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.fold import Fold
from pipeline.folds.keys import canonical, hash_of
from pipeline.scores.settings import VERSION
from pipeline.store.files import table_from_bytes, table_to_bytes
from pipeline.store.manifest import Slot
from pipeline.store.store import sha256
from pipeline.tables import (
    FORECASTS,
    INTERVALS,
    PROBABILITIES,
    SCORED_EVENTS,
    SCORED_INTERVALS,
    SCORES,
    Table,
)

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.declaration import DataSet

NAME = "scores"

CHUNK = 2048
"""Folds that are scored in one call: a frame of all of them would not fit into memory."""

_ORDER = {"scores": ("step",), "scored_intervals": ("step", "level"), "scored_events": ("step",)}
"""By what the rows of a series and model are sorted."""


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """The season of the scale, and which models there are."""
    return [VERSION, data_set.season, data_set.horizon, data_set.scored_models]


def wants(known: "Known", cutoff: Cutoff) -> dict[Slot, Want]:
    """Actuals in (cutoff, cutoff + horizon], rows of the scale, forecasts and their intervals."""
    data_set = known.data_set
    sources = {m: source_of(data_set, m) for m in data_set.scored_models}
    forecasts = {s: known.wants(BY_NAME[s], cutoff) for s in dict.fromkeys(sources.values())}
    own = hash_of([VERSION, data_set.season])
    wanted = {}
    for fold in known.ready(cutoff):
        parts = {
            "actuals": _actuals_key(known, fold),
            "rows": known.rows_key(fold),
            "settings": own,
        }
        for model, source in sources.items():
            slot = Slot(fold.unique_id, model)
            made_of = dict.fromkeys((source, SERVED_FORECASTS))  # the intervals are of the latter
            own_parts = parts | {
                "forecast": hash_of(forecasts[source][slot].parts),
                "intervals": hash_of(forecasts[SERVED_FORECASTS][slot].parts),
            }
            reads = tuple(Ref(stage, cutoff.key, slot) for stage in made_of)
            wanted[slot] = Want(own_parts, reads)
    return wanted


def make(work: "Work", due: CutoffSlots) -> Iterator[tuple[Cutoff, Made]]:
    """Every due cutoff as a whole, some in one call."""
    chunk: list[Cutoff] = []
    for cutoff in due:
        chunk.append(cutoff)
        if sum(len(work.known.ready(one)) for one in chunk) >= CHUNK:
            yield from _score(work, chunk)
            chunk = []
    if chunk:
        yield from _score(work, chunk)


def _score(work: "Work", cutoffs: Sequence[Cutoff]) -> Iterator[tuple[Cutoff, Made]]:
    from pipeline.leaderboard.skill import skill_by_cutoff
    from pipeline.scores.score import score_forecasts
    from pipeline.scores.uncertainty import score_events, score_intervals

    known, data_set = work.known, work.known.data_set
    sources = sources_of(data_set, data_set.scored_models)
    forecasts = _read(work, FORECASTS, sources, cutoffs)
    found = score_forecasts(forecasts, known.observations, season_length=data_set.season)
    intervals = _read(work, INTERVALS, [SERVED_FORECASTS], cutoffs)
    tables = {SCORES: found, SCORED_INTERVALS: score_intervals(intervals, found)}
    if data_set.served.event_above is not None:
        events = _read(work, PROBABILITIES, [SERVED_FORECASTS], cutoffs)
        tables[SCORED_EVENTS] = score_events(events, found)
    rows = {table: by_cutoff(frame, cutoffs) for table, frame in tables.items()}
    ids = {fold.unique_id for cutoff in cutoffs for fold in known.ready(cutoff)}
    references = {name: data_set.reference_of(name) for name in ids}
    numbers = by_cutoff(skill_by_cutoff(found, references=references), cutoffs)
    for cutoff in cutoffs:
        own = {table: frames[cutoff] for table, frames in rows.items()}
        yield cutoff, _artifact(known, cutoff, own, numbers[cutoff])


def _actuals_key(known: "Known", fold: Fold) -> str:
    y = known.series(fold.unique_id).y
    after = y[fold.row + 1 : fold.row + 1 + known.data_set.horizon]
    known_steps = np.flatnonzero(~np.isnan(after))
    return sha256(canonical(after[known_steps]) + known_steps.astype("<i8").tobytes())[:32]


def _read(
    work: "Work", table: Table, stages: Iterable[str], cutoffs: Sequence[Cutoff]
) -> "pd.DataFrame":
    """The rows of a table that these stages made at these cutoffs."""
    import pandas as pd

    name, file = work.known.data_set.name, f"{table.name}.parquet"
    frames = [
        table_from_bytes(work.store.load(file, name, stage, cutoff.key)[1])
        for cutoff in cutoffs
        for stage in stages
    ]
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled or frames[:1], ignore_index=True)


def _artifact(
    known: "Known",
    cutoff: Cutoff,
    rows: "Mapping[Table, pd.DataFrame]",
    numbers: "pd.DataFrame",
) -> Made:
    data_set = known.data_set
    models = data_set.scored_models
    tables = {table: in_order(own, models, *_ORDER[table.name]) for table, own in rows.items()}
    ordered = tables[SCORES]
    points = ordered.groupby("unique_id")["ds"].nunique().sum() if len(ordered) else 0
    asked = len(known.ready(cutoff)) * data_set.horizon
    facts = {
        "n_ready": len(known.ready(cutoff)),
        "n_rows": len(ordered),
        "n_scored": int(points),
        "complete": bool(points == asked),
        "mase": _by_model(numbers, "mase"),
        "skill": _by_model(numbers, "skill"),
    }
    if len(known.observations.series) == 1:
        facts["mae"] = _by_model(numbers, "mae")
    files = {f"{table.name}.parquet": table_to_bytes(own, table) for table, own in tables.items()}
    return Made(files, contents_of_tables(tables, slots_of(known, cutoff, models)), facts)


def _by_model(numbers: "pd.DataFrame", name: str) -> dict[str, float]:
    """A number of this cutoff by model, for the curves of the UI; unknown ones are left out."""
    known = numbers.dropna(subset=name)
    return {str(m): float(v) for m, v in zip(known["model"], known[name], strict=True)}

"""What a user acts on: a blend of all forecasts, and intervals for every model.

`forecasts` holds the served one, in the unit of the target: all models, imported ones too (what
repeats a published result excepted), each with a weight that its errors at earlier cutoffs earned,
as far as their actuals were known at this one; `reason` says the weights in words. Until there are
enough of them it is the declared reference. `served_without_networks` is the same blend had there
been no networks: what they add is the difference.
`intervals` holds lower and upper bounds of every model, split-conformal: as wide as its errors at
earlier cutoffs were; null until there are enough of these. `weights` says what the blend is of.

**How to read it.** `weight/<model>` is the mean over series and steps ahead, `unbounded/80` how
many intervals there were too few errors for: their curves over the cutoffs are under *Plots*.
Whether the served forecast is good, `scores` says as of any other model.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.calendar import dates_of
from pipeline.chain.stages import (
    SERVED_FORECASTS,
    CutoffSlots,
    Made,
    Ref,
    Want,
    source_of,
    sources_of,
)
from pipeline.chain.tables import contents_of_tables, in_order, slots_of
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import hash_of
from pipeline.served.settings import LEVELS, SERVED, VERSION
from pipeline.store.files import table_to_bytes
from pipeline.store.manifest import Slot
from pipeline.tables import FORECASTS, INTERVALS, PROBABILITIES, WEIGHTS, Table

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.declaration import DataSet
    from pipeline.served.blend import Rules
    from pipeline.served.serve import Served
    from pipeline.store.store import Store

NAME = SERVED_FORECASTS

Frames = Mapping[Table, "pd.DataFrame"]
"""The rows of each table at a cutoff."""

_ORDER = {
    "forecasts": ("step",),
    "intervals": ("step", "level"),
    "probabilities": ("step",),
    "weights": ("steps",),
}
"""By what the rows of a series and model are sorted."""


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """What may be blended, what stands in for the blend, and how much of the past is asked."""
    return [_of_intervals(data_set), _of_the_blend(data_set), data_set.models]


def _of_intervals(data_set: "DataSet") -> Any:  # noqa: ANN401
    own = data_set.served
    return [VERSION, data_set.horizon, LEVELS, own.n_calibration, own.event_above]


def _of_the_blend(data_set: "DataSet") -> Any:  # noqa: ANN401
    networks = data_set.candidate_networks
    return [data_set.served.serve, data_set.candidates, networks, data_set.reference]


def wants(known: "Known", cutoff: Cutoff) -> dict[Slot, Want]:
    """The forecasts of this and of earlier cutoffs, and the rows up to this one.

    Intervals of a model are made of its own errors; the blend, which knows how good a model is on
    all series, of all that was forecast.
    """
    data_set = known.data_set
    own, near = hash_of(_of_intervals(data_set)), _near(known, cutoff)
    wanted = {}
    for fold in known.ready(cutoff):
        rows = known.rows_key(fold)
        there = [c for c in near if known.folds(c)[fold.unique_id].ready]
        keys = tuple(c.key for c in there)
        for slot, made_of in known.past_keys.of_one(fold.unique_id, there).items():
            parts = {"rows": rows, "settings": own, "forecasts": made_of}
            wanted[slot] = Want(parts, (Ref(source_of(data_set, slot.name), keys, slot),))
    blend = _want_of_the_blend(known, cutoff)
    for slot in slots_of(known, cutoff, data_set.served_models):
        wanted[slot] = blend
    return wanted


def _near(known: "Known", cutoff: Cutoff) -> list[Cutoff]:
    """The cutoffs whose errors make an interval, and the one that it is for."""
    return [*known.before(cutoff, known.data_set.served.n_calibration), cutoff]


def _every(known: "Known", cutoff: Cutoff) -> list[Cutoff]:
    """The same of the served forecast: each that its interval is of was blended from earlier."""
    return [*known.before(cutoff, 2 * known.data_set.served.n_calibration), cutoff]


def _want_of_the_blend(known: "Known", cutoff: Cutoff) -> Want:
    data_set = known.data_set
    every = [c for c in _every(known, cutoff) if known.ready(c)]
    parts = {
        "settings": hash_of([_of_intervals(data_set), _of_the_blend(data_set)]),
        "forecasts": known.past_keys.of_candidates(every),
    }
    keys = tuple(c.key for c in every)
    sources = sources_of(data_set, data_set.models)
    return Want(parts, tuple(Ref(source, keys, None) for source in sources))


def make(work: "Work", due: CutoffSlots) -> Iterator[tuple[Cutoff, Made]]:
    """Every due cutoff as a whole, those near each other in one pass over what was forecast."""
    for cutoffs in _stretches(work.known, due):
        for cutoff, frames in _serve(work.known, work.store, cutoffs):
            yield cutoff, _artifact(work.known, cutoff, frames)


def _stretches(known: "Known", cutoffs: Iterable[Cutoff]) -> list[list[Cutoff]]:
    """Cutoffs in order; what lies between two of one stretch is read for the later one anyway."""
    found: list[list[Cutoff]] = []
    for cutoff in sorted(cutoffs):
        if found and found[-1][-1] in _every(known, cutoff):
            found[-1].append(cutoff)
        else:
            found.append([cutoff])
    return found


def contents_at(known: "Known", store: "Store", cutoff: Cutoff) -> dict[Slot, str]:
    """The content of every slot at a cutoff, from the stored forecasts and these rows."""
    ((_, frames),) = _serve(known, store, [cutoff])
    return _artifact(known, cutoff, frames).contents


def _serve(
    known: "Known", store: "Store", cutoffs: Sequence[Cutoff]
) -> Iterator[tuple[Cutoff, Frames]]:
    """The rows of every table at each of these cutoffs, made in one pass from the first on."""
    from pipeline.chain.past import past_of
    from pipeline.served.serve import serve

    data_set, first, last = known.data_set, min(cutoffs), max(cutoffs)
    earlier = _every(known, first)
    asked = [cutoff for cutoff in known.cutoffs if first <= cutoff <= last]
    stretch = [*earlier[:-1], *asked]
    series, past = past_of(known, store, stretch)
    served = serve(
        past,
        _rules(data_set, series),
        first=len(earlier) - 1,
        dates=[cutoff.key for cutoff in stretch],
        above=data_set.served.event_above,
    )
    for place, cutoff in enumerate(asked):
        if cutoff in cutoffs:
            yield cutoff, _rows(data_set, series, cutoff, served.at(place))


def _rows(data_set: "DataSet", series: Sequence[str], cutoff: Cutoff, served: "Served") -> Frames:
    from pipeline.served import frames

    steps = cutoff.step + np.arange(1, data_set.horizon + 1)
    ds = dates_of(steps, data_set.freq)[None]
    names = frames.Names(list(series), np.array([cutoff.ds]), ds)
    found = {
        FORECASTS: frames.forecast_rows(served, names),
        INTERVALS: frames.interval_rows(served, names),
        WEIGHTS: frames.weight_rows(served, names),
    }
    if data_set.served.event_above is not None:
        found[PROBABILITIES] = frames.probability_rows(served, names)
    return found


def _rules(data_set: "DataSet", series: Sequence[str]) -> "Rules":
    from pipeline.served.blend import Rules

    return Rules(
        data_set.candidates,
        [data_set.reference_of(name) for name in series],
        data_set.served.serve,
        data_set.served.n_calibration,
        tuple(data_set.candidate_networks),
    )


def _artifact(known: "Known", cutoff: Cutoff, frames: Frames) -> Made:
    """The tables of a cutoff: of every model; the weights belong to the served one."""
    models = known.data_set.scored_models
    rows = {t: in_order(own, models, *_ORDER[t.name]) for t, own in frames.items()}
    weights = rows[WEIGHTS]
    of_served = weights.assign(steps=weights["model"] + " " + weights["steps"], model=SERVED)
    contents = contents_of_tables({**rows, WEIGHTS: of_served}, slots_of(known, cutoff, models))
    files = {f"{table.name}.parquet": table_to_bytes(own, table) for table, own in rows.items()}
    return Made(files, contents, _facts(known, cutoff, rows))


def _facts(known: "Known", cutoff: Cutoff, rows: "Mapping[Table, pd.DataFrame]") -> dict[str, Any]:
    from pipeline.served.frames import mean_weights

    bounds, weights = rows[INTERVALS], rows[WEIGHTS]
    unbounded = bounds[bounds["lo"].isna()]["level"].value_counts()
    return {
        "n_ready": len(known.ready(cutoff)),
        "n_rows": len(rows[FORECASTS]),
        "unbounded": {f"{level:g}": float(unbounded.get(level, 0)) for level in LEVELS},
        "weight": mean_weights(weights, known.data_set.horizon),
    }

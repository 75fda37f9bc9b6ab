"""The simple forecasts of every fold that is ready, one to `horizon` steps ahead.

`y_hat` is in the unit of the target. A baseline that cannot be computed (an AR with too few
complete rows) has `status` failed with its reason, and stands with the forecast of the series'
reference, so that every model is held against the same points. `coefficients` lists what the AR
models were fitted to; one whose terms are nearly collinear is solved by statsmodels, and its
`reason` says so with `status` ok.

**How to read it.** A row per series, step and model; `coefficients` below shows those of this
cutoff, `n_failed` how many forecasts are stand-ins, `n_notes` how many have something to be known
about how they were made. Whether any of it is good, `scores` says.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.baselines.settings import FITTED, VERSIONS
from pipeline.calendar import Freq, dates_of
from pipeline.chain.stages import CutoffSlots, Made, Want
from pipeline.chain.tables import (
    Block,
    by_cutoff,
    carried,
    contents_of,
    failures,
    forecast_rows,
    in_order,
    notes,
    slots_of,
)
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import hash_of
from pipeline.store.files import table_to_bytes
from pipeline.store.manifest import Slot
from pipeline.tables import COEFFICIENTS, FORECASTS
from pipeline.windows.settings import VERSION as WINDOWS_VERSION

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.baselines.ar import ArFits
    from pipeline.baselines.forecast import BaselineForecasts, Folds
    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.declaration import DataSet

NAME = "baseline_forecasts"

_LAST_VALUE = "naive"
"""It cannot fail where a fold is ready: an observed value lies at or before the cutoff."""

CHUNK = 24
"""Cutoffs computed before they are committed: what a killed run loses at most."""


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """All baselines with their versions, and what a failed one stands with."""
    own = {name: model_settings(data_set, name) for name in data_set.baselines}
    return [own, {name: data_set.refit_of(name) for name in data_set.baselines}, data_set.reference]


def model_settings(data_set: "DataSet", name: str) -> Any:  # noqa: ANN401
    """What the numbers of one baseline depend on, besides rows; `refit` only says which rows."""
    baseline = data_set.baseline(name)
    model = str(baseline.model)
    own = baseline.model_dump(exclude_defaults=True, exclude={"refit", "reproduction"})
    fills = [WINDOWS_VERSION] if model in FITTED else []
    return [VERSIONS[model], own, data_set.freq, data_set.horizon, data_set.season, *fills]


def stand_in_settings(data_set: "DataSet") -> dict[str, Any]:
    """By reference: what the forecast that a failed model stands with depends on, besides rows."""
    declared = data_set.reference
    names = [declared] if isinstance(declared, str) else [*declared.values(), "climatology"]
    return {name: [model_settings(data_set, name), data_set.refit_of(name)] for name in names}


def wants(known: "Known", cutoff: Cutoff) -> dict[Slot, Want]:
    """Rows at the cutoff; for fitted models also the rows they were fitted on."""
    data_set = known.data_set
    stand_ins = stand_in_settings(data_set)
    wanted = {}
    for name in data_set.baselines:
        own = model_settings(data_set, name)
        keys = {reference: hash_of([own, other]) for reference, other in stand_ins.items()}
        for fold in known.ready(cutoff):
            key = keys[data_set.reference_of(fold.unique_id)]
            parts = {"rows": known.rows_key(fold), "settings": key}
            if data_set.refit_of(name) is not None:
                parts["fit"] = known.rows_key(known.fitted_at(fold.unique_id, name, cutoff))
            wanted[Slot(fold.unique_id, name)] = Want(parts)
    return wanted


def make(work: "Work", due: CutoffSlots) -> Iterator[tuple[Cutoff, Made]]:
    """Some cutoffs at a time, each model over all series at them in one call."""
    cutoffs = list(due)
    for start in range(0, len(cutoffs), CHUNK):
        chunk = cutoffs[start : start + CHUNK]
        blocks, coefficients = _forecast(work.known, {c: due[c] for c in chunk})
        rows = by_cutoff(forecast_rows(blocks, work.known), chunk)
        fitted = by_cutoff(coefficients, chunk)
        for cutoff in chunk:
            yield cutoff, _artifact(work, cutoff, due[cutoff], rows[cutoff], fitted[cutoff])


def forecast_by(known: "Known", slot: Slot, cutoffs: Sequence[Cutoff]) -> "BaselineForecasts":
    """One baseline of one series at many cutoffs at which it is ready."""
    return forecast_all(known, slot.name, {slot.unique_id: cutoffs})[0]


def forecast_all(
    known: "Known", name: str, cutoffs_of: Mapping[str, Sequence[Cutoff]]
) -> "list[BaselineForecasts]":
    """One baseline of many series, each at its cutoffs at which it is ready."""
    from pipeline.baselines.forecast import forecast_baseline

    return forecast_baseline(
        known.data_set.baseline(name),
        [
            _folds(known, Slot(unique_id, name), cutoffs)
            for unique_id, cutoffs in cutoffs_of.items()
        ],
        horizon=known.data_set.horizon,
        season_length=known.data_set.season,
    )


def _folds(known: "Known", slot: Slot, cutoffs: Sequence[Cutoff]) -> "Folds":
    """The rows that a baseline may see of a series, and where they end."""
    from pipeline.baselines.forecast import Folds
    from pipeline.windows.mask import fill_as_of

    whole = known.series(slot.unique_id).pick(("y",))
    rows = np.array([whole.row_of(c.step) for c in cutoffs], dtype=np.int64)
    series = whole.until(int(rows.max()))
    fitted = [known.fitted_at(slot.unique_id, slot.name, c).row for c in cutoffs]
    filled = fill_as_of(series, season_length=known.data_set.season).values[:, 0]
    return Folds(series, filled, rows, np.array(fitted, dtype=np.int64))


def stand_in(known: "Known", unique_id: str, cutoffs: Sequence[Cutoff]) -> np.ndarray:
    """What a failed model stands with: the series' reference, else the last value."""
    reference, last = (
        forecast_by(known, Slot(unique_id, name), cutoffs)
        for name in (known.data_set.reference_of(unique_id), _LAST_VALUE)
    )
    failed = np.array([reason != "" for reason in reference.reasons])
    return np.where(failed[:, None], last.y_hat, reference.y_hat)


def block_of(
    known: "Known",
    slot: Slot,
    cutoffs: Sequence[Cutoff],
    y_hat: np.ndarray,
    reasons: Sequence[str],
    failed_seeds: Sequence[int] = (),
    notes: Sequence[str] = (),
) -> Block:
    """Forecasts with the stand-in where the model failed."""
    failed = np.array([reason != "" for reason in reasons])
    if failed.any():
        y_hat = np.where(failed[:, None], stand_in(known, slot.unique_id, cutoffs), y_hat)
    return Block(slot, cutoffs, y_hat, reasons, failed_seeds, notes)


def _forecast(known: "Known", due: CutoffSlots) -> tuple[list[Block], "pd.DataFrame"]:
    """The forecasts and the coefficients, model by model, each in one pass over all series."""
    cutoffs_of: dict[str, dict[str, list[Cutoff]]] = defaultdict(lambda: defaultdict(list))
    for cutoff, slots in due.items():
        for slot in sorted(slots):
            cutoffs_of[slot.name][slot.unique_id].append(cutoff)
    blocks, fitted = [], []
    for name, by_series in cutoffs_of.items():
        for (unique_id, cutoffs), found in zip(
            by_series.items(), forecast_all(known, name, by_series), strict=True
        ):
            slot = Slot(unique_id, name)
            blocks.append(
                block_of(known, slot, cutoffs, found.y_hat, found.reasons, notes=found.notes)
            )
            if found.fits:
                fitted.append((slot, cutoffs, found.fits))
    return blocks, _coefficient_rows(fitted, known.data_set.freq)


def _coefficient_rows(
    fitted: "list[tuple[Slot, list[Cutoff], ArFits]]", freq: Freq
) -> "pd.DataFrame":
    """The rows of `COEFFICIENTS`: a regression after the other, its terms in order."""
    import pandas as pd

    if not fitted:
        return COEFFICIENTS.empty()
    whole = [np.array([why == "" for why in fits.reasons]) for _, _, fits in fitted]
    names = [fits.terms.names for _, _, fits in fitted]
    steps = [
        np.repeat(np.array([c.step for c in cutoffs], dtype=np.int64)[own], len(terms))
        for (_, cutoffs, _), own, terms in zip(fitted, whole, names, strict=True)
    ]
    sizes = [len(own) for own in steps]
    values = [f.coefficients[own].ravel() for (_, _, f), own in zip(fitted, whole, strict=True)]
    return pd.DataFrame(
        {
            "unique_id": np.repeat([slot.unique_id for slot, _, _ in fitted], sizes),
            "cutoff": dates_of(np.concatenate(steps), freq),
            "model": np.repeat([slot.name for slot, _, _ in fitted], sizes),
            "term": [
                t for own, terms in zip(whole, names, strict=True) for t in terms * int(own.sum())
            ],
            "coefficient": np.concatenate(values),
        }
    )


def _artifact(
    work: "Work", cutoff: Cutoff, due: set[Slot], rows: "pd.DataFrame", fitted: "pd.DataFrame"
) -> Made:
    """The whole artifact of a cutoff: the new rows, and those carried over."""
    import pandas as pd

    data_set = work.known.data_set
    place = (data_set.name, NAME, cutoff.key)
    keep = slots_of(work.known, cutoff, data_set.baselines) - due
    old = [
        carried(work.store, place, f"{name}.parquet", keep)
        for name in ("forecasts", "coefficients")
    ]
    forecasts, coefficients = (
        pd.concat([f for f in pair if f is not None and len(f)] or [pair[0]])
        for pair in zip((rows, fitted), old, strict=True)
    )
    forecasts = in_order(forecasts, data_set.models, "step")
    coefficients = in_order(coefficients, data_set.models)
    files = {
        "forecasts.parquet": table_to_bytes(forecasts, FORECASTS),
        "coefficients.parquet": table_to_bytes(coefficients, COEFFICIENTS),
    }
    facts = {"n_ready": len(work.known.ready(cutoff)), "n_rows": len(forecasts)}
    facts |= failures(forecasts) | notes(forecasts)
    return Made(files, contents_of(forecasts, FORECASTS), facts)

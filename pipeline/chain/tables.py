"""Stored tables with several slots: build their rows, carry over those that are not due.

A slot of a table is all rows of one series and one model.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from pipeline.calendar import dates_of
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import canonical, hash_of
from pipeline.store.files import table_from_bytes
from pipeline.store.manifest import Slot
from pipeline.store.store import DamagedError, Store, sha256
from pipeline.tables import FORECASTS, MEMBERS, Table

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.chain.known import Known


@dataclass(frozen=True)
class Block:
    """Forecasts of one series by one model at several cutoffs.

    Attributes:
        slot: series and model.
        cutoffs: in order.
        y_hat: float64 [cutoffs, horizon], in the unit of the target.
        reasons: why the model failed, by cutoff; empty where it did not.
        failed_seeds: how many of its networks failed, by cutoff; none of a baseline.
        members: what each of its networks says, by cutoff: the seed, and float64 [Q, horizon].
        notes: what is to be known of those that did not fail, by cutoff; empty where nothing is.
    """

    slot: Slot
    cutoffs: Sequence[Cutoff]
    y_hat: Float[np.ndarray, "cutoffs horizon"]
    reasons: Sequence[str]
    failed_seeds: Sequence[int] = ()
    notes: Sequence[str] = ()
    members: Sequence[Sequence[tuple[int, Float[np.ndarray, "Q horizon"]]]] = ()


def forecast_rows(blocks: Sequence[Block], known: "Known") -> "pd.DataFrame":
    """The rows of `FORECASTS` for many blocks, in their order."""
    import pandas as pd

    if not blocks:
        return FORECASTS.empty()
    horizon = known.data_set.horizon
    ahead = np.arange(1, horizon + 1, dtype=np.int32)
    sizes = [len(block.cutoffs) * horizon for block in blocks]
    steps = np.array([c.step for block in blocks for c in block.cutoffs], dtype=np.int64)
    failed = np.array([r != "" for block in blocks for r in block.reasons])
    words = [
        why or note
        for block in blocks
        for why, note in zip(block.reasons, block.notes or [""] * len(block.cutoffs), strict=True)
    ]
    return pd.DataFrame(
        {
            "unique_id": np.repeat([block.slot.unique_id for block in blocks], sizes),
            "ds": dates_of((steps[:, None] + ahead).ravel(), known.data_set.freq),
            "cutoff": dates_of(np.repeat(steps, horizon), known.data_set.freq),
            "step": np.tile(ahead, len(steps)),
            "model": np.repeat([block.slot.name for block in blocks], sizes),
            "y_hat": np.concatenate([block.y_hat.ravel() for block in blocks]),
            "status": np.repeat(np.where(failed, "failed", "ok"), horizon),
            "reason": np.repeat(np.array(words, dtype=object), horizon),
            "failed_seeds": np.repeat(
                [n for b in blocks for n in b.failed_seeds or [0] * len(b.cutoffs)], horizon
            ),
        }
    )


def member_rows(blocks: Sequence[Block], known: "Known") -> "pd.DataFrame":
    """The rows of `MEMBERS` for many blocks, in their order."""
    import pandas as pd

    said = [
        (block.slot, cutoff.step, seed, y_hat)
        for block in blocks
        for cutoff, members in zip(block.cutoffs, block.members, strict=True)
        for seed, y_hat in members
    ]
    if not said:
        return MEMBERS.empty()
    slots, cutoffs, seeds, y_hats = zip(*said, strict=True)
    data_set, sizes = known.data_set, [y_hat.size for y_hat in y_hats]
    horizon, names = data_set.horizon, {slot.name for slot in slots}
    quantiles = {n: np.repeat(data_set.network(n).quantiles, horizon) for n in names}
    steps = np.tile(np.arange(1, horizon + 1), sum(sizes) // horizon)
    from_steps = np.repeat(np.array(cutoffs, dtype=np.int64), sizes)
    return pd.DataFrame(
        {
            "unique_id": np.repeat([slot.unique_id for slot in slots], sizes),
            "ds": dates_of(from_steps + steps, data_set.freq),
            "cutoff": dates_of(from_steps, data_set.freq),
            "step": steps,
            "model": np.repeat([slot.name for slot in slots], sizes),
            "seed": np.repeat(seeds, sizes),
            "quantile": np.concatenate([quantiles[slot.name] for slot in slots]),
            "y_hat": np.concatenate([y_hat.ravel() for y_hat in y_hats]),
        }
    )


def slots_of(known: "Known", cutoff: Cutoff, models: Iterable[str]) -> set[Slot]:
    """A slot for each of these models on every series that is ready."""
    ready = known.ready(cutoff)
    return {Slot(fold.unique_id, model) for model in models for fold in ready}


def by_cutoff(frame: "pd.DataFrame", cutoffs: Sequence[Cutoff]) -> dict[Cutoff, "pd.DataFrame"]:
    """The rows of each cutoff; an empty frame where it has none."""
    groups = dict(iter(frame.groupby("cutoff", sort=False))) if len(frame) else {}
    return {c: groups.get(_stamp(c), frame.iloc[:0]) for c in cutoffs}


def _stamp(cutoff: Cutoff) -> "pd.Timestamp":
    import pandas as pd

    return pd.Timestamp(cutoff.ds)


def carried(
    store: Store, place: tuple[str, ...], name: str, keep: set[Slot]
) -> "pd.DataFrame | None":
    """The stored rows of slots that are not due; None where nothing is kept."""
    if not keep:
        return None
    try:
        _, content = store.load(name, *place)
    except DamagedError:
        return None
    old = table_from_bytes(content)
    pairs = zip(old["unique_id"], old["model"], strict=True)
    return old[[Slot(*pair) in keep for pair in pairs]]


def in_order(frame: "pd.DataFrame", models: Sequence[str], *last: str) -> "pd.DataFrame":
    """Rows by series, then by model as declared, then by the columns `last`."""
    rank = {model: place for place, model in enumerate(models)}
    ordered = frame.assign(_rank=frame["model"].map(rank))
    ordered = ordered.sort_values(["unique_id", "_rank", *last], kind="stable")
    return ordered.drop(columns="_rank").reset_index(drop=True)


def contents_of(frame: "pd.DataFrame", table: Table) -> dict[Slot, str]:
    """The content hash of every slot: its numbers and texts, in the order of the rows."""
    if frame.empty:
        return {}
    numbers = [c.name for c in table.columns if c.dtype in ("float64", "int32", "int64")]
    texts = [c.name for c in table.columns if c.dtype == "text" and c.name != "unique_id"]
    values = frame[numbers].to_numpy(dtype=np.float64)
    words = list(map("\x1f".join, zip(*(frame[name].fillna("") for name in texts), strict=True)))
    hashes = {}
    for slot, rows in _runs(frame):
        text = "\x1e".join(words[rows]).encode()
        hashes[slot] = sha256(canonical(values[rows]) + text)[:32]
    return hashes


def contents_of_tables(rows: "Mapping[Table, pd.DataFrame]", slots: set[Slot]) -> dict[Slot, str]:
    """The content hash of slots that have rows in several tables, which are in their order."""
    found: dict[Slot, list[str]] = {slot: [] for slot in slots}
    for table, frame in rows.items():
        for slot, content in contents_of(frame, table).items():
            found[slot].append(content)
    return {slot: hash_of(contents) for slot, contents in found.items()}


def _runs(frame: "pd.DataFrame") -> Iterator[tuple[Slot, slice]]:
    """Stretches of rows of one series and model, in a frame where they lie together."""
    ids, models = frame["unique_id"].to_numpy(), frame["model"].to_numpy()
    new = np.flatnonzero((ids[1:] != ids[:-1]) | (models[1:] != models[:-1])) + 1
    edges = [0, *new.tolist(), len(frame)]
    for start, end in pairwise(edges):
        yield Slot(str(ids[start]), str(models[start])), slice(start, end)


def failures(forecasts: "pd.DataFrame") -> dict[str, Any]:
    """How many forecasts failed, and how many seeds; and why, of the first twenty."""
    first = forecasts[forecasts["step"] == 1]
    failed = first[first["status"] == "failed"]
    reasons = [f"{row.unique_id}, {row.model}: {row.reason}" for row in failed.itertuples()]
    counts = {"n_failed": len(failed), "n_failed_seeds": int(first["failed_seeds"].sum())}
    return counts | ({"failures": sorted(reasons)[:20]} if reasons else {})


def notes(forecasts: "pd.DataFrame") -> dict[str, Any]:
    """How many forecasts that did not fail have a note; and which, of the first twenty."""
    fine = forecasts[(forecasts["step"] == 1) & (forecasts["status"] == "ok")]
    noted = fine[fine["reason"].fillna("") != ""]
    found = [f"{row.unique_id}, {row.model}: {row.reason}" for row in noted.itertuples()]
    return {"n_notes": len(found)} | ({"notes": sorted(found)[:20]} if found else {})

"""The windows of every fold that is ready, and the last context, from which it is forecast.

Of each window: where it starts, and which of its targets are observed. A window is `input_size`
rows of inputs and the `horizon` rows after them; all lie at or before the cutoff. Stored is the
index, not the windows: `pipeline.windows.cut.window_tensors` gathers real tensors from the clean
rows. One group of tensors per distinct (columns, input_size). Of columns that are known ahead
(`futr_exog`) also their values over the horizon, and no window in whose horizon one is missing.

**How to read it.** `n_ready` series can be forecast at this cutoff; `not_ready` says why the others
cannot: `no_data_yet`, `ended` or `too_short`; a hole at the cutoff looks like one of the first two,
since a fold knows nothing of what comes after it. Context values are in the unit of the source.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from pipeline.chain.stages import WHOLE, CutoffSlots, Made, Want
from pipeline.errors import InputError
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.fold import Fold, State
from pipeline.folds.keys import canonical, hash_of
from pipeline.store.files import tensors_to_bytes
from pipeline.store.manifest import Slot
from pipeline.store.store import sha256
from pipeline.windows.settings import VERSION

if TYPE_CHECKING:
    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.declaration import DataSet
    from pipeline.windows.cut import WindowIndex

NAME = "windows"


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """The groups, and what a fold must have to be ready."""
    ready = [data_set.needed_rows, data_set.max_staleness]
    own = [VERSION, data_set.freq, data_set.horizon, data_set.season, groups_of(data_set), ready]
    return own + ([data_set.columns.futr_exog] if data_set.columns.futr_exog else [])


def groups_of(data_set: "DataSet") -> dict[str, tuple[tuple[str, ...], int]]:
    """Columns and input_size of each group by its name, as "18:y"."""
    groups: dict[str, tuple[tuple[str, ...], int]] = {}
    for name in data_set.networks:
        network = data_set.network(name)
        columns = ("y", *(network.hist_exog or ()), *(network.futr_exog or ()))
        input_size = network.input_size or 1
        # Quoted, so that columns a and b are not the column "a+b".
        joined = "+".join(quote(column, safe=" ") for column in columns)
        groups[f"{input_size}:{joined}"] = (columns, input_size)
    return groups or {f"{data_set.season}:y": (("y",), data_set.season)}


def futr_of(data_set: "DataSet", columns: tuple[str, ...]) -> list[str]:
    """Those of the columns that are known ahead."""
    return [column for column in columns if column in data_set.columns.futr_exog]


def wants(known: "Known", cutoff: Cutoff) -> dict[Slot, Want]:
    """The rows of each ready fold and what is known ahead; the states of all, as their own slot."""
    data_set = known.data_set
    wanted = {WHOLE: Want({"states": hash_of(_states(known, cutoff))})}
    for group, (columns, input_size) in groups_of(data_set).items():
        own = [VERSION, data_set.freq, data_set.horizon, data_set.season, input_size]
        futr = futr_of(data_set, columns)
        own += [futr] if futr else []
        for fold in known.ready(cutoff):
            parts = {"rows": known.rows_key(fold, columns), "settings": hash_of(own)}
            if futr:
                parts["ahead"] = known.ahead_key(fold.unique_id, cutoff, futr)
            wanted[Slot(fold.unique_id, group)] = Want(parts)
    return wanted


def make(work: "Work", due: CutoffSlots) -> Iterator[tuple[Cutoff, Made]]:
    """Every due cutoff as a whole: cutting costs less than reading the old one."""
    for cutoff in due:
        yield cutoff, _cut_all(work.known, cutoff)


def _states(known: "Known", cutoff: Cutoff) -> dict[str, str]:
    return {name: fold.state.value for name, fold in known.folds(cutoff).items()}


def _cut_all(known: "Known", cutoff: Cutoff) -> Made:
    states = _states(known, cutoff)
    tensors: dict[str, np.ndarray] = {}
    contents = {WHOLE: hash_of(states)}
    for group, (columns, input_size) in groups_of(known.data_set).items():
        cut = {f.unique_id: _cut(known, f, columns, input_size) for f in known.ready(cutoff)}
        tensors |= {f"{group}/{name}": tensor for name, tensor in _joined(cut).items()}
        futr = futr_of(known.data_set, columns)
        ahead = {name: known.known_ahead(name, cutoff, futr) for name in cut if futr}
        if ahead:
            tensors[f"{group}/futr"] = np.stack(list(ahead.values()))
        for name, index in cut.items():
            rows = known.rows_key(known.folds(cutoff)[name], columns)
            contents[Slot(name, group)] = _content_of(index, rows, ahead.get(name))
    ready = [fold.unique_id for fold in known.ready(cutoff)]
    n_rows = sum(len(tensors.get(f"{group}/starts", ())) for group in groups_of(known.data_set))
    facts = {"n_ready": len(ready), "n_rows": n_rows, "states": states}
    facts |= {
        f"n_{state}": list(states.values()).count(state) for state in State if state != "ready"
    }
    about = {"unique_id": ready, "cutoff": cutoff.key}
    return Made({"windows.safetensors": tensors_to_bytes(tensors, about)}, contents, facts)


def _cut(known: "Known", fold: Fold, columns: tuple[str, ...], input_size: int) -> "WindowIndex":
    from pipeline.windows.cut import WindowIndex, cut_windows

    data_set = known.data_set
    try:
        return cut_windows(
            known.series(fold.unique_id).pick(columns),
            fold.row,
            input_size=input_size,
            horizon=data_set.horizon,
            season_length=data_set.season,
            futr=futr_of(data_set, columns),
        )
    except InputError:
        # A column that begins late or is empty: this network fails here, with this reason; the
        # other models and series go on.
        return WindowIndex(
            starts=np.empty(0, dtype=np.int64),
            observed=np.empty((0, data_set.horizon), dtype=bool),
            context=np.full((input_size, len(columns)), np.nan),
            context_observed=np.zeros((input_size, len(columns)), dtype=bool),
        )


def _joined(cut: dict[str, "WindowIndex"]) -> dict[str, np.ndarray]:
    """The indices of all series in a row; series k has windows offsets[k]..offsets[k+1]."""
    if not cut:
        return {"offsets": np.zeros(1, dtype=np.int64)}
    indices = list(cut.values())
    counts = [len(index.starts) for index in indices]
    return {
        "offsets": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        "starts": np.concatenate([index.starts for index in indices]).astype(np.int32),
        "observed": np.concatenate([index.observed for index in indices]),
        "context": np.stack([index.context for index in indices]),
        "context_observed": np.stack([index.context_observed for index in indices]),
    }


def _content_of(index: "WindowIndex", rows: str, ahead: np.ndarray | None) -> str:
    """The index, the rows it points into, what is known ahead: what follows is made from these."""
    arrays = (index.starts, index.observed, index.context_observed)
    own = b"".join(a.tobytes() for a in arrays) + canonical(index.context)
    own += b"" if ahead is None else canonical(ahead)
    return sha256(own + rows.encode())[:32]

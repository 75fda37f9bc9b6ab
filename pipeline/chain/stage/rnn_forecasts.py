"""The networks' forecasts of every fold that is ready, one to `horizon` steps ahead.

`y_hat` is the mean over the seeds that did not fail, in the unit of the target: the forecast that
the network corrects plus its correction. Where every seed failed, `status` is failed with the
reason and `y_hat` is the forecast of the series' reference.

**How to read it.** A row per series, step and network. `at_floor` counts, of networks that declare
a floor, the forecasts of single seeds that stand at it. The check `no_leak` is the proof that
nothing after the cutoff went in; it blocks what follows.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pipeline.chain.packs import STAGE as MODELS
from pipeline.chain.stage.baseline_forecasts import block_of, stand_in_settings
from pipeline.chain.stages import ALL_SERIES, CutoffSlots, Made, Ref, Want
from pipeline.chain.tables import (
    Block,
    by_cutoff,
    carried,
    contents_of,
    failures,
    forecast_rows,
    in_order,
    member_rows,
    slots_of,
)
from pipeline.chain.trainings import (
    columns_of,
    key_of,
    model_settings,
    trainings,
    with_version,
)
from pipeline.chain.used_networks import StoredNetworks, models_of, on_series
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import hash_of
from pipeline.rnn.settings import FORECAST_VERSION, VERSION, corrects_of
from pipeline.store.files import table_to_bytes
from pipeline.store.manifest import Slot
from pipeline.tables import FORECASTS, MEMBERS, Table

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.declaration import DataSet
    from pipeline.rnn.global_network import GlobalNetwork
    from pipeline.rnn.network import Network

NAME = "rnn_forecasts"

CHUNK = 8192
"""Networks in one forward pass."""


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """The networks and what a failed one stands with."""
    own = {name: model_settings(data_set, name) for name in data_set.networks}
    own |= {f"floor of {name}": floor for name, floor in floors_of(data_set).items()}
    return [VERSION, FORECAST_VERSION, own, data_set.reference]


def floors_of(data_set: "DataSet") -> dict[str, float]:
    """The least that each network forecasts, of those that declare it."""
    floors = {name: data_set.networks[name].floor for name in data_set.networks}
    return {name: floor for name, floor in floors.items() if floor is not None}


def wants(known: "Known", cutoff: Cutoff) -> dict[Slot, Want]:
    """The networks of all seeds, the rows they are given at the cutoff, what is known ahead."""
    data_set = known.data_set
    model_keys = {slot: key_of(known, one) for slot, one in trainings(known, cutoff).items()}
    stand_ins = stand_in_settings(data_set)
    keys = {
        reference: hash_of([VERSION, FORECAST_VERSION, own]) for reference, own in stand_ins.items()
    }
    wanted = {}
    for name in data_set.networks:
        network, seeds = data_set.network(name), models_of(data_set, name)
        floor, columns = network.floor, columns_of(data_set, name)
        for fold in known.ready(cutoff):
            owner = ALL_SERIES if network.scope == "global" else fold.unique_id
            models = [Slot(owner, seed) for seed in seeds]
            own = [model_keys[model] for model in models]
            if owner == ALL_SERIES:  # a series that joined later has its reference from here
                own += with_version(corrects_of(network, fold.unique_id))
            parts = {
                "rows": known.rows_key(fold, columns),
                "model": hash_of(own),
                "settings": keys[data_set.reference_of(fold.unique_id)],
            }
            if floor is not None:
                parts["floor"] = hash_of(floor)
            if futr := network.futr_exog:
                parts["ahead"] = known.ahead_key(fold.unique_id, cutoff, futr)
            reads = tuple(Ref(MODELS, cutoff.key, model) for model in models)
            wanted[Slot(fold.unique_id, name)] = Want(parts, reads)
    return wanted


def make(work: "Work", due: CutoffSlots) -> Iterator[tuple[Cutoff, Made]]:
    """All due forecasts of a network in a few forward passes."""
    cutoffs = list(due)
    models = StoredNetworks(work)
    pairs: dict[str, list[tuple[Slot, Cutoff]]] = defaultdict(list)
    for cutoff in cutoffs:
        for slot in sorted(due[cutoff]):
            pairs[slot.name].append((slot, cutoff))
    blocks = []
    for name, asked in pairs.items():
        asked.sort()  # the folds of a series behind each other share the work on their rows
        blocks += forecast(work.known, name, asked, [models.of(s, c) for s, c in asked])
    rows = by_cutoff(forecast_rows(blocks, work.known), cutoffs)
    members = by_cutoff(member_rows(blocks, work.known), cutoffs)
    for cutoff in cutoffs:
        yield cutoff, _artifact(work, cutoff, due[cutoff], rows[cutoff], members[cutoff])


def forecast(
    known: "Known",
    name: str,
    asked: list[tuple[Slot, Cutoff]],
    networks: "Sequence[Sequence[Network] | Sequence[GlobalNetwork]]",
) -> list[Block]:
    """The forecasts of one declared network for many folds.

    Args:
        known: the data set.
        name: the network's name.
        asked: series and cutoff of each fold.
        networks: of each fold the trained networks, one per seed.
    """
    from pipeline.rnn.forecast import Forecast, average_seeds, forecast_networks

    columns, futr = columns_of(known.data_set, name), known.data_set.network(name).futr_exog or []
    rows, ahead = [], []
    for slot, cutoff in asked:
        whole = known.series(slot.unique_id).pick(columns)
        rows.append(whole.until(whole.row_of(cutoff.step)))
        ahead.append(known.known_ahead(slot.unique_id, cutoff, futr))
    flat = [
        (network, fold)
        for fold, seeds in enumerate(on_series(known.data_set, name, networks, rows))
        for network in seeds
    ]
    by_fold: list[list[Forecast]] = [[] for _ in asked]
    for start in range(0, len(flat), CHUNK):
        chunk = flat[start : start + CHUNK]
        found = forecast_networks(
            [network for network, _ in chunk],
            [rows[fold] for _, fold in chunk],
            known.data_set.network(name),
            horizon=known.data_set.horizon,
            season_length=known.data_set.season,
            ahead=[ahead[fold] for _, fold in chunk] if futr else None,
        )
        for (_, fold), result in zip(chunk, found, strict=True):
            by_fold[fold].append(result)
    averages = [average_seeds(seeds) for seeds in by_fold]
    blocks = []
    for (slot, cutoff), average, seeds in zip(asked, averages, by_fold, strict=True):
        y_hat, reasons, n_failed = average.y_hat[None, :], [average.reason], [average.n_failed]
        members = [(seed, f.quantiles) for seed, f in enumerate(seeds) if not f.reason]
        block = block_of(known, slot, [cutoff], y_hat, reasons, n_failed)
        blocks.append(replace(block, members=[members]))
    return blocks


def _artifact(
    work: "Work",
    cutoff: Cutoff,
    due: set[Slot],
    rows: "pd.DataFrame",
    members: "pd.DataFrame",
) -> Made:
    """The whole artifact of a cutoff: the new rows, and those carried over."""
    keep = slots_of(work.known, cutoff, work.known.data_set.networks) - due
    forecasts = _whole(work, cutoff, keep, rows, FORECASTS, "step")
    members = _whole(work, cutoff, keep, members, MEMBERS, "seed", "quantile", "step")
    facts: dict[str, Any] = {"n_ready": len(work.known.ready(cutoff)), "n_rows": len(forecasts)}
    facts |= failures(forecasts) | {"seed_spread": _seed_spreads(members)}
    if floors := floors_of(work.known.data_set):
        facts |= {"at_floor": _at_floor(members, floors)}
    files = {
        "forecasts.parquet": table_to_bytes(forecasts, FORECASTS),
        "members.parquet": table_to_bytes(members, MEMBERS),
    }
    return Made(files, contents_of(forecasts, FORECASTS), facts)


def _whole(
    work: "Work",
    cutoff: Cutoff,
    keep: set[Slot],
    rows: "pd.DataFrame",
    table: Table,
    *order: str,
) -> "pd.DataFrame":
    """The new rows of a table and the stored ones of slots that are not due, in order."""
    import pandas as pd

    data_set = work.known.data_set
    place = (data_set.name, NAME, cutoff.key)
    old = carried(work.store, place, f"{table.name}.parquet", keep)
    frames = [f for f in (rows, old) if f is not None and len(f)]
    return in_order(pd.concat(frames or [rows]), data_set.models, *order)


def _at_floor(members: "pd.DataFrame", floors: dict[str, float]) -> dict[str, float]:
    """Of each network with a floor how many forecasts of its seeds stand at it, over all steps."""
    middle = members[members["quantile"] == 0.5]
    return {
        name: float((middle.loc[middle["model"] == name, "y_hat"] <= floor).sum())
        for name, floor in floors.items()
    }


def _seed_spreads(members: "pd.DataFrame") -> dict[str, float]:
    """Of each network the median over series of the seeds' standard deviation one step ahead."""
    middle = members[(members["quantile"] == 0.5) & (members["step"] == 1)]
    each = middle.groupby(["model", "unique_id"], sort=False)["y_hat"].std().dropna()
    return {str(model): float(one.median()) for model, one in each.groupby("model", sort=False)}

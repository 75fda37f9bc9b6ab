"""Which networks the folds of a cutoff use, and what each of them depends on.

A local network belongs to a series, one with `scope: global` to all of them. Training them, and
where their weights lie, is `stage/rnn_model.py`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.baselines.settings import PICK_VERSION, PICKED_FROM, VERSIONS
from pipeline.chain.difference import FIT_OF
from pipeline.chain.stages import ALL_SERIES
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.fold import Fold
from pipeline.folds.keys import hash_of
from pipeline.rnn.presets import DEFAULT
from pipeline.rnn.settings import VERSION, corrects_of
from pipeline.store.manifest import Slot
from pipeline.windows.settings import VERSION as WINDOWS_VERSION

if TYPE_CHECKING:
    from pipeline.chain.known import Known
    from pipeline.declaration import DataSet

_NOT_IN_THE_KEY = {"device", "kernel", "refit", "seeds", "reproduction", "corrects", "floor"}
"""Where it runs, which rows, how many, what it is for, what is cut off its forecasts: none changes
more of a network's numbers than how they are rounded.

What it corrects is in the key by series.
"""


@dataclass(frozen=True)
class Training:
    """One network to be trained.

    Attributes:
        network: which declaration.
        fold: which series, up to which row.
        seed: which of its seeds.
        others: the folds besides it of a network of all series, by name; None of a local one.
    """

    network: str
    fold: Fold
    seed: int
    others: tuple[Fold, ...] | None = None

    @property
    def folds(self) -> tuple[Fold, ...]:
        """Every fold it is trained on."""
        return (self.fold, *(self.others or ()))

    @property
    def unique_id(self) -> str:
        """Whose it is: a series', or all series'."""
        return self.fold.unique_id if self.others is None else ALL_SERIES


def model_settings(data_set: "DataSet", name: str) -> Any:  # noqa: ANN401
    """What the weights of a network depend on besides rows, series, seed and what it corrects."""
    network = data_set.network(name)
    resolved = network.model_dump(exclude_none=True, exclude=_NOT_IN_THE_KEY)
    own = {k: v for k, v in resolved.items() if k not in DEFAULT or DEFAULT[k] != v}
    return [VERSION, WINDOWS_VERSION, own, data_set.freq, data_set.horizon, data_set.season]


def corrected(data_set: "DataSet", name: str, unique_id: str) -> list[str]:
    """What a network corrects on a series, with the version of its numbers."""
    return with_version(corrects_of(data_set.network(name), unique_id))


def with_version(reference: str) -> list[str]:
    """A baseline and the version of its numbers; for auto those of the rule and of all it knows."""
    if reference == "auto":
        return [reference, PICK_VERSION, *(f"{name} {VERSIONS[name]}" for name in PICKED_FROM)]
    return [reference, VERSIONS.get(reference, "")]


def columns_of(data_set: "DataSet", name: str) -> tuple[str, ...]:
    """The columns a network sees: the target first, those known ahead last."""
    network = data_set.network(name)
    return ("y", *(network.hist_exog or ()), *(network.futr_exog or ()))


def name_of(network: str, seed: int) -> str:
    """The second half of a slot: which network, and which of its seeds."""
    return f"{network}/{seed}"


def owner_of(data_set: "DataSet", network: str, unique_id: str) -> str:
    """Whose network forecasts a series: its own, or that of all series."""
    return ALL_SERIES if data_set.network(network).scope == "global" else unique_id


def trainings(known: "Known", cutoff: Cutoff) -> dict[Slot, Training]:
    """Every network that the folds of a cutoff use."""
    data_set, ready = known.data_set, known.ready(cutoff)
    found = {}
    for name in data_set.networks if ready else ():
        network = data_set.network(name)
        if network.scope == "global":
            first, *others = known.pool_at(name, cutoff)
            fitted = [(first, tuple(others))]
        else:
            fitted = [(known.fitted_at(fold.unique_id, name, cutoff), None) for fold in ready]
        for fold, others in fitted:
            for seed in range(network.seeds or 1):
                training = Training(name, fold, seed, others)
                found[Slot(training.unique_id, name_of(name, seed))] = training
    return found


def key_of(known: "Known", training: Training) -> str:
    """The key of a network: equal keys, equal weights."""
    parts = parts_of(known, training)
    return hash_of([training.unique_id, training.seed, parts["fit"], parts["settings"]])


def parts_of(known: "Known", training: Training) -> dict[str, str]:
    """The named hashes of what its weights depend on."""
    data_set, name, fold = known.data_set, training.network, training.fold
    columns, own = columns_of(data_set, name), model_settings(data_set, name)
    if training.others is None:
        settings = [own, corrected(data_set, name, fold.unique_id)]
        return {"fit": known.rows_key(fold, columns), "settings": hash_of(settings)}
    rows = {one.unique_id: known.rows_key(one, columns) for one in training.folds}
    settings = [own, _corrected_of_all(data_set, name, list(rows))]
    return {"fit": hash_of(rows), "settings": hash_of(settings)} | {
        f"{FIT_OF}{unique_id}": key[:12] for unique_id, key in rows.items()
    }


def _corrected_of_all(data_set: "DataSet", name: str, series: list[str]) -> list[Any]:
    """What a network corrects on most series, on which others what else, and the versions.

    So a series that joins changes the rows of a network and not its settings.
    """
    network = data_set.network(name)
    each = {unique_id: corrects_of(network, unique_id) for unique_id in series}
    usual = corrects_of(network, ALL_SERIES)
    others = {unique_id: with_version(own) for unique_id, own in each.items() if own != usual}
    return [with_version(usual), others]

"""The stages in order: plan, run and lineage read the same rows; each is a file in `stage/`."""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from pipeline.declaration import DataSet
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import hash_of
from pipeline.served.settings import SERVED, WITHOUT_NETWORKS
from pipeline.store.manifest import Slot

if TYPE_CHECKING:
    from pipeline.chain.known import Known
    from pipeline.chain.run import Work

WHOLE = Slot("", "")
"""The one slot of an artifact that is made as a whole."""

ALL_SERIES = ""
"""In the place of a series' name in the slots of what belongs to all of them, as a network with
`scope: global`: no series has an empty name."""


class Ref(NamedTuple):
    """A slot of an earlier stage that is read, at one cutoff or at several.

    Without a slot, all that the artifact holds.
    """

    stage: str
    partition: str | tuple[str, ...] | None
    slot: Slot | None

    @property
    def places(self) -> "tuple[Ref, ...]":
        """One for each cutoff."""
        if not isinstance(self.partition, tuple):
            return (self,)
        return tuple(Ref(self.stage, key, self.slot) for key in self.partition)


@dataclass(frozen=True)
class Want:
    """What a slot depends on: named hashes, and the slots of earlier stages that it reads."""

    parts: dict[str, str]
    reads: tuple[Ref, ...] = ()


@dataclass(frozen=True)
class Made:
    """An artifact before it is committed.

    Attributes:
        files: bytes by name.
        contents: the content hash of every slot.
        facts: counts for people.
        at: where a slot lies that lies in another artifact.
        refers: places of those artifacts, inside the data set's folder.
    """

    files: dict[str, bytes]
    contents: dict[Slot, str]
    facts: dict[str, Any] = field(default_factory=dict)
    at: dict[Slot, str] = field(default_factory=dict)
    refers: tuple[tuple[str, ...], ...] = ()


DueSlots = Mapping[Cutoff | None, set[Slot]]
"""By cutoff (None for a stage without cutoffs) the slots to make."""

CutoffSlots = Mapping[Cutoff, set[Slot]]
"""The same for a stage that is partitioned."""


class StageCode(Protocol):
    """What the file of a stage holds."""

    __file__: str

    def settings(self, data_set: DataSet) -> Any:  # noqa: ANN401 - anything JSON can hold
        """Everything declared that this stage uses, with its version: goes into code_version."""

    def wants(self, known: "Known", cutoff: Cutoff | None) -> dict[Slot, Want]:
        """Every slot there should be, and what it depends on."""

    def make(self, work: "Work", due: DueSlots) -> Iterator[tuple[Cutoff | None, Made]]:
        """The artifacts that hold the due slots, whole: with those that are not due."""


@dataclass(frozen=True)
class Stage:
    """One asset of every data set.

    Attributes:
        name: the asset's name, and that of its file in `stage/`.
        needs: the assets it is made from.
        per_cutoff: whether it is partitioned by cutoff.
        kinds: what it is stored as and made with: icons in the UI.
        looks_back: whether it reads what was made at earlier cutoffs: where that is absent or old,
            it is made first.
    """

    name: str
    needs: tuple[str, ...]
    per_cutoff: bool
    kinds: tuple[str, ...]
    looks_back: bool = False

    @property
    def code(self) -> StageCode:
        """The stage's module."""
        return cast("StageCode", importlib.import_module(f"pipeline.chain.stage.{self.name}"))

    @property
    def description(self) -> str:
        """What the asset holds, in Markdown: the docstring of the stage's module."""
        return self.code.__doc__ or ""

    def version(self, data_set: DataSet) -> str:
        """Changes when the stage's code or a setting it uses does."""
        return hash_of(self.code.settings(data_set))[:12]


CLEAN = "clean_observations"

SERVED_FORECASTS = "served_forecasts"
IMPORTED = "imported_forecasts"

STAGES = (
    Stage("raw_observations", (), False, ("csv",)),
    Stage(CLEAN, ("raw_observations",), False, ("parquet", "pandas")),
    Stage("windows", (CLEAN,), True, ("python", "numpy")),
    Stage("baseline_forecasts", ("windows",), True, ("parquet", "numpy")),
    Stage("rnn_model", ("windows",), True, ("pytorch",)),
    Stage("rnn_forecasts", ("rnn_model", "windows"), True, ("parquet", "pytorch")),
    Stage(IMPORTED, ("windows",), True, ("parquet",)),
    Stage(
        SERVED_FORECASTS,
        ("baseline_forecasts", "rnn_forecasts", IMPORTED, "windows"),
        True,
        ("parquet", "numpy"),
        looks_back=True,
    ),
    Stage(
        "scores",
        ("baseline_forecasts", "rnn_forecasts", IMPORTED, SERVED_FORECASTS, "windows"),
        True,
        ("parquet", "pandas"),
    ),
    Stage("leaderboard", ("scores",), False, ("parquet", "report")),
    Stage("report", ("leaderboard", CLEAN), False, ("html", "report")),
)

BY_NAME = {stage.name: stage for stage in STAGES}

INPUTS = ("raw_observations", CLEAN, "windows")
"""Stages that say what the rows are."""

UNCHECKED = (IMPORTED, "scores")
"""By cutoff, and not held against another future: what was made elsewhere cannot be made again,
and scores are of the future."""


def stages_of(data_set: DataSet) -> tuple[Stage, ...]:
    """The stages of a data set: without networks, or imported models, there are none of theirs."""
    left_out = [*(() if data_set.networks else ("rnn_model", "rnn_forecasts"))]
    left_out += [*(() if data_set.imported else (IMPORTED,))]
    return tuple(stage for stage in STAGES if stage.name not in left_out)


def stages_before(stage: Stage, data_set: DataSet) -> list[Stage]:
    """The partitioned stages before one."""
    every = stages_of(data_set)
    return [other for other in every[: every.index(stage)] if other.per_cutoff]


def sources_of(data_set: DataSet, models: Iterable[str]) -> list[str]:
    """The stages that make the forecasts of these models, each once."""
    return list(dict.fromkeys(source_of(data_set, model) for model in models))


def source_of(data_set: DataSet, model: str) -> str:
    """The stage that makes a model's forecasts."""
    if model in (SERVED, WITHOUT_NETWORKS):
        return SERVED_FORECASTS
    if model in data_set.imported:
        return IMPORTED
    return "rnn_forecasts" if model in data_set.networks else "baseline_forecasts"

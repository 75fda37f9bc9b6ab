"""A small project in a folder of its own: declarations and CSV files that a test may edit.

Two monthly series, tiny networks, a clock that the test holds. Chains run in this process through
the same `run_stage` as in production, without Dagster.
"""

import datetime as dt
import shutil
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pipeline.chain.known import Known
from pipeline.chain.plan import Due, known_of_store, plan
from pipeline.chain.project import Project
from pipeline.chain.run import Done, Say, Work, run_stage, silent
from pipeline.chain.stages import BY_NAME, IMPORTED, stages_of
from pipeline.chain.stages import STAGES as EVERY_STAGE
from pipeline.declaration import DataSet
from pipeline.store.manifest import Slot

REPOSITORY = Path(__file__).parents[1]
NAME = "toy"
ROWS = 48
"""Months of each series, 2000-01 to 2003-12."""

NOW = dt.datetime(2004, 1, 15, tzinfo=dt.UTC)
"""December 2003 is over: the cutoffs run from 2002-12 to 2003-12, 13 of them."""

NETWORK: dict[str, Any] = {
    "corrects": "climatology",
    "input_size": 6,
    "hidden_size": 8,
    "steps": 3,
    "batch_size": 4,
    "seeds": 2,
    "refit": 3,
    "shrinkage": False,
    "device": "cpu",
}
"""Trains in milliseconds; fitted at 2002-10 (before the first cutoff), 2003-01, -04, -07, -10.
Too little to be trusted: shrunk, its forecasts would be the reference's, and no test would see a
mistake in them."""

ATTRIBUTES: dict[str, Any] = {
    "files": f"data/{NAME}/*.csv",
    "columns": {"ds": "date", "y": "value"},
    "freq": "MS",
    "horizon": 2,
    "cutoffs": {"first": "2002-12-01"},
    "baselines": {
        "naive": {},
        "seasonal_naive": {},
        "climatology": {},
        "ar": {"lags": 2, "refit": 3},
    },
    "networks": {"rnn": NETWORK},
}

STAGES = tuple(stage for stage in EVERY_STAGE if stage.name != IMPORTED)
"""Those of `toy` as it is declared here: it imports nothing."""

Slots = dict[str, dict[str | None, frozenset[Slot]]]
"""By stage and cutoff, what is due or was made; stages and cutoffs with nothing are left out."""


def month(number: int) -> str:
    """The first day of month `number` since 2000-01, as a key."""
    return f"{2000 + number // 12}-{number % 12 + 1:02d}-01"


def months(first: str, last: str) -> list[str]:
    """All keys from `first` to `last`, both included: months written as 2003-05."""
    start, end = (12 * (int(m[:4]) - 2000) + int(m[5:7]) - 1 for m in (first, last))
    return [month(k) for k in range(start, end + 1)]


def values_of(number: int, rows: int = ROWS) -> list[float]:
    """A season, a slow rise and noise; the same for the same number, longer ones go on."""
    random = np.random.default_rng([7, number])
    steps = np.arange(rows)
    y = 20 + 5 * np.sin(2 * np.pi * steps / 12 + number) + 0.02 * steps
    return [round(float(v), 3) for v in y + random.normal(size=rows)]


@dataclass(frozen=True)
class Ran:
    """What a run of the chain did.

    Attributes:
        done: what every stage gave back.
        counts: what they counted, as trained.
    """

    done: dict[str, list[Done]]
    counts: dict[str, int]

    @property
    def made(self) -> Slots:
        """What was made anew."""
        by_stage = {
            stage: {d.cutoff.key if d.cutoff else None: d.made for d in done if d.made}
            for stage, done in self.done.items()
        }
        return {stage: made for stage, made in by_stage.items() if made}

    @property
    def trained(self) -> int:
        """Networks that were trained."""
        return self.counts.get("trained", 0)


@dataclass
class SmallProject:
    """A project with the data set `toy`; its methods edit files, plan and run."""

    root: Path
    now: dt.datetime = NOW
    attributes: dict[str, Any] = field(default_factory=lambda: deepcopy(ATTRIBUTES))
    name: str = NAME

    @classmethod
    def write(cls, root: Path, **changes: Any) -> "SmallProject":
        """Put declaration, two series a and b, and the repository's Dagster settings there."""
        small = cls(root)
        root.mkdir(parents=True, exist_ok=True)
        for name in ("workspace.yaml", "dagster.yaml"):
            shutil.copyfile(REPOSITORY / name, root / name)
        small.declare(**changes)
        for number, unique_id in enumerate("ab"):
            small.write_series(unique_id, values_of(number))
        return small

    def copy(self, root: Path) -> "SmallProject":
        """The same files in another folder; results too."""
        shutil.copytree(self.root, root)
        return SmallProject(root, self.now, deepcopy(self.attributes), self.name)

    # --- editing ---

    def declare(self, **changes: Any) -> None:
        """Set attributes of the declaration; None removes one."""
        self.attributes |= changes
        self.attributes = {k: v for k, v in self.attributes.items() if v is not None}
        path = self.root / "pipeline" / "defs" / self.name / "defs.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {
            "type": "pipeline.components.HindcastComponent",
            "attributes": self.attributes,
        }
        path.write_text(yaml.safe_dump(document, sort_keys=False))

    def set_network(self, name: str = "rnn", **changes: Any) -> None:
        """Declare a network, or change settings of one."""
        networks = deepcopy(self.attributes.get("networks", {}))
        networks[name] = networks.get(name, {}) | changes
        self.declare(networks=networks)

    def set_baseline(self, name: str, **changes: Any) -> None:
        """Declare a baseline, or change settings of one."""
        baselines = deepcopy(self.attributes["baselines"])
        baselines[name] = baselines.get(name, {}) | changes
        self.declare(baselines=baselines)

    def file(self, stem: str) -> Path:
        """Where a CSV file of the data set lies."""
        return self.root / "data" / self.name / f"{stem}.csv"

    def write_series(
        self, stem: str, y: Sequence[float | None], *, first: int = 0, **columns: Sequence[Any]
    ) -> None:
        """Write a file with a row per month; None is an empty cell."""
        rows = [",".join(["date", "value", *columns])]
        for k, cells in enumerate(zip(y, *columns.values(), strict=True)):
            rows.append(",".join([month(first + k), *("" if c is None else str(c) for c in cells)]))
        self.write_lines(stem, rows)

    def lines(self, stem: str) -> list[str]:
        """The lines of a file, the header first."""
        return self.file(stem).read_text().splitlines()

    def write_lines(self, stem: str, lines: Sequence[str]) -> None:
        """Replace a file."""
        path = self.file(stem)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines))

    def correct(self, stem: str, key: str, value: float | str) -> None:
        """Replace the target of one month."""
        lines = self.lines(stem)
        (place,) = (k for k, line in enumerate(lines) if line.startswith(f"{key},"))
        cells = lines[place].split(",")
        lines[place] = ",".join([cells[0], str(value), *cells[2:]])
        self.write_lines(stem, lines)

    def append_month(self, *stems: str) -> None:
        """One month more at the end of each file, and on the clock."""
        for stem in stems:
            lines = self.lines(stem)
            number = 12 * (int(lines[-1][:4]) - 2000) + int(lines[-1][5:7])
            self.write_lines(stem, [*lines, f"{month(number)},{20 + number % 7}"])
        self.now += dt.timedelta(days=31)

    # --- reading and running ---

    @property
    def project(self) -> Project:
        """The project as it lies there now."""
        return Project(self.root)

    @property
    def data_set(self) -> DataSet:
        """The declaration as it lies there now."""
        return self.project.data_set(self.name)

    @property
    def known(self) -> Known:
        """The rows as they were last committed."""
        return known_of_store(self.project, self.data_set, now=self.now)

    def plan(self, cutoffs: Sequence[str] | None = None) -> list[Due]:
        """What is due."""
        return plan(self.project, self.data_set, now=self.now, cutoffs=cutoffs)

    def due(self) -> Slots:
        """What is due, by stage and cutoff."""
        return due_slots(self.plan())

    def run(
        self,
        cutoffs: Sequence[str] | None = None,
        stages: Sequence[str] | None = None,
        say: Say = silent,
    ) -> Ran:
        """Run stages one after the other; by default all of them over all cutoffs."""
        if stages is None:
            stages = [stage.name for stage in stages_of(self.data_set)]
        done: dict[str, list[Done]] = {}
        counts: dict[str, int] = {}
        for name in stages:
            stage, known = BY_NAME[name], self.known
            work = Work(known, self.project.store, say, counts)
            asked = known.named(cutoffs) if cutoffs is not None else known.cutoffs
            done[name] = run_stage(stage, work, asked if stage.per_cutoff else [None])
        return Ran(done, counts)

    def contents(self) -> dict[tuple[str, ...], dict[Slot, str]]:
        """The content hash of every slot of every artifact; packs apart."""
        store = self.project.store
        found = {}
        for path in sorted(store.root.glob("*/*/**/manifest.json")):
            place = path.parent.relative_to(store.root).parts
            if "packs" in place:
                continue
            manifest = store.read(*place)
            assert manifest is not None
            found[place] = {slot: entry.content for slot, entry in manifest.entries.items()}
        return found

    def fold_bytes(self) -> dict[str, bytes]:
        """The bytes of every Parquet and safetensors file, packs and raw copies apart."""
        root = self.project.store.root
        return {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.suffix in (".parquet", ".safetensors") and "packs" not in path.parts
        }

    def networks(self) -> dict[tuple[str, str], str]:
        """Every network in a pack: series and key, and what it holds."""
        store = self.project.store
        found = {}
        for pack in store.list(self.name, "rnn_model", "packs"):
            manifest = store.read(self.name, "rnn_model", "packs", pack)
            assert manifest is not None
            found |= {tuple(slot): entry.content for slot, entry in manifest.entries.items()}
        return found

    def table(self, stage: str, name: str, cutoff: str | None = None):
        """A stored table as a frame."""
        from pipeline.store.files import table_from_bytes

        place = (self.name, stage) if cutoff is None else (self.name, stage, cutoff)
        return table_from_bytes(self.project.store.load(f"{name}.parquet", *place)[1])

    def facts(self, stage: str, cutoff: str | None = None) -> dict[str, Any]:
        """What a manifest tells people."""
        place = (self.name, stage) if cutoff is None else (self.name, stage, cutoff)
        manifest = self.project.store.read(*place)
        assert manifest is not None
        return manifest.facts


def due_slots(due: Sequence[Due]) -> Slots:
    """A plan by stage and cutoff."""
    found: dict[str, dict[str | None, frozenset[Slot]]] = {}
    for d in due:
        found.setdefault(d.stage, {})[d.cutoff] = d.slots
    return found


def reasons(due: Sequence[Due]) -> dict[str, set[str]]:
    """The reasons of a plan by stage."""
    found: dict[str, set[str]] = {}
    for d in due:
        found.setdefault(d.stage, set()).add(d.reason)
    return found


def slots(series: str, models: Sequence[str]) -> frozenset[Slot]:
    """Every one of these series (one letter each) with every one of these models."""
    return frozenset(Slot(unique_id, model) for unique_id in series for model in models)


def at(cutoffs: Sequence[str], made: frozenset[Slot]) -> Mapping[str | None, frozenset[Slot]]:
    """The same slots at each of these cutoffs."""
    return dict.fromkeys(cutoffs, made)

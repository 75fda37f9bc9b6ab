"""What is forecast: the shipped data sets as declared, and simulated panels declared like them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from bench.panels.panel import Panel, panel
from pipeline.baselines.settings import BaselineName
from pipeline.chain.project import Project
from pipeline.declaration import DataSet

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("climate", "jobs", "seattle", "mumbai")
BASELINES: tuple[str, ...] = get_args(BaselineName)
STRUCTURES = ("seasonal_ar", "threshold", "level_shift", "intermittent", "common_shock", "noise")


@dataclass(frozen=True)
class Case:
    """A data set to forecast at its declared cutoffs.

    Attributes:
        root: the folder that its files are found from.
        data_set: its declaration; which models it names is of no matter here.
    """

    root: Path
    data_set: DataSet

    @property
    def name(self) -> str:
        """The data set's name."""
        return self.data_set.name

    def declaring(
        self, *, baselines: Sequence[str], networks: Mapping[str, Mapping[str, Any]]
    ) -> DataSet:
        """The same data set with these models instead of its own.

        Args:
            baselines: names, each with its declared options.
            networks: settings by name; what a setting does not say is the preset's.
        """
        declared = self.data_set.model_dump(exclude_unset=True)
        own = {name: self.data_set.baselines.get(name) for name in baselines}
        declared["baselines"] = {
            name: settings.model_dump(exclude_unset=True) if settings else {}
            for name, settings in own.items()
        }
        declared["networks"] = {name: dict(settings) for name, settings in networks.items()}
        declared["reference"] = baselines[0]
        return DataSet.model_validate(declared).named(self.name)

    def network(self, **changed: object) -> dict[str, Any]:
        """The declared network, compiled, with some settings changed; None takes one away."""
        declared = self.data_set.networks["rnn"].model_dump(exclude_unset=True)
        kept = declared | {"kernel": "fused", "device": "cpu"} | changed
        return {name: value for name, value in kept.items() if value is not None}

    def quarterly(self) -> "Case":
        """The same with a cutoff at the end of each quarter, and networks trained as rarely."""
        declared = self.data_set.model_dump(exclude_unset=True)
        cutoffs = declared["cutoffs"]
        first, last = (_quarter_of(cutoffs[name]) for name in ("first", "last"))
        declared["cutoffs"] = {"first": first, "last": last, "every": "QS"}
        declared["networks"]["rnn"]["refit"] //= 3
        return Case(self.root, DataSet.model_validate(declared).named(self.name))

    def between(self, first: str, last: str) -> "Case":
        """The same at other cutoffs."""
        declared = self.data_set.model_dump(exclude_unset=True)
        declared["cutoffs"] |= {"first": first, "last": last}
        return Case(self.root, DataSet.model_validate(declared).named(self.name))


def _quarter_of(month: str) -> str:
    """The first day of the quarter of a day, both as text."""
    return f"{month[:5]}{(int(month[5:7]) - 1) // 3 * 3 + 1:02d}-01"


def shipped(name: str, files: Sequence[Path] = ()) -> Case:
    """A data set as it is declared, but for monthly ones of a long horizon: those quarterly.

    A year ahead from each month shares eleven of twelve targets with the month before.

    Args:
        name: of the data set.
        files: its CSV files, where they do not lie where the declaration says.
    """
    data_set = Project(ROOT).data_set(name)
    if files:
        patterns = [str(path.absolute()) for path in files]
        data_set = data_set.model_copy(update={"files": patterns}).named(name)
        data_set.__pydantic_fields_set__.add("files")
    case = Case(ROOT, data_set)
    return case.quarterly() if data_set.freq == "MS" and data_set.horizon > 1 else case


FIRST = "2014-01-01"
"""Key of a panel's first cutoff: its series have 171 months then."""


def simulated(
    structure: str, folder: Path, *, series: int, rows: int = 240, seed: int
) -> tuple[Case, Panel]:
    """A panel as a data set of a folder, with a cutoff each quarter of its last six years.

    A network is trained anew every second year, and picks what it corrects: nothing is declared.
    """
    drawn = panel(structure, series=series, rows=rows, seed=seed)
    drawn.frame.to_csv(folder / f"{structure}.csv", index=False)
    last = drawn.frame["ds"].max().to_period("Q").start_time
    declared = {
        "files": str(folder.absolute() / f"{structure}.csv"),
        "columns": {"unique_id": "unique_id", "ds": "ds", "y": "y"},
        "freq": "MS",
        "horizon": 12,
        "cutoffs": {"first": FIRST, "last": str(last.date()), "every": "QS"},
        "networks": {"rnn": {"refit": 8}},
    }
    return Case(folder, DataSet.model_validate(declared).named(structure)), drawn

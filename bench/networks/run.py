"""A run of all parts: how much of each is measured, and where figures and numbers go."""

import json
import os
import platform
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import altair
import numpy as np
import torch

from bench.networks.held_out import Case, case_of
from bench.networks.quoted import refreshed
from pipeline.chain.project import Project
from pipeline.plots.png import png_of
from pipeline.plots.theme import Chart

ROOT = Path(__file__).resolve().parents[2]
FIRST = {"climate": "1975-01-01", "seattle": "2013-01-06", "mumbai": "2008-01-01"}
"""Key of the first cutoff that networks are held against: early enough for many, late enough for
rows to train on."""


class Run:
    """What is measured, how much of it, and where it goes."""

    def __init__(self, *, quick: bool, to: Path | None, rain: Path) -> None:
        self.quick, self.seeds = quick, 2 if quick else 5
        self.images = to or ROOT / "docs" / "img" / "networks"
        self.results = (to or ROOT / "bench" / "results") / "networks.json"
        self.rain = rain if rain.is_file() else None
        self.numbers: dict[str, Any] = {}
        self.start = time.perf_counter()
        self.images.mkdir(parents=True, exist_ok=True)

    def say(self, what: str) -> None:
        """What is done, and after how long."""
        print(f"{time.perf_counter() - self.start:7.1f} s  {what}", flush=True)

    def keep(self, name: str, numbers: object) -> None:
        """Numbers of a part, and that it is done."""
        self.numbers[name] = numbers
        self.say(name)

    def draw(self, name: str, chart: Chart) -> None:
        """A figure of the page."""
        (self.images / f"{name}.png").write_bytes(png_of(chart))

    def cases(self) -> dict[str, Case]:
        """A case for each series, by the name that the page calls it."""
        project, found = Project(ROOT), {}
        for name, first in FIRST.items():
            files = [self.rain] if name == "mumbai" and self.rain else []
            absent = name == "mumbai" and not files
            if absent or (self.quick and name != "climate"):
                continue
            case = case_of(project, name, first=first, files=files)
            for series in case.names:
                found["mumbai" if name == "mumbai" else series] = self._cut(case.of([series]))
        return found

    def _cut(self, case: Case) -> Case:
        if not self.quick:
            return case
        return replace(
            case, folds=case.folds[-2:], settings=case.settings.model_copy(update={"steps": 4})
        )


def write(run: Run) -> None:
    """The results; and the page's numbers, where the page is meant."""
    about = {
        "command": "python -m bench.networks",
        "seeds": run.seeds,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "threads": torch.get_num_threads(),
        "seconds": round(time.perf_counter() - run.start),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "altair": altair.__version__,
    }
    results = rounded(run.numbers) | {"about": about}
    if run.rain is None and run.results.is_file():
        _carry_over("mumbai", json.loads(run.results.read_text()), results)
    run.results.write_text(json.dumps(results, indent=1) + "\n")
    page = ROOT / "docs" / "networks.md"
    if run.results.parent.name == "results" and page.is_file():
        page.write_text("".join(refreshed(page.read_text(), results)))


def _carry_over(name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Keep the numbers of a series whose file is not here, and say so."""
    for part, numbers in old.items():
        if isinstance(numbers, dict) and name in numbers:
            new[part][name] = numbers[name]
    new["about"]["from_an_earlier_run"] = name


def rounded(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """Six digits of every number: more say nothing."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}")
    return value

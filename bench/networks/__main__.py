"""Measure everything, draw it, keep the numbers, and put them where the page quotes them."""

import argparse
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

from bench.networks import gradient, initial_state, memory, outputs, shapes, window_length
from bench.networks.held_out import Case, case_of
from bench.networks.quoted import refreshed
from bench.networks.trained import Ready, furthest_from_the_pipeline, trained
from pipeline.chain.project import Project
from pipeline.plots.png import png_of
from pipeline.plots.theme import Chart
from pipeline.rnn.as_of import signals_of
from pipeline.rnn.settings import corrects_of

ROOT = Path(__file__).resolve().parents[2]
FIRST = {"climate": "1975-01-01", "seattle": "2013-01-06", "mumbai": "2008-01-01"}
"""Key of the first cutoff that networks are held against: early enough for many, late enough for
rows to train on."""

CELLS, LONG = outputs.CELLS, 10
"""How many times as long some networks are trained, to see what that changes."""


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

    def keep(self, name: str, numbers: object) -> None:
        """Numbers of a part, and that it is done."""
        self.numbers[name] = numbers
        print(f"{time.perf_counter() - self.start:7.1f} s  {name}", flush=True)

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


def main() -> None:
    """All parts, in the order of the page."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="few folds, seeds, steps and lengths")
    asked.add_argument("--to", type=Path, help="a folder for all that is written; not the page's")
    asked.add_argument("--rain", type=Path, default=ROOT / "data/mumbai/Rainfall_data.csv")
    given = asked.parse_args()
    torch.set_num_threads(1)  # matrices this small gain nothing from more
    run = Run(quick=given.quick, to=given.to, rain=given.rain)
    cases = run.cases()
    run.keep("folds", {name: _about(case) for name, case in cases.items()})
    _parts(run, cases)
    ready = _trained(run, cases)
    _other_lengths(run, cases, ready)
    _initial_state(run, cases, ready)
    _window_length(run, cases)
    _write(run)


def _about(case: Case) -> dict[str, Any]:
    rows = np.concatenate([fold.rows for fold in case.folds])
    dates = case.folds[-1].whole.ds
    return {
        "cutoffs": len(rows),
        "networks_trained": len(case.folds),
        "first": str(dates[rows.min()].astype("M8[D]")),
        "last": str(dates[rows.max()].astype("M8[D]")),
        "last_target": str(dates[-1].astype("M8[D]")),
        "horizon": case.horizon,
        "input_size": case.settings.input_size,
        "steps": case.settings.steps,
        "corrects": corrects_of(case.settings, case.names[0]),
    }


def _parts(run: Run, cases: dict[str, Case]) -> None:
    """Memory, outputs at every lag, gradient, shapes: no data but one series to look at."""
    case = cases["elnino"]
    numbers, chart = memory.measure(case)
    run.draw("memory", chart)
    run.keep("memory", numbers)
    numbers, chart = outputs.at_every_lag(case, lags=18, seeds=run.seeds)
    run.draw("outputs", chart)
    run.keep("outputs", numbers)
    series = case.folds[-1].series
    missed = signals_of(series, reference="climatology", season_length=case.season_length).values
    seen = missed[24:, 0] / np.nanstd(missed[24:, 0])
    numbers, charts = gradient.measure(torch.from_numpy(seen))
    for name, chart in charts.items():
        run.draw(name, chart)
    run.keep("gradient", numbers)
    run.keep("shapes", shapes.measure(repeats=20 if run.quick else 400))


def _trained(run: Run, cases: dict[str, Case]) -> dict[str, dict[str, Ready]]:
    """The declared network of every series with each cell, and how well it is the pipeline's."""
    ready: dict[str, dict[str, Ready]] = {}
    furthest = 0.0
    for name, case in cases.items():
        ready[name] = {}
        for cell in CELLS:
            settings = case.with_settings(cell=cell)
            ready[name][cell] = trained(case, settings, seeds=run.seeds)
            off = furthest_from_the_pipeline(ready[name][cell], case, settings)
            furthest = max(furthest, off)
    run.keep("furthest_from_the_pipeline", furthest)
    return ready


def _other_lengths(run: Run, cases: dict[str, Case], ready: dict[str, dict[str, Ready]]) -> None:
    lags = {name: case.settings.input_size or 0 for name, case in cases.items()}
    numbers, chart = outputs.on_other_lengths(ready, lags=lags)
    run.draw("other_lengths", chart)
    run.keep("other_lengths", numbers)


def _initial_state(run: Run, cases: dict[str, Case], ready: dict[str, dict[str, Ready]]) -> None:
    influence: dict[str, dict[str, dict[str, float]]] = {}
    errors: dict[str, Any] = {}
    clipping: dict[str, Any] = {}
    for name, case in cases.items():
        influence[name] = {c: initial_state.influences(r) for c, r in ready[name].items()}
        errors[name] = {}
        for cell in CELLS:
            settings = case.with_settings(cell=cell)
            errors[name][cell], zero = initial_state.errors_by_start(
                case, settings, seeds=run.seeds
            )
            if cell == "rnn":
                clipping[name] = initial_state.clipping(case, settings, zero, seeds=run.seeds)
        for cell in ("rnn", "lstm"):
            kind = f"{cell}, {initial_state.LONG}"
            settings = case.with_settings(cell=cell, steps=LONG * (case.settings.steps or 0))
            influence[name][kind] = initial_state.influences(trained(case, settings, seeds=2))
            if cell == "rnn":
                errors[name][kind], _ = initial_state.errors_by_start(
                    case, settings, seeds=2 if name == "seattle" else run.seeds
                )
        print(f"{time.perf_counter() - run.start:7.1f} s  first states of {name}", flush=True)
    run.draw("initial_state", initial_state.drawn(influence))
    kept = {
        name: {kind: initial_state.kept_per_lag(one) for kind, one in by_kind.items()}
        for name, by_kind in influence.items()
    }
    run.keep("influence", influence)
    run.keep("influence_kept_per_lag", kept)
    run.keep("start", errors)
    run.keep("clipping_in_training", clipping)


def _window_length(run: Run, cases: dict[str, Case]) -> None:
    lengths, fewer = window_length.LENGTHS, window_length.GATED_LENGTHS
    if run.quick:
        lengths = fewer = (3, 18)
    found: dict[str, Any] = {}
    for name, case in cases.items():
        found[name] = {
            cell: window_length.sweep(
                case, cell=cell, lengths=lengths if cell == "rnn" else fewer, seeds=run.seeds
            )
            for cell in CELLS
        }
        found[name][window_length.LONG] = window_length.sweep(
            case, cell="rnn", lengths=fewer, seeds=2, times=LONG
        )
        print(f"{time.perf_counter() - run.start:7.1f} s  lengths of {name}", flush=True)
    declared = {name: case.settings.input_size or 0 for name, case in cases.items()}
    run.draw("window_length", window_length.drawn(found, declared))
    numbers = {
        name: {kind: window_length.numbers_of(one, declared[name]) for kind, one in by_kind.items()}
        for name, by_kind in found.items()
    }
    run.keep("window", numbers)


def _write(run: Run) -> None:
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
    results = _rounded(run.numbers) | {"about": about}
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


def _rounded(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """Six digits of every number: more say nothing."""
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}")
    return value


if __name__ == "__main__":
    main()

"""Measure everything, draw it, keep the numbers, and put them where the page quotes them."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.networks import gradient, initial_state, memory, outputs, shapes, window_length
from bench.networks.held_out import Case
from bench.networks.run import ROOT, Run, write
from bench.networks.trained import Ready, furthest_from_the_pipeline, trained
from pipeline.rnn.settings import corrects_of
from pipeline.rnn.together import signals_of_each

CELLS, LONG = outputs.CELLS, 10
"""How many times as long some networks are trained, to see what that changes."""


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
    write(run)


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
    sizes = {"season_length": case.season_length, "transform": "none"}
    missed = signals_of_each([series], ["climatology"], **sizes)[0].values
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
        errors[name], clipping[name] = _errors_by_start(run, case)
        longer = _longer(run, name, case)
        influence[name] |= {kind: found for kind, (found, _) in longer.items()}
        errors[name] |= {kind: found for kind, (_, found) in longer.items() if found is not None}
        run.say(f"first states of {name}")
    run.draw("initial_state", initial_state.drawn(influence))
    kept = {
        name: {kind: initial_state.kept_per_lag(one) for kind, one in by_kind.items()}
        for name, by_kind in influence.items()
    }
    run.keep("influence", influence)
    run.keep("influence_kept_per_lag", kept)
    run.keep("start", errors)
    run.keep("clipping_in_training", clipping)


def _errors_by_start(run: Run, case: Case) -> tuple[dict[str, Any], Any]:
    """Errors of each cell from each first state, and what clipping does to the rnn."""
    errors: dict[str, Any] = {}
    clipping = None
    for cell in CELLS:
        settings = case.with_settings(cell=cell)
        errors[cell], zero = initial_state.errors_by_start(case, settings, seeds=run.seeds)
        if cell == "rnn":
            clipping = initial_state.clipping(case, settings, zero, seeds=run.seeds)
    return errors, clipping


def _longer(run: Run, name: str, case: Case) -> dict[str, tuple[dict[str, float], Any]]:
    """Influences after a training so much longer; of the rnn also errors from each first state."""
    found = {}
    for cell in ("rnn", "lstm"):
        settings = case.with_settings(cell=cell, steps=LONG * (case.settings.steps or 0))
        influences = initial_state.influences(trained(case, settings, seeds=2))
        errors = None
        if cell == "rnn":
            seeds = 2 if name == "seattle" else run.seeds
            errors, _ = initial_state.errors_by_start(case, settings, seeds=seeds)
        found[f"{cell}, {initial_state.LONG}"] = influences, errors
    return found


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
        run.say(f"lengths of {name}")
    declared = {name: case.settings.input_size or 0 for name, case in cases.items()}
    run.draw("window_length", window_length.drawn(found, declared))
    numbers = {
        name: {kind: window_length.numbers_of(one, declared[name]) for kind, one in by_kind.items()}
        for name, by_kind in found.items()
    }
    run.keep("window", numbers)


if __name__ == "__main__":
    main()

"""What is measured: shipped data, one change at a time, simulated panels; each a part by itself."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.accuracy import measures
from bench.accuracy.cases import SHIPPED, STRUCTURES, Case, shipped, simulated
from bench.accuracy.compared import Compared
from bench.accuracy.picked import REFERENCES
from bench.panels.panel import Panel
from pipeline.calendar import steps_of

CELLS = ("rnn", "gru", "lstm")
UNDECLARED = "rnn, nothing declared"
SEED, SERIES, FEWER = 1, 10, 4
"""Of the simulated panels: `bench/tune.py` draws others; with fewer series for the changes."""

CHANGES: dict[str, Mapping[str, Any]] = {
    "not shrunk": {"shrinkage": False},
    "standardised, no correction": {"corrects": "none", "transform": "standard", "floor": None},
    "standardised, 600 steps": {"corrects": "none", "transform": "standard", "steps": 600},
    "global": {"scope": "global"},
    "60 steps": {"steps": 60},
    "600 steps": {"steps": 600},
    "600 steps, not shrunk": {"steps": 600, "shrinkage": False},
    "early stop in 600 steps": {
        "steps": 600,
        "shrinkage": False,
        "early_stop_patience_steps": 5,
        "val_check_steps": 20,
    },
    "calendar": {"calendar": True},
    "window of 6": {"input_size": 6},
    "window of 30": {"input_size": 30},
}
"""One change at a time of the declared network; 200 steps are the monthly preset's. A global
network has more steps and fewer seeds: its own preset's."""

STEPS = (60, 200)
"""Of networks on each reference, and on what is picked."""

ON_PANELS = ("seasonal_ar", "threshold", "noise")
"""The panels that the changes are tried on: a line suffices, it does not, nothing can be learnt."""


def of_shipped(name: str, files: list[Path], *, quick: bool = False) -> dict[str, Any]:
    """All models on a shipped data set, at every declared cutoff."""
    case = shipped(name, files)
    compared = Compared.of(_fewer(case) if quick else case)
    compared.add_autoets()
    for cell in CELLS[:1] if quick else CELLS:
        compared.add(cell, case.network(cell=cell))
    if "corrects" in case.network():
        compared.add(UNDECLARED, case.network(corrects=None))
    return _about(compared) | {"models": compared.table()}


def of_changes(case: Case, *, quick: bool = False) -> dict[str, Any]:
    """The declared rnn of a case, and the same with one thing changed."""
    compared = Compared.of(case)
    changes = dict(list(CHANGES.items())[: 1 if quick else None])
    networks = {"as declared": case.network()}
    networks |= {name: case.network(**change) for name, change in changes.items()}
    compared.add_together(networks)
    few = {f"{n} of its seeds": compared.of_few_seeds("as declared", n) for n in (1, 3, 5)}
    rows = compared.table(list(networks))
    return _about(compared) | {"models": rows, "few_seeds": few}


def of_picked(case: Case, *, quick: bool = False) -> dict[str, Any]:
    """Networks on each reference, and on the one that past errors prefer; twice as to steps."""
    compared = Compared.of(case)
    names = REFERENCES[:2] if quick else REFERENCES
    for steps in STEPS:
        own = f"{steps} steps"
        networks = {f"{name}, {own}": case.network(corrects=name, steps=steps) for name in names}
        compared.add_together(networks)
        compared.pick(names, f", {own}")
    compared.pick(names)
    return _about(compared) | {"models": compared.table()}


def of_panel(structure: str, *, quick: bool = False) -> dict[str, Any]:
    """All models on a simulated panel, and the optimal forecast."""
    with tempfile.TemporaryDirectory() as folder:
        case, drawn = simulated(
            structure, Path(folder), series=2 if quick else SERIES, rows=180 if quick else 240,
            seed=SEED,
        )  # fmt: skip
        compared = Compared.of(case)
        compared.add_autoets()
        networks = {"rnn": case.network()}
        if not quick:
            networks |= _others_on(case, structure)
        compared.add_together(networks)
        optimal = measures.summary(compared.ratios(_optimal(compared, drawn)))
        return _about(compared) | {"models": compared.table(), "optimal": optimal}


def _others_on(case: Case, structure: str) -> dict[str, dict[str, Any]]:
    """Networks beside the preset's on a panel."""
    others = {
        f"rnn on {corrects}": case.network(corrects=corrects)
        for corrects in ("climatology", "anomaly_persistence", "holt_winters")
    }
    others["rnn, 600 steps"] = case.network(steps=600)
    others["rnn, global"] = case.network(scope="global")
    cells = CELLS[1:] if structure in ON_PANELS else ()
    return others | {cell: case.network(cell=cell) for cell in cells}


def of_panel_changes(structure: str, *, quick: bool = False) -> dict[str, Any]:
    """One change at a time on a simulated panel."""
    with tempfile.TemporaryDirectory() as folder:
        case, _ = simulated(structure, Path(folder), series=FEWER, seed=SEED)
        return of_changes(case, quick=quick)


def _optimal(compared: Compared, drawn: Panel) -> Any:  # noqa: ANN401 - a frame
    """The points of the forecast that knows the law and the series' parameters."""
    points = compared.frames["naive"]
    first = steps_of(np.array(["2000-01-01"], dtype="datetime64[ns]"), "MS")[0]
    row = steps_of(points["ds"].to_numpy().astype("datetime64[ns]"), "MS") - first
    number = points["unique_id"].str[-4:].astype(int).to_numpy()
    best = np.stack([drawn.best(step) for step in range(1, int(points["step"].max()) + 1)])
    y_hat = best[points["step"].to_numpy() - 1, number, row]
    return points.assign(model="optimal", y_hat=y_hat, error=y_hat - points["y"])


def _about(compared: Compared) -> dict[str, Any]:
    points = compared.frames["naive"]
    counts = {name: list(compared.better.values()).count(name) for name in measures.SIMPLE}
    return {
        "series": int(points["unique_id"].nunique()),
        "cutoffs": int(points["cutoff"].nunique()),
        "first": str(points["cutoff"].min().date()),
        "last": str(points["cutoff"].max().date()),
        "horizon": compared.case.data_set.horizon,
        "better": counts,
        "baselines_seconds": compared.baselines_seconds,
    }


def _fewer(case: Case) -> Case:
    last = {"climate": "1990-04-01", "jobs": "2010-04-01", "seattle": "2014-01-12"}
    return case.between(case.data_set.cutoffs.first, last[case.name])


def names() -> list[str]:
    """Every part, in the order in which they are measured."""
    changes = [f"changes/{name}" for name in ("climate", "jobs", *ON_PANELS)]
    picked = [f"picked/{name}" for name in SHIPPED[:3]]
    shown = [f"shipped/{name}" for name in SHIPPED]
    return [*shown, *picked, *(f"panel/{s}" for s in STRUCTURES), *changes]


def measure(part: str, *, rain: Path | None, quick: bool = False) -> dict[str, Any]:
    """The numbers of a part.

    Args:
        part: one of `names`.
        rain: the file of Mumbai's rain.
        quick: the same path, too short to quote.
    """
    kind, _, name = part.partition("/")
    if kind == "panel":
        return of_panel(name, quick=quick)
    if kind == "shipped":
        return of_shipped(name, [rain] if rain and name == "mumbai" else [], quick=quick)
    if name in ON_PANELS:
        return of_panel_changes(name, quick=quick)
    case = _fewer(shipped(name)) if quick else shipped(name)
    return (of_changes if kind == "changes" else of_picked)(case, quick=quick)

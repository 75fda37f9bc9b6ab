"""Which settings should a network have where nothing is declared? What was tried, and what it gave.

    python -m bench.tune [CASE ...]     # climate, seattle, jobs, panels; keeps bench/results

Only on cutoffs whose last target lies at or before the data set's first test cutoff, and on
simulated panels that `bench/accuracy` does not draw. Every corrected forecast with every number of
steps; then, on the one that is best over all cases, one setting at a time. Ratios as in
`bench/accuracy/measures.py`: squared error over that of the better of climatology and
seasonal_naive, geometric mean over series. Jobs has too few rows before its first test cutoff to
train and shrink a network: there only the references are compared.
"""

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bench.accuracy import measures
from bench.accuracy.cases import STRUCTURES, Case, shipped, simulated
from bench.accuracy.compared import Compared
from bench.accuracy.page import TUNED, write_page
from bench.accuracy.picked import REFERENCES, pick
from bench.networks.run import rounded
from pipeline.declaration import DataSet

STEPS = (60, 200, 600)
BASE = {"MS": 200, "D": 200}
"""Steps of the preset, around which one setting at a time is changed."""

ONE_AT_A_TIME: dict[str, tuple[Any, ...]] = {
    "learning_rate": (1e-3, 1e-2),
    "input_size": (6, 12, 28),
    "hidden_size": (8, 32),
    "cell": ("gru", "lstm"),
    "batch_size": (128,),
}
BEFORE = {
    "climate": ("1979-01-01", "1988-10-01", 8),
    "seattle": ("2013-03-03", "2013-12-22", 8),
    "jobs": ("2007-10-01", "2008-10-01", 4),
}
"""First and last cutoff, so that targets end before the tests; cutoffs that share a training."""

LOOK_BACK = {"24": 24, "48": 48, "96": 96, "180": 180, "all": None}
"""Cutoffs on which references are compared, the last ones."""

LOOKED_AT = {"MS": 48, "D": 180}
"""The same in the grid, as many as shrinkage looks at."""

SEED, SERIES = 101, 3
"""Of the panels; of each structure so many series."""


def cases(folder: Path) -> dict[str, Case]:
    """The data sets before their first test cutoff, and one of all structures of panels."""
    found = {name: _before(shipped(name), *when) for name, when in BEFORE.items()}
    return found | {"panels": _panels(folder)}


def _before(case: Case, first: str, last: str, refit: int) -> Case:
    declared = case.data_set.model_dump(exclude_unset=True)
    declared["cutoffs"] |= {"first": first, "last": last}
    declared["networks"]["rnn"] = {"refit": refit}
    return Case(case.root, DataSet.model_validate(declared).named(case.name))


def _panels(folder: Path) -> Case:
    """Series of every structure in one data set."""
    drawn = [simulated(s, folder, series=SERIES, seed=SEED) for s in STRUCTURES]
    pd.concat([one.frame for _, one in drawn]).to_csv(folder / "panels.csv", index=False)
    declared = drawn[0][0].data_set.model_dump(exclude_unset=True)
    declared["files"] = str(folder / "panels.csv")
    return Case(folder, DataSet.model_validate(declared).named("panels"))


def tune(case: Case) -> dict[str, Any]:
    """What was tried on a case, by name: the ratios, and what networks were trusted with."""
    compared = Compared.of(case, ["naive", *REFERENCES])
    found: dict[str, Any] = {"series": len(compared.better)}
    found["cutoffs"] = int(compared.naive["cutoff"].nunique())
    found["references"] = {name: _row(compared, compared.frames[name]) for name in REFERENCES}
    if case.name == "jobs":
        return found
    found["look_back"] = look_back(compared)
    found["rules"] = _rules(compared, {name: compared.frames[name] for name in REFERENCES})
    grid = {
        f"{corrects}/{steps}": case.network(corrects=corrects, steps=steps)
        for corrects in REFERENCES
        for steps in STEPS
    }
    compared.add_together(grid)
    found["grid"] = {name: _network(compared, name) for name in grid}
    for steps in STEPS:
        frames = {name: compared.frames[f"{name}/{steps}"] for name in REFERENCES}
        found["rules"] |= {f"{k}/{steps}": row for k, row in _rules(compared, frames).items()}
    found["one_at_a_time"] = _one_at_a_time(compared, found["grid"])
    return found


def _one_at_a_time(compared: Compared, grid: Mapping[str, Any]) -> dict[str, Any]:
    """Other settings around the preset's, on the corrected forecast that is best there."""
    steps = BASE[compared.case.data_set.freq]
    best = min(REFERENCES, key=lambda name: grid[f"{name}/{steps}"]["ratio"])
    tried = {
        f"{option}/{value}": compared.case.network(corrects=best, steps=steps, **{option: value})
        for option, values in ONE_AT_A_TIME.items()
        for value in values
    }
    compared.add_together(tried)
    rows = {name: _network(compared, name) for name in tried}
    return {"corrects": best, "steps": steps, "tried": rows}


def look_back(compared: Compared) -> dict[str, Any]:
    """The forecast that errors of so many past cutoffs prefer."""
    sizes = {"horizon": compared.case.data_set.horizon, "season": compared.case.data_set.season}
    frames = {name: compared.frames[name] for name in REFERENCES}
    return {
        said: _row(compared, pick(frames, compared.observations, looked_at=n, **sizes)["picked"])
        for said, n in LOOK_BACK.items()
    }


def _rules(compared: Compared, frames: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """The forecast that past errors prefer at each cutoff, and the mean of all of them."""
    data_set = compared.case.data_set
    sizes = {"horizon": data_set.horizon, "season": data_set.season}
    sizes["looked_at"] = LOOKED_AT[data_set.freq]
    made = pick(frames, compared.observations, **sizes)
    return {name: _row(compared, points) for name, points in made.items()}


def _network(compared: Compared, name: str) -> dict[str, Any]:
    return _row(compared, compared.frames[name]) | {"trusted": compared.trusted[name]}


def _row(compared: Compared, points: pd.DataFrame) -> dict[str, Any]:
    """The ratio over all series, and of each, or of each structure of panels."""
    of_series = compared.ratios(points)
    ids = sorted(map(str, points["unique_id"].unique()))
    groups = [name[:-5] if compared.case.name == "panels" else name for name in ids]
    by_group = {
        group: measures.geometric(of_series[[one == group for one in groups]])
        for group in dict.fromkeys(groups)
    }
    few = by_group if len(by_group) <= len(STRUCTURES) else {}
    return {"ratio": measures.geometric(of_series), "worst": float(of_series.max()), "of": few}


def main() -> None:
    """Each case that is asked for, printed and kept."""
    with tempfile.TemporaryDirectory() as folder:
        every = cases(Path(folder))
        for name in sys.argv[1:] or list(every):
            start = time.perf_counter()
            found = tune(every[name]) | {"seconds": round(time.perf_counter() - start)}
            results = json.loads(TUNED.read_text()) if TUNED.is_file() else {}
            results[name] = rounded(found)
            TUNED.write_text(json.dumps(results, indent=1) + "\n")
            print(name, json.dumps(results[name], indent=1), flush=True)
    write_page()


if __name__ == "__main__":
    main()

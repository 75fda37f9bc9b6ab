"""Measure what is promised of the served forecast; print it, and keep it where that is asked."""

import argparse
import importlib.metadata
import json
import os
import platform
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from bench.networks.quoted import refreshed
from bench.served import covered, shipped, simulated
from pipeline.served import blend

RESULTS = Path(__file__).parents[1] / "results" / "served.json"
PAGE = Path(__file__).parents[2] / "docs" / "served.md"
PANELS = 200

ALTERNATIVES: dict[str, dict[str, float]] = {
    "power n over 4": {"ERRORS_PER_POWER": 4},
    "power n over 16": {"ERRORS_PER_POWER": 16},
    "no prior": {"WORST": 1.0},
    "no prior, power n over 4": {"WORST": 1.0, "ERRORS_PER_POWER": 4},
}
"""Constants of `pipeline/served/blend.py` with other values."""


def panels() -> dict[str, Any]:
    """Panels with one series and with eight."""
    found: dict[str, Any] = {}
    for each in (1, 8):
        sizes = {"panels": PANELS, "each": each}
        for kind in ("lucky", "better"):
            found[f"{kind}, {each} series"] = simulated.lost_and_won(kind, **sizes, seed=1)
        for at in (12, 36):
            broken = simulated.after_a_break(**sizes, at=at, seed=2)
            for way, row in broken.items():
                found[f"broken after {at} cutoffs: {way}, {each} series"] = row
    return found


def alternatives(sets: list[shipped.Shipped]) -> dict[str, Any]:
    """What other settings of the blend would lose and win, on panels and on the shipped data."""
    found: dict[str, Any] = {}
    for said, changed in ALTERNATIVES.items():
        with ExitStack() as stack:
            for name, value in changed.items():
                stack.enter_context(mock.patch.object(blend, name, value))
            for each in (1, 8):
                for kind in ("lucky", "better"):
                    row = simulated.lost_and_won(kind, panels=PANELS, each=each, seed=1)
                    found[f"{said}: {kind}, {each} series"] = row
            again = [shipped.blended_again(one) for one in sets]
            for name, of in (*((one.name, [one]) for one in again), ("all", again)):
                found[f"{said}: {name}"] = shipped.ratio(of, "served")
    return found


def data_sets(mumbai: list[Path]) -> list[shipped.Shipped]:
    """Every data set whose files are there."""
    names = ["climate", "jobs", "seattle", *(["mumbai"] if mumbai else [])]
    return [shipped.of_data_set(n, mumbai if n == "mumbai" else ()) for n in names]


def real(sets: list[shipped.Shipped]) -> dict[str, Any]:
    """Every data set, and all of them together."""
    found: dict[str, Any] = {"ratios": {}, "coverage": {}, "brier": {}}
    for name, of in (*((one.name, [one]) for one in sets), ("all", sets)):
        ways = ("served", "picked", "mean", "served_without_networks")
        found["ratios"][name] = {way: shipped.ratio(of, way) for way in ways}
        share = shipped.ratio(of, "served", "served_without_networks")
        found["ratios"][name]["served over served_without_networks"] = share
    for one in sets:
        found["coverage"][one.name] = shipped.coverage(one)
        for above in shipped.RAIN.get(one.name, ()):
            found["brier"][f"{one.name} above {above:g} mm"] = shipped.brier(one, above)
    return found


def rounded(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Figures to four digits."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def main() -> None:
    """All of it, a line for each figure."""
    asked = argparse.ArgumentParser(description="what is promised of the served forecast")
    asked.add_argument("--mumbai", type=Path, nargs="*", default=[], help="its CSV file")
    asked.add_argument("--keep", action="store_true", help=f"write {RESULTS.name}, {PAGE.name}")
    given = asked.parse_args()
    start = time.perf_counter()
    sets = data_sets(given.mumbai)
    found = {
        "panels": panels(),
        "coverage": {k: covered.coverage(k, series=20_000, seed=3) for k in covered.KINDS},
        "shipped": real(sets),
        "alternatives": alternatives(sets),
        "panels_of_each": PANELS,
        "seconds": time.perf_counter() - start,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": {n: importlib.metadata.version(n) for n in ("numpy", "torch")},
        "command": "python -m bench.served "
        + " ".join("FILE" if "/" in a else a for a in sys.argv[1:]),
    }
    for part in ("panels", "coverage", "alternatives"):
        for name, row in found[part].items():
            print(part, name, json.dumps(rounded(row)))
    for part, rows in found["shipped"].items():
        for name, row in rows.items():
            print(part, name, json.dumps(rounded(row)))
    if given.keep:
        RESULTS.write_text(json.dumps(rounded(found), indent=1) + "\n")
        PAGE.write_text("".join(refreshed(PAGE.read_text(), rounded(found))))


if __name__ == "__main__":
    main()

"""Measure the parts that are asked for, keep their numbers, write the page anew."""

import argparse
import datetime as dt
import importlib.metadata
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

from bench.accuracy import autoets, parts
from bench.accuracy.cases import ROOT
from bench.accuracy.page import RESULTS, write_page
from bench.networks.run import rounded


def main() -> None:
    """Each part by itself: one that is measured alone leaves the others as they are."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts.names()))
    asked.add_argument("--quick", action="store_true", help="few cutoffs and models; not kept")
    asked.add_argument("--rain", type=Path, default=ROOT / "data/mumbai/Rainfall_data.csv")
    given = asked.parse_args()
    rain = given.rain if given.rain.is_file() else None
    if unknown := set(given.parts) - set(parts.names()):
        asked.error(f"there is no {', '.join(sorted(unknown))}")
    for part in given.parts or parts.names():
        if part == "shipped/mumbai" and rain is None:
            print("shipped/mumbai: its file is not there; what was measured once is kept")
            continue
        start = time.perf_counter()
        found = parts.measure(part, rain=rain, quick=given.quick)
        found["about"] = _about(time.perf_counter() - start)
        print(f"{part}: {found['about']['seconds']} s", flush=True)
        show(found)
        if not given.quick:
            keep(part, found)
    if not given.quick:
        write_page()


def show(found: dict[str, Any]) -> None:
    """A line a model: the ratio, and what its seeds say."""
    for name, row in found["models"].items():
        seeds = ""
        if "seeds" in row:
            seeds = f"  seeds {row['seeds']['mean']:.3f} +- {row['seeds']['sd']:.3f}"
        trusted = f"  trusted with {row['trusted']:.2f}" if "trusted" in row else ""
        print(f"  {name:32s} {row['ratio']:7.3f}{seeds}{trusted}")


def keep(part: str, found: dict[str, Any], to: Path = RESULTS) -> None:
    """Put the numbers of a part in the place of its old ones.

    Without an AutoETS to measure, what an earlier run measured of it stays, and that is said.
    """
    results = json.loads(to.read_text()) if to.is_file() else {}
    kind, _, name = part.partition("/")
    of_kind = results.setdefault(kind, {})
    peer = of_kind.get(name, {}).get("models", {}).get(autoets.NAME)
    if peer and autoets.NAME not in found["models"]:
        found["models"][autoets.NAME] = peer
        found["about"]["from_an_earlier_run"] = autoets.NAME
    of_kind[name] = rounded(found)
    to.write_text(json.dumps(results, indent=1) + "\n")


def _about(seconds: float) -> dict[str, Any]:
    load = os.getloadavg()[0]
    versions = {name: importlib.metadata.version(name) for name in ("torch", "numpy")}
    if autoets.is_installed():
        versions["statsforecast"] = importlib.metadata.version("statsforecast")
    return {
        "command": "python -m bench.accuracy",
        "seconds": round(seconds),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "load": round(load, 1),
        "python": platform.python_version(),
        "versions": versions,
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
    }


if __name__ == "__main__":
    main()

"""What a start costs: every command, and the definitions, against `import dagster`.

    python bench/startup.py

Ratios within one run, medians of 5, each in a fresh process; a machine's seconds are its own.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPEATS = 5
DEFINITIONS = "from pipeline.definitions import defs; defs().get_repository_def()"
SMALL = ("climate", "1990-01-01..1990-12-01")
"""The data set and the cutoffs that are computed once, before nothing is due."""


def seconds(*command: str, **env: str) -> float:
    """Wall time of a command."""
    start = time.perf_counter()
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | env, capture_output=True)
    return time.perf_counter() - start


def median(*command: str, **env: str) -> float:
    """Median wall time of a command over fresh processes."""
    return statistics.median(seconds(*command, **env) for _ in range(REPEATS))


UNTIL_DAGSTER_DEV = """
import os, sys
os.execv = lambda *command: sys.exit(0)
from pipeline.cli import main
main(["ui"])
"""
"""`hindcast ui` up to the moment at which the process becomes `dagster dev`."""


def main() -> None:
    """Measure and print one JSON object."""
    python = sys.executable
    hindcast = (python, "-m", "pipeline.cli")
    with tempfile.TemporaryDirectory() as folder:
        places = {"HINDCAST_STORE": f"{folder}/store", "DAGSTER_HOME": f"{folder}/home"}
        name, cutoffs = SMALL
        seconds(*hindcast, "run", name, "--cutoffs", cutoffs, **places)
        starts = {
            "import dagster": (python, "-c", "import dagster"),
            "hindcast --help": (*hindcast, "--help"),
            "hindcast new --help": (*hindcast, "new", "--help"),
            "hindcast ui, until dagster dev": (python, "-c", UNTIL_DAGSTER_DEV),
            "hindcast run, nothing due": (*hindcast, "run", name, "--cutoffs", cutoffs),
            "hindcast leaderboard (pandas)": (*hindcast, "leaderboard", name),
            "definitions": (python, "-c", DEFINITIONS),
        }
        found = {name: median(*command, **places) for name, command in starts.items()}
    dagster = found["import dagster"]
    rows = {
        name: {"seconds": round(took, 2), "per_import_dagster": round(took / dagster, 2)}
        for name, took in found.items()
    }
    about = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "command": "python bench/startup.py",
    }
    print(json.dumps(rows | about, indent=1))


if __name__ == "__main__":
    main()

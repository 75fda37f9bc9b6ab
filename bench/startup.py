"""What a start costs: definitions against `import dagster`, and a run with nothing due.

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


def main() -> None:
    """Measure and print one JSON object."""
    python = sys.executable
    imports = "import pipeline.declaration_file, pipeline.chain.plan, pandas, pyarrow.csv, click"
    with tempfile.TemporaryDirectory() as folder:
        places = {"HINDCAST_STORE": f"{folder}/store", "DAGSTER_HOME": f"{folder}/home"}
        run = (python, "-m", "pipeline.cli", "run", SMALL[0], "--cutoffs", SMALL[1])
        seconds(*run, **places)
        dagster = median(python, "-c", "import dagster")
        definitions = median(
            python, "-c", "from pipeline.definitions import defs; defs().get_repository_def()"
        )
        nothing_due = median(*run, **places)
        imported = median(python, "-c", imports)
    found = {
        "import_dagster_s": round(dagster, 2),
        "definitions_s": round(definitions, 2),
        "definitions_per_import_dagster": round(definitions / dagster, 2),
        "run_with_nothing_due_s": round(nothing_due, 2),
        "of_which_imports_s": round(imported, 2),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "command": "python bench/startup.py",
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()

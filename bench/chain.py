"""Seconds of every stage of the shipped data sets, computed from nothing, without Dagster.

    python bench/chain.py [DATA_SET ...]

One run in one process; the second column repeats the stage with nothing due.
"""

import datetime as dt
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from pipeline.chain.plan import known_of_store
from pipeline.chain.project import Project
from pipeline.chain.run import Work, run_stage
from pipeline.chain.stages import Stage, stages_of
from pipeline.declaration import DataSet

ROOT = Path(__file__).resolve().parents[1]


def timed(stage: Stage, data_set: DataSet, project: Project) -> tuple[float, int, dict[str, int]]:
    """Seconds, slots made and counts of one stage over all cutoffs."""
    start = time.perf_counter()
    known = known_of_store(project, data_set, now=dt.datetime.now(dt.UTC))
    work = Work(known, project.store)
    done = run_stage(stage, work, known.cutoffs if stage.per_cutoff else (None,))
    return time.perf_counter() - start, sum(len(d.made) for d in done), work.counts


def main() -> None:
    """Measure and print one JSON object."""
    import torch

    names = sys.argv[1:] or ["climate", "seattle"]
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HINDCAST_STORE"] = folder
        project = Project(ROOT)
        for name in names:
            data_set = project.data_set(name)
            rows = {}
            for stage in stages_of(data_set):
                first, made, counts = timed(stage, data_set, project)
                again, _, _ = timed(stage, data_set, project)
                rows[stage.name] = {"s": round(first, 2), "again_s": round(again, 2), "slots": made}
                rows[stage.name] |= counts
            found[name] = rows
    found["machine"] = f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}"
    found["command"] = " ".join(["python bench/chain.py", *sys.argv[1:]])
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()

"""Thousands of series through the whole chain: seconds, memory and disk of every stage.

    python bench/many.py                                      # 2000 series x 250 rows x 10 cutoffs
    python bench/many.py --series 200 --rows 120 --cutoffs 3  # smaller, nothing kept
    python bench/many.py --keep                               # writes bench/results/many.json

Months of a panel with a season and an autoregression (`bench/panels`), one CSV file, all
baselines, one network per series with what is declared where nothing is. One process, no Dagster.
"""

import argparse
import datetime as dt
import json
import os
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
RESULTS = ROOT / "bench" / "results" / "many.json"
FULL = {"series": 2000, "rows": 250, "cutoffs": 10}

DECLARED = """\
type: pipeline.components.HindcastComponent
attributes:
  files: data/many/*.csv
  columns: {{ds: ds, y: y, unique_id: unique_id}}
  freq: MS
  horizon: 12
  cutoffs: {{first: "{first}", last: "{last}"}}
  baselines:
    naive:
    seasonal_naive:
    climatology:
    anomaly_persistence:
    damped_trend:
    ar: {{refit: 12}}
  networks:
    rnn: {{refit: 12, corrects: anomaly_persistence, kernel: {kernel}, seeds: {seeds}}}
"""


def make_project(folder: Path, *, series: int, rows: int, cutoffs: int, **network: object) -> None:
    """Write the panel and its declaration into a folder of its own."""
    from bench.panels.panel import panel

    data, defs = folder / "data" / "many", folder / "pipeline" / "defs" / "many"
    data.mkdir(parents=True)
    defs.mkdir(parents=True)
    frame = panel("seasonal_ar", series=series, rows=rows, seed=0).frame
    frame.to_csv(data / "panel.csv", index=False)
    months = frame["ds"].drop_duplicates().dt.strftime("%Y-%m-%d").tolist()
    first, last = months[-cutoffs - 12], months[-13]
    (defs / "defs.yaml").write_text(DECLARED.format(first=first, last=last, **network))


def measured(folder: Path) -> dict[str, dict[str, float]]:
    """Every stage over all cutoffs, and again with nothing due."""
    from pipeline.chain.plan import known_of_store
    from pipeline.chain.project import Project
    from pipeline.chain.run import Work, run_stage
    from pipeline.chain.stages import stages_of

    os.environ["HINDCAST_STORE"] = str(folder / "storage")
    project = Project(folder)
    data_set, found = project.data_set("many"), {}
    for stage in stages_of(data_set):
        row: dict[str, float] = {}
        for name in ("s", "again_s"):
            start = time.perf_counter()
            known = known_of_store(project, data_set, now=dt.datetime.now(dt.UTC))
            work = Work(known, project.store)
            run_stage(stage, work, known.cutoffs if stage.per_cutoff else (None,))
            row[name] = round(time.perf_counter() - start, 2)
        row["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        under = folder / "storage" / "many" / stage.name
        files = [p for p in under.rglob("*") if p.is_file()]
        row["disk_mb"] = round(sum(p.stat().st_size for p in files) / 1e6, 1)
        found[stage.name] = row
        print(f"{stage.name:20s}", row, flush=True)
    return found


def main() -> None:
    """Measure, print, keep where asked for."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, number in FULL.items():
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--kernel", default="torch", choices=["torch", "fused"])
    parser.add_argument("--keep", action="store_true", help="write bench/results/many.json")
    asked = parser.parse_args()
    sizes = {name: getattr(asked, name) for name in FULL}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_project(folder, **sizes, seeds=asked.seeds, kernel=asked.kernel)
        stages = measured(folder)
    total = round(sum(row["s"] for row in stages.values()), 1)
    where = f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}"
    command = " ".join(["python", *sys.argv])
    found = {"sizes": sizes, "stages": stages, "total_s": total, "machine": where}
    found |= {"command": command, "load": round(os.getloadavg()[0], 2)}
    print(json.dumps(found, indent=1))
    if asked.keep:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()

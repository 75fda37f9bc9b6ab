"""What fev itself says of random errors: writes `fev_golden.json`, which `test_summary.py` reads.

    python -m venv /tmp/fev && /tmp/fev/bin/pip install fev==0.10.0
    /tmp/fev/bin/python tests/leaderboard/fev_golden.py

It needs an environment of its own: fev brings the libraries of large data sets with it.
"""

import importlib.metadata
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

GOLDEN = Path(__file__).with_name("fev_golden.json")
MODELS = ["climatology", "good", "twin", "wild"]


def errors(tasks: int) -> np.ndarray:
    """Of tasks and `MODELS`: twin is good on every other task, wild leaves the bounds."""
    random = np.random.default_rng(tasks)
    found = np.exp(random.normal(size=(tasks, len(MODELS))))
    found[::2, 2] = found[::2, 1]
    found[:, 3] *= 10.0 ** random.integers(-4, 5, size=tasks)
    return found.round(6) + 1e-6


def main() -> None:
    """Ask fev and write what it says."""
    from fev.analysis import leaderboard

    found = []
    for tasks in (8, 20, 75):
        own = errors(tasks)
        rows = [
            {"dataset_path": f"task {t:03}", "model_name": model, "test_error": own[t, m]}
            for t in range(tasks)
            for m, model in enumerate(MODELS)
        ]
        version = importlib.metadata.version("fev")
        summaries = pd.DataFrame(rows).assign(fev_version=version, quantile_levels="[]")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            board = leaderboard(summaries, baseline_model="climatology", n_resamples=1000)
        board = board[[c for c in board.columns if c.startswith(("skill_score", "win_rate"))]]
        found.append({"errors": own.tolist(), "board": board.T.to_dict()})
    body = {"fev": importlib.metadata.version("fev"), "models": MODELS, "boards": found}
    GOLDEN.write_text(json.dumps(body, indent=1) + "\n")


if __name__ == "__main__":
    main()

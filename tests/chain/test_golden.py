"""A stored forecast may only move when a version does: users' folds would mix old and new numbers.

`python tests/chain/test_golden.py` writes the golden file anew, after a version was raised.
"""

import json
import math
import sys
import tempfile
from pathlib import Path

import pytest

from pipeline.baselines.settings import VERSIONS
from pipeline.clean.settings import VERSION as CLEAN
from pipeline.raw.settings import VERSION as RAW
from pipeline.rnn.settings import VERSION as RNN
from pipeline.scores.settings import VERSION as SCORES
from pipeline.served.settings import VERSION as SERVED
from pipeline.windows.settings import VERSION as WINDOWS
from tests.strategies import NETWORK, SmallProject

GOLDEN = Path(__file__).with_name("golden.json")

TOLERANCE = {"rnn": 1e-4, "unshrunk": 1e-4, "served": 1e-4}
"""Relative; networks are float32, and other machines sum in another order."""


def versions() -> dict[str, str]:
    """Every version that a forecast or score depends on."""
    own = {"raw": RAW, "clean": CLEAN, "windows": WINDOWS, "rnn": RNN}
    own |= {"served": SERVED, "scores": SCORES}
    return own | {f"baselines.{name}": version for name, version in VERSIONS.items()}


def forecasts(folder: Path) -> dict[str, list[float]]:
    """Forecasts and scales of a small project with every model, by series, cutoff and model."""
    baselines = {name: {} for name in VERSIONS} | {"ar": {"lags": 2, "refit": 3}}
    baselines["ar_seasonal"] = {"lags": 2, "refit": 0}
    # Long enough that it is trusted with something on such short series.
    networks = {"rnn": NETWORK | {"shrinkage": True, "learning_rate": 0.03, "steps": 12}}
    networks["unshrunk"] = NETWORK | {"corrects": "auto"}
    small = SmallProject.write(folder / "project", baselines=baselines, networks=networks)
    for number, stem in enumerate("ab"):
        # With rows enough before the first cutoff that a first fit can be measured.
        values = [20 + 5 * math.sin(k / 2 + number) + k % 5 + 0.1 * k for k in range(-24, 48)]
        cells = [None if k in (41, 55 + number) else round(v, 3) for k, v in enumerate(values)]
        small.write_series(stem, cells, first=-24)
    small.run()
    found: dict[str, list[float]] = {}
    for cutoff in ("2003-01-01", "2003-06-01"):
        for stage in ("baseline_forecasts", "rnn_forecasts"):
            frame = small.table(stage, "forecasts", cutoff)
            assert (frame["status"] == "ok").all()
            for (unique_id, model), rows in frame.groupby(["unique_id", "model"]):
                found[f"{unique_id} {cutoff} {model}"] = rows["y_hat"].tolist()
        scores = small.table("scores", "scores", cutoff)
        for unique_id, rows in scores.groupby("unique_id"):
            for scale in ("scale", "rmsse_scale"):
                found[f"{unique_id} {cutoff} {scale}"] = [float(rows[scale].iloc[0])]
    return found | served(small)


def served(small: SmallProject) -> dict[str, list[float]]:
    """What is served at the last cutoff, when enough is known for a blend, and its bounds."""
    forecasts, intervals = (
        small.table("served_forecasts", name, "2003-12-01") for name in ("forecasts", "intervals")
    )
    found = {
        f"{unique_id} {model}": rows["y_hat"].tolist()
        for (unique_id, model), rows in forecasts.groupby(["unique_id", "model"])
    }
    own = intervals[(intervals["model"] == "served") & (intervals["level"] == 80)]
    for unique_id, rows in own.groupby("unique_id"):
        found[f"{unique_id} bounds of served"] = rows["lo"].tolist() + rows["hi"].tolist()
    return found


def test_no_stored_number_moves_while_no_version_did(tmp_path):
    golden = json.loads(GOLDEN.read_text())
    assert golden["versions"] == versions(), "a version was raised: write the golden file anew"
    ours = forecasts(tmp_path)
    assert set(ours) == set(golden["numbers"])
    for name, numbers in golden["numbers"].items():
        close = pytest.approx(numbers, rel=TOLERANCE.get(name.split()[-1], 1e-9))
        assert ours[name] == close, f"{name} moved: raise the version of its stage"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    with tempfile.TemporaryDirectory() as scratch:
        body = {"versions": versions(), "numbers": forecasts(Path(scratch))}
    GOLDEN.write_text(json.dumps(body, indent=1) + "\n")

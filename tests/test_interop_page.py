"""Every example of docs/interop.md, run where its library is installed, and imported."""

import importlib.util
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from pipeline.chain.export import export_forecasts
from tests.conftest import REPOSITORY
from tests.strategies import NAME, SmallProject

PAGE = (REPOSITORY / "docs" / "interop.md").read_text()
BEFORE, *SECTIONS = re.split(r"^### (\w+)$", PAGE, flags=re.M)
LIBRARIES = dict(zip(SECTIONS[::2], SECTIONS[1::2], strict=True))
CUTOFFS = {"first": "2002-12-01", "last": "2003-10-01"}
"""Those whose actuals are all known: a backtest goes no further."""


def python_of(text: str) -> str:
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", text, flags=re.M | re.S))


@pytest.fixture(scope="module")
def _ours(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    small = SmallProject.write(
        tmp_path_factory.mktemp("interop") / "project", cutoffs=CUTOFFS, networks=None
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HINDCAST_PROJECT", "HINDCAST_STORE", "DAGSTER_HOME"):
            patch.delenv(name, raising=False)
        small.run()
    return small


@pytest.fixture
def ours(_ours: SmallProject, tmp_path, monkeypatch: pytest.MonkeyPatch) -> SmallProject:
    """A project that has run and is exported; the examples run in its folder."""
    small = _ours.copy(tmp_path / "project")
    for name in ("HINDCAST_PROJECT", "HINDCAST_STORE", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    export_forecasts(small.project, small.data_set, small.root / "forecasts.parquet")
    monkeypatch.chdir(small.root)
    return small


def run(code: str, names: dict[str, Any]) -> dict[str, Any]:
    exec(compile(code.replace("DATA_SET", NAME), "docs/interop.md", "exec"), names)
    return names


def test_utilsforecast_takes_the_export_as_the_page_says(ours):
    board = run(python_of(BEFORE), {})["board"]
    assert set(board["metric"]) == {"mae", "rmse"}
    assert board["naive"].notna().all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of other programs
@pytest.mark.parametrize("library", LIBRARIES)
def test_what_a_library_forecasts_becomes_a_model_and_ours_goes_back(ours, library):
    module = library.lower()
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed here")
    names = run(python_of(BEFORE) + python_of(LIBRARIES[library]), {})
    frame = names["frame"]
    (model,) = set(frame.columns) - {"unique_id", "ds", "cutoff", "y", "fold"}
    frame.to_parquet("theirs.parquet")
    ours.declare(imported={"theirs": {"files": "theirs.parquet", "column": model}})
    ours.run()
    assert ours.plan() == []
    said = frame.set_index(["unique_id", "cutoff", "ds"])[model].astype("float64")
    stored = pd.concat(
        ours.table("imported_forecasts", "forecasts", cutoff.key) for cutoff in ours.known.cutoffs
    )
    points = pd.MultiIndex.from_frame(stored[["unique_id", "cutoff", "ds"]])
    assert len(points) == 2 * 11 * 2
    np.testing.assert_array_equal(said.reindex(points), stored["y_hat"])
    scores = ours.table("scores", "scores", "2003-05-01")
    assert scores.groupby("model").size().to_dict() == dict.fromkeys(ours.data_set.models, 4)
    check_back(names, library)


def check_back(names: dict[str, Any], library: str) -> None:
    """What the page makes of ours for a library is what ours says."""
    one = names["one"].sort_values(["unique_id", "ds"])
    errors = (one["naive"] - one["y"]).abs()
    if library == "Darts":
        assert list(names["error"]) == pytest.approx(errors.groupby(one["unique_id"]).mean())
        told = np.concatenate([series.values().ravel() for series in names["theirs"]])
        assert told.tolist() == one["naive"].tolist()
    if library == "sktime":
        assert names["error"] == pytest.approx(errors.mean())
    if library == "skforecast":
        known = names["y"][names["y"]["ds"] <= names["last"]].groupby("unique_id")["y"]
        scale = known.agg(lambda own: own.diff().abs().mean())
        means = errors.groupby(one["unique_id"]).mean()
        assert names["errors"] == pytest.approx((means / scale).to_dict())
    if library == "GluonTS":
        assert [float(v) for f in names["theirs"] for v in f.mean] == one["naive"].tolist()


def test_the_declaration_that_it_shows_is_one(tmp_path):
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, flags=re.M | re.S)
    small = SmallProject.write(tmp_path / "p", **yaml.safe_load(text))
    assert small.data_set.models[-2:] == ["autoets", "theta"]


def test_every_library_of_the_table_has_its_section():
    linked = re.findall(r"^\| \[(\w+)\]\(#(\w+)\)", BEFORE, flags=re.M)
    assert [name for name, _ in linked] == list(LIBRARIES)
    assert all(anchor == name.lower() for name, anchor in linked)

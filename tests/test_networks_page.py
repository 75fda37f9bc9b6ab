"""docs/networks.md: its figures are there, its numbers those of the results, its script runs."""

import json
import re
import subprocess
import sys

import pytest

from bench.networks.quoted import named, quoted, refreshed, written
from pipeline.plots.png import LIMIT
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "networks.md").read_text()
RESULTS = json.loads((REPOSITORY / "bench" / "results" / "networks.json").read_text())
IMAGES = re.findall(r"!\[[^\]]+\]\((img/networks/[\w.]+)\)", PAGE)


def test_every_figure_is_there_and_every_one_that_is_there_is_shown():
    folder = REPOSITORY / "docs" / "img" / "networks"
    assert sorted(IMAGES) == sorted(f"img/networks/{path.name}" for path in folder.iterdir())
    for image in IMAGES:
        assert 1000 < (REPOSITORY / "docs" / image).stat().st_size < LIMIT, image


def test_every_number_is_that_of_the_results():
    numbers = quoted(PAGE)
    assert len(numbers) > 50
    wrong = {
        one.path: (one.text, written(named(RESULTS, one.path), one.text))
        for one in numbers
        if written(named(RESULTS, one.path), one.text) != one.text
    }
    assert not wrong
    assert "".join(refreshed(PAGE, RESULTS)) == PAGE


def test_no_measured_number_is_without_a_name():
    text = re.sub(r"<!-- [^>]* -->", "<!-- -->", PAGE)
    text = re.sub(r"```.*?```|`[^`]*`|\$[^$]*\$|!?\[[^\]]*\]\([^)]*\)", "", text, flags=re.S)
    assert re.findall(r"\d+\.\d+(?!\d*(?:e-?\d+)?<!-- )", text) == []


def test_a_number_that_moved_is_written_anew_in_as_many_digits():
    page = (
        "0.83<!-- a/b -->, +1.5<!-- a/c --> %, \u22120.2<!-- a/e -->, 3e-14<!-- d -->, 7<!-- f -->"
    )
    moved = {"a": {"b": 0.8251, "c": -2.04, "e": -0.04}, "d": 1.6e-13, "f": 1024}
    assert [one.path for one in quoted(page)] == ["a/b", "a/c", "a/e", "d", "f"]
    assert re.sub("<.*?>", "", "".join(refreshed(page, moved))) == (
        "0.83, \u22122.0 %, +0.0, 2e-13, 1\u00a0024"
    )
    with pytest.raises(KeyError):
        named(moved, "a/x")


@pytest.mark.slow
def test_the_script_runs_and_what_is_law_holds_in_any_run(tmp_path):
    command = [sys.executable, "-m", "bench.networks", "--quick", "--to", str(tmp_path)]
    subprocess.run(command, cwd=REPOSITORY, check=True, timeout=600)
    found = json.loads((tmp_path / "networks.json").read_text())
    assert found.keys() == RESULTS.keys()
    assert {path.name for path in tmp_path.glob("*.png")} == {i.split("/")[-1] for i in IMAGES}
    for results in (found, RESULTS):
        gradient = results["gradient"]
        for one in gradient["agreement"].values():
            assert one["furthest"] < 1e-12 * one["largest"]
        assert gradient["terms"]["sum_from_by_hand"] < 1e-12 * gradient["terms"]["largest"]
        assert gradient["clipping"]["largest_after"] <= 1
        assert results["outputs"]["cut_differs"] < 1e-6
        assert results["furthest_from_the_pipeline"] < 1e-5
        for by_kind in results["start"].values():
            assert all(one["from_the_pipeline"] < 1e-6 for one in by_kind.values())
        assert results["shapes"]["loss"]["stretched"] > results["shapes"]["loss"]["right"] == 0
        assert results["shapes"]["loss"]["ours"] in PAGE

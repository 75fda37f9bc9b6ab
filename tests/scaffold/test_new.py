"""The law of the door: what it writes loads and can be forecast; or one sentence and nothing."""

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.chain.plan import plan
from pipeline.scaffold.page import readable, written
from tests.scaffold.conftest import NOW, Desk, days, everything_in, months, table

ODD = "ab1 #:,'\"{}[]&*!|>%@`~?-=\\/äß£日🙂\u00a0._"
NAMES = st.text(ODD, min_size=1, max_size=9).filter(lambda text: text == text.strip("\t \u00a0"))

DATES = {
    "MS": lambda rows: months("2008-05-01", rows),
    "QS": lambda rows: months("1999-10-01", rows, step=3),
    "W": lambda rows: days("2015-02-01", rows, step=7),
    "D": lambda rows: days("2021-08-30", rows),
}
FORMATS = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d %b %Y",
    "%m/%d/%Y",
    "%Y-%m-%dT06:00:00Z",
]


@dataclass(frozen=True)
class Export:
    """Files as some program exports them, and what they hold."""

    files: dict[str, str]
    freq: str
    ds: str
    ds_format: str
    y: str
    unique_id: str | None
    mark: str


@st.composite
def exports(draw: st.DrawFn) -> Export:
    freq = draw(st.sampled_from(list(DATES)))
    rows = draw(st.integers(3, 150))
    names = draw(st.lists(NAMES, min_size=5, max_size=5, unique=True))
    series = draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=str.casefold))
    ds_format = draw(st.sampled_from(FORMATS))
    in_one = len(series) > 1 and draw(st.booleans())
    mark = draw(st.sampled_from([",", ",", ",", ";"]))
    gaps = draw(st.sets(st.integers(1, rows - 2), max_size=rows // 6))
    empty = draw(st.sets(st.integers(0, rows - 2), max_size=rows // 6))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    header = [names[0], *([names[1]] if in_one else []), names[2], names[3], names[4]]
    files: dict[str, list[list[object]]] = {}
    for number, name in enumerate(series):
        stem = "all" if in_one else f"{number} {name.replace('/', '')}"
        for k, day in enumerate(DATES[freq](rows)):
            y = "" if k in empty else f"{random.normal(50, 9) + k * number:.3f}"
            row = [f"{day:{ds_format}}", *([name] if in_one else []), y, "ok", random.random()]
            if k not in gaps:
                files.setdefault(stem, []).append(row)
    texts = {stem: table(header, found, mark=mark) for stem, found in files.items()}
    unique_id = names[1] if in_one else None
    return Export(texts, freq, names[0], ds_format, names[2], unique_id, mark)


def hold_the_law(export: Export) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), answers={"--y": export.y, "--ds-format": export.ds_format})
        paths = [desk.file(f"{stem}.csv", text) for stem, text in export.files.items()]
        before = everything_in(desk.project.root)
        found = desk.made_or_told(*paths)
        if isinstance(found, str):
            assert len(found.splitlines()) == 1
            assert everything_in(desk.project.root) == before
            assert export.mark == ";" or "observed rows; with freq" in found
            return
        data_set = desk.project.data_set("shop")
        columns = data_set.columns
        assert (columns.ds, columns.y, columns.unique_id) == (export.ds, export.y, export.unique_id)
        assert data_set.freq == export.freq
        due = plan(desk.project, data_set, now=NOW)
        cutoffs = {d.cutoff for d in due if d.stage == "baseline_forecasts"}
        assert len(cutoffs) == found.ready > 0


@given(export=exports())
@settings(max_examples=40)
def test_what_is_written_loads_and_can_be_forecast_or_nothing_is_written(export):
    hold_the_law(export)


@pytest.mark.slow
@given(export=exports())
@settings(max_examples=600)
def test_the_same_for_many_more_files(export):
    hold_the_law(export)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(value=st.recursive(WORDS | st.integers(), lambda v: st.lists(v) | st.dictionaries(WORDS, v)))
@example("yes")
@example("12:30")
@example("2024-01-01")
@example("~")
@example("a: b #c")
def test_whatever_is_written_is_read_back(value):
    text = f"key: {written(value)} # a comment\n"
    assert yaml.safe_load(text) == {"key": value}


@given(text=st.text())
def test_whatever_stands_in_a_comment_changes_nothing(text):
    assert yaml.safe_load(f"# {readable(text)}\nkey: 1\n") == {"key": 1}


def test_the_page_of_a_plain_file_is_what_a_person_would_write(desk):
    rows = [(f"{d:%d.%m.%Y}", 20 + k * 7 % 11) for k, d in enumerate(days("2023-01-01", 500))]
    desk.made(table(["day", "sold"], rows))
    assert (
        desk.page()
        == """\
# What `hindcast new` found in sales.csv; edit what you like, `hindcast plan shop` says what that
# makes due. All else has a default: every key is described in pipeline/declaration.py.
type: pipeline.components.HindcastComponent
attributes:
  files: data/shop/*.csv # a CSV put beside them is one more series, named by the file
  columns:
    ds: day
    ds_format: "%d.%m.%Y"
    y: sold
  freq: D # a row a day
  horizon: 7 # days ahead
  # One forecast from the end of each week, each made from the rows up to there only:
  # 35 so far, the newest of 2024-05-05. They grow with the clock, or add `last:`.
  cutoffs: {first: "2023-09-10", every: W}
  networks:
    # Trained anew at every 4th cutoff; it may be any number.
    rnn: {refit: 4}
"""
    )
    assert dt.date(2024, 5, 5).weekday() == 6

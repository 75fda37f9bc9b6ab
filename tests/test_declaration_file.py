"""Mistakes in a defs.yaml: told with file and line, what stands there, what to write instead."""

import json
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.chain.project import Project
from pipeline.declaration import DataSet
from pipeline.declaration_file import read_declaration
from pipeline.errors import InputError

REPOSITORY = Path(__file__).parents[1]
SHIPPED = sorted((REPOSITORY / "pipeline" / "defs").glob("*/defs.yaml"))

GOOD = """\
type: pipeline.components.HindcastComponent
attributes:
  files: data/a.csv
  columns: {ds: date, y: value, hist_exog: [temp]}
  freq: MS
  horizon: 3
  cutoffs: {first: "1990-01-01"}
"""
"""Seven lines; the faults below replace a part of it, or follow from line 8 on."""


def read(text: str, folder: Path) -> DataSet:
    path = folder / "defs.yaml"
    path.write_text(text, encoding="utf-8")
    return read_declaration(path, shown_as="defs/toy/defs.yaml")


def error_of(text: str, folder: Path) -> str:
    with pytest.raises(InputError) as error:
        read(text, folder)
    return str(error.value)


FURTHER = {
    "an unknown key": (
        "horizn: 3",
        "line 8: horizn is no key of a data set; did you mean horizon?",
    ),
    "an unknown key like no other": (
        "xyzzy: 3",
        "line 8: xyzzy is no key of a data set; known here are files, source, columns, freq,",
    ),
    "an unknown key of a network": (
        "networks:\n  rnn:\n    hiden_size: 3",
        "line 10: networks.rnn.hiden_size is no key of a data set; did you mean hidden_size?",
    ),
    "an unknown key of a baseline": (
        "baselines:\n  climatology:\n  ar: {lag: 3}",
        "line 10: baselines.ar.lag is no key of a data set; did you mean lags?",
    ),
    "a key twice": (
        "horizon: 4",
        "line 8: horizon is declared twice (first on line 6); remove one",
    ),
    "a nested key twice": (
        "networks:\n  rnn: {}\n  rnn: {}",
        "line 10: rnn is declared twice (first on line 9); remove one",
    ),
    "no YAML": ("networks: {rnn:", "line 9: this is no YAML: expected the node content"),
    "a column that is not declared": (
        "networks:\n  rnn: {hist_exog: [wind]}",
        "line 9: networks.rnn.hist_exog: wind is not among columns.hist_exog (temp)",
    ),
    "two budgets": (
        "networks:\n  rnn: {steps: 3, epochs: 3}",
        "line 9: networks.rnn: declare steps or epochs, not both",
    ),
    "held back for nothing": (
        "networks:\n  rnn: {val_size: 12}",
        "line 9: networks.rnn.val_size: nothing is held back without early_stop_patience_steps; "
        "declare that, or remove this",
    ),
    "intervals of another loss": (
        "networks:\n  rnn: {level: [80]}",
        "line 9: networks.rnn.level: only loss: quantile forecasts intervals; declare it too",
    ),
    "a kernel that is not compiled for it": (
        "networks:\n  rnn: {kernel: fused, loss: quantile}",
        "line 9: networks.rnn.kernel: fused is not compiled for loss: quantile; declare "
        "kernel: torch",
    ),
    "a column known ahead that is not declared": (
        "networks:\n  rnn: {futr_exog: [temp]}",
        "line 9: networks.rnn.futr_exog: temp is not among columns.futr_exog (none declared)",
    ),
    "a season of another freq": (
        "networks:\n  rnn: {calendar: [week]}",
        "line 9: networks.rnn.calendar: week is not among the seasons of the freq (month)",
    ),
    "a season twice": (
        "networks:\n  rnn: {calendar: [month, month]}",
        'line 9: networks.rnn.calendar: "month" is declared here already; remove one',
    ),
    "a calendar that is neither": (
        "networks:\n  rnn: {calendar: weekly}",
        "line 9: networks.rnn.calendar: ",
    ),
    "a transform of no known name": (
        "networks:\n  rnn: {transform: cube}",
        "line 9: networks.rnn.transform: 'cube' is none of 'none', 'standard', 'robust', 'sqrt', "
        "'log1p' or 'log'; write one of these",
    ),
    "windows that would praise themselves": (
        "networks:\n  rnn:\n    early_stop_patience_steps: 3",
        "line 10: networks.rnn.early_stop_patience_steps: shrinkage measures the network on the "
        "last windows, and the best weights would be chosen on the same ones, which would then "
        "praise themselves; declare shrinkage: false to stop early, or remove this and train a "
        "fixed number of steps",
    ),
    "shrinkage of nothing": (
        "networks:\n  rnn: {corrects: none, shrinkage: true}",
        "line 9: networks.rnn.shrinkage: nothing is corrected here, so nothing can be shrunk; "
        "declare what it corrects, or remove this",
    ),
    "a factor of nothing": (
        "networks:\n  rnn: {loss: tweedie, corrects: none}",
        "line 9: networks.rnn.loss: tweedie corrects by a factor and needs transform: standard "
        "here",
    ),
    "a root of what may be below zero": (
        "networks:\n  rnn: {transform: sqrt, corrects: {a: naive, b: damped_trend}}",
        "line 9: networks.rnn.transform: damped_trend may be below zero, where sqrt is no number; "
        "declare none, standard or robust, or correct climatology",
    ),
    "a factor of what may be below zero": (
        "networks:\n  rnn: {loss: tweedie, corrects: holt_winters}",
        "line 9: networks.rnn.loss: tweedie corrects by a factor, and holt_winters may be below "
        "zero; declare another loss, or correct climatology",
    ),
    "one network that corrects nothing of a series": (
        "networks:\n  all: {scope: global, corrects: {a: naive, b: none}}",
        "line 9: networks.all.corrects: what a network of all series learns holds in units of the "
        "errors of what it corrects;",
    ),
    "one network with passes": (
        "networks:\n  all: {scope: global, epochs: 3}",
        "line 9: networks.all.epochs: the windows of many series have no one order of time to "
        "pass over them in; declare steps",
    ),
    "one network that stops early": (
        "networks:\n  all: {scope: global, shrinkage: false, early_stop_patience_steps: 3}",
        "line 9: networks.all.early_stop_patience_steps: a network of all series trains a fixed "
        "number of steps; declare steps, or scope: local",
    ),
    "one network of the article": (
        "networks:\n  all: {scope: global, preset: article}",
        "line 9: networks.all.scope: the article's network is one of a single series; remove "
        "preset: article",
    ),
    "one network of logarithms": (
        "networks:\n  all: {scope: global, transform: log}",
        "line 9: networks.all.transform: log puts the mean of one series right behind the training",
    ),
    "a scope of no known name": (
        "networks:\n  all: {scope: all}",
        "line 9: networks.all.scope: 'all' is none of 'local' or 'global'; write one of these",
    ),
    "a reference that is not declared": (
        "reference: naive\nbaselines: {climatology: , ar: }",
        "line 8: reference: naive is not among the declared baselines (climatology, ar); "
        "add it there",
    ),
    "a reference of a series that is not declared": (
        "reference: {co2: naive}\nbaselines: {climatology: }",
        "line 8: reference: naive is not among the declared baselines (climatology)",
    ),
    "an implied reference that is not declared": (
        "baselines: {naive: }",
        "reference: climatology is not among the declared baselines (naive); add it there",
    ),
    "a refit without coefficients": (
        "baselines:\n  climatology:\n  naive: {refit: 2}",
        "line 10: baselines.naive.refit: naive has no coefficients to fit; remove it",
    ),
    "a baseline of no known formula": (
        "baselines:\n  climatology:\n  arima:",
        "line 10: baselines.arima: no formula has this name; write `model:` under it with one of "
        "naive, seasonal_naive,",
    ),
    "a formula under the name of another": (
        "baselines:\n  climatology:\n  naive: {model: ar}",
        "line 10: baselines.naive.model: ar under the name of another formula; rename the "
        "baseline, as ar_2",
    ),
    "a network named as a formula": (
        "baselines: {climatology: }\nnetworks:\n  ar:",
        "line 10: networks.ar: a baseline has this name; rename the network",
    ),
    "an input of a network twice": (
        "networks:\n  rnn: {hist_exog: [temp, temp]}",
        'line 9: networks.rnn.hist_exog: "temp" is declared here already; remove one',
    ),
    "a network named as a baseline": (
        "networks:\n  naive:",
        "line 9: networks.naive: a baseline has this name; rename the network",
    ),
    "too few rows to train on": (
        "min_train_rows: 3",
        "line 8: min_train_rows: 3 is less than the models need (37); declare that or more",
    ),
    "a number below the least": (
        "max_staleness: -1",
        "line 8: max_staleness: '-1' should be greater than or equal to 0",
    ),
    "a zone that is misspelt": (
        "timezone: Europe/Berln",
        "line 8: timezone: 'Europe/Berln' is no IANA time zone; did you mean Europe/Berlin?",
    ),
    "a zone in small letters": (
        "timezone: asia/kolkata",
        "line 8: timezone: 'asia/kolkata' is no IANA time zone; did you mean Asia/Kolkata?",
    ),
    "a city for a zone": (
        "timezone: new york",
        "line 8: timezone: 'new york' is no IANA time zone; did you mean America/New_York?",
    ),
    "a part of the world for a zone": (
        "timezone: America",
        "line 8: timezone: 'America' is no IANA time zone; ",
    ),
    "the zone of whatever machine it is": (
        "timezone: localtime",
        "line 8: timezone: 'localtime' is no IANA time zone; write one as Europe/Berlin, or UTC",
    ),
    "a path for a zone": (
        "timezone: ../zoneinfo/UTC",
        "line 8: timezone: '../zoneinfo/UTC' is no IANA time zone; ",
    ),
    "no zone": (
        'timezone: ""',
        "line 8: timezone: '' is no IANA time zone; write one as Europe/Berlin, or UTC",
    ),
    "a lag before the end": (
        "publication_lag: -1",
        "line 8: publication_lag: '-1' should be greater than or equal to 0",
    ),
    "a lag of a part of a day": (
        "publication_lag: 0.5",
        "line 8: publication_lag: '0.5' should be a valid integer; write a whole number, as 12",
    ),
    "a number that YAML takes for a text": (
        "networks:\n  rnn: {learning_rate: 1e-3}",
        "line 9: networks.rnn.learning_rate: '1e-3' should be a valid number; write a number, as "
        "0.001 or 1.0e-3",
    ),
    "a time of day that YAML takes for a number": (
        "networks:\n  rnn: {epochs: 12:30}",
        "line 9: YAML reads 12:30 as another number than it looks like; write it with digits only",
    ),
    "a number that YAML takes for an octal one": (
        "max_staleness: 012",
        "line 8: YAML reads 012 as another number than it looks like; write it with digits only",
    ),
    "a literal of a union": (
        "networks:\n  rnn: {corrects: {co2: mean}}",
        "line 9: networks.rnn.corrects.co2: 'mean' is none of 'auto', 'climatology', "
        "'seasonal_naive', 'naive', 'anomaly_persistence', 'damped_trend', 'holt_winters' or "
        "'none'; write one of these",
    ),
    "a tag that would run code": (
        "source: !!python/object:os.system x",
        "line 8: this is no YAML: could not determine a constructor for the tag",
    ),
    "a key that is a list": (
        "? [a, b]\n: 3",
        "line 8: this is no YAML: found unhashable key",
    ),
    "an impossible date": ("source: 1990-13-01", "a value looks like a date and is none (month "),
    "a control character": ('source: "\x01"', "this is no YAML: "),
    "a list where models should be": (
        "networks: [3]",
        "line 8: networks: [3] should be a valid dictionary; write keys with values below it",
    ),
    "infinity": (
        "networks:\n  rnn: {learning_rate: .inf}",
        "line 9: networks.rnn.learning_rate: '.inf' should be a finite number",
    ),
}


@pytest.mark.parametrize(("further", "said"), FURTHER.values(), ids=FURTHER)
def test_a_line_that_is_wrong_is_told_with_its_number(further, said, tmp_path):
    text = GOOD + textwrap.indent(further, "  ") + "\n"
    message = error_of(text, tmp_path)
    assert message.startswith("defs/toy/defs.yaml")
    assert said in message
    assert "\n" not in message


REPLACED = {
    "a key in the wrong part": (
        "y: value,",
        "y: value, histexog: [temp],",
        "line 4: columns.histexog is no key of a data set; did you mean hist_exog?",
    ),
    "a text for a number": (
        "horizon: 3",
        'horizon: "3"',
        "line 6: horizon: '3' should be a valid integer; write a whole number, as 12",
    ),
    "a fraction for a number": (
        "horizon: 3",
        "horizon: 3.0",
        "line 6: horizon: '3.0' should be a valid integer; write a whole number, as 12",
    ),
    "a date without quotes": (
        '"1990-01-01"',
        "1990-01-01",
        "line 7: cutoffs.first: '1990-01-01' should be a valid string; write a text, in quotes "
        'where it looks like a number or a date, as "1990-01-01"',
    ),
    "a missing key": ("  horizon: 3\n", "", "line 3: horizon is missing; add it"),
    "a missing key and its misspelling": (
        "horizon: 3",
        "horizn: 3",
        "line 6: horizn is no key of a data set; did you mean horizon?",
    ),
    "a missing nested key": ("ds: date, ", "", "line 4: columns.ds is missing; add it"),
    "a freq that is none": (
        "freq: MS",
        "freq: M",
        "line 5: freq: 'M' is none of 'MS', 'QS', 'W' or 'D'; write one of these",
    ),
    "a horizon of nothing": (
        "horizon: 3",
        "horizon: 0",
        "line 6: horizon: '0' should be greater than or equal to 1",
    ),
    "nothing where a number should be": (
        "horizon: 3",
        "horizon:",
        "line 6: horizon: '' should be a valid integer; write a whole number, as 12",
    ),
    "cutoffs closer than the grid": (
        '"}',
        '", every: D}',
        "line 7: cutoffs.every: D is shorter than a step of freq MS; use MS or longer",
    ),
    "no attributes": (
        GOOD[GOOD.index("attributes:") :],
        "",
        ": there is no `attributes:`; see the data",
    ),
    "a misspelt attributes": (
        "attributes:",
        "atributes:",
        "line 2: atributes is no key of a declaration; did you mean attributes?",
    ),
    "no type": (
        "type: pipeline.components.HindcastComponent\n",
        "",
        ": there is no `type:`; write `type: pipeline.components.HindcastComponent` above",
    ),
    "a misspelt type": (
        "HindcastComponent",
        "HindcastComponnt",
        "line 1: type: pipeline.components.HindcastComponnt is not known; write "
        "pipeline.components.HindcastComponent",
    ),
    "a type that is none": (
        "type: pipeline.components.HindcastComponent",
        "type: [a]",
        "line 1: type: this is not known; write pipeline.components.HindcastComponent",
    ),
    "a key beside the attributes": (
        "attributes:",
        "frob: 1\nattributes:",
        "line 2: frob is no key of a declaration; known here are type, attributes, post_",
    ),
    "a column of two meanings": (
        "hist_exog: [temp]",
        "hist_exog: [temp, value]",
        'line 4: columns.hist_exog: "value" is declared as columns.y already; remove one',
    ),
    "a column of dates as an input": (
        "hist_exog: [temp]",
        "hist_exog: [date]",
        'line 4: columns.hist_exog: "date" is declared as columns.ds already; remove one',
    ),
    "a target that names the series": (
        "y: value",
        "unique_id: value, y: value",
        'line 4: columns.y: "value" is declared as columns.unique_id already; remove one',
    ),
    "a part of the date twice": (
        "ds: date",
        "ds: [Year, Year]",
        'line 4: columns.ds: "Year" is declared here already; remove one',
    ),
    "a column twice": (
        "hist_exog: [temp]",
        "hist_exog: [temp, temp]",
        'line 4: columns.hist_exog: "temp" is declared here already; remove one',
    ),
    "a column known ahead and not": (
        "hist_exog: [temp]",
        "hist_exog: [temp], futr_exog: [temp]",
        'line 4: columns.futr_exog: "temp" is declared as columns.hist_exog already; remove one',
    ),
    "a target known ahead": (
        "hist_exog: [temp]",
        "futr_exog: [sale, value]",
        'line 4: columns.futr_exog: "value" is declared as columns.y already; remove one',
    ),
    "a column known ahead with a name of ours": (
        "hist_exog: [temp]",
        "futr_exog: [line]",
        'line 4: columns.futr_exog: the name "line" is taken by a column of ours (unique_id,',
    ),
    "a kernel that is not compiled for what is known ahead": (
        "hist_exog: [temp]}",
        "futr_exog: [sale]}\n  networks:\n    rnn: {kernel: fused}",
        "line 6: networks.rnn.kernel: fused is not compiled for columns known ahead; declare "
        "futr_exog: [] here, or kernel: torch",
    ),
    "no files": ("data/a.csv", "[]", "line 3: files: "),
    "an owner that is neither": (
        "horizon: 3",
        "horizon: 3\n  owners: [ana]",
        "owners: 'ana' is neither a mail address nor a team; write team:ana",
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), REPLACED.values(), ids=REPLACED)
def test_a_part_that_is_wrong_is_told_with_its_line(old, new, said, tmp_path):
    assert GOOD.count(old) == 1
    assert said in error_of(GOOD.replace(old, new), tmp_path)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "- a list\n", "a text\n"])
def test_a_file_without_keys_is_told_as_empty(text, tmp_path):
    said = "defs/toy/defs.yaml: empty; it needs `type:` and `attributes:`"
    assert error_of(text, tmp_path) == said


@pytest.mark.parametrize("name", ["unique_id", "ds", "file", "line", "y"])
def test_a_column_may_not_take_a_name_of_ours(name, tmp_path):
    text = GOOD.replace("[temp]", f"[temp, {name}]")
    said = f'line 4: columns.hist_exog: the name "{name}" is taken by a column of ours (unique_id,'
    assert said in error_of(text, tmp_path)


def test_what_dagster_knows_beside_the_attributes_may_be_there(tmp_path):
    beside = "post_processing: {assets: []}\nrequirements: {env: [TOKEN]}\n"
    assert read(GOOD + beside, tmp_path) == read(GOOD, tmp_path)


@pytest.mark.parametrize("value", ["", " 3", " [a]"])
def test_attributes_must_hold_keys(value, tmp_path):
    text = f"type: pipeline.components.HindcastComponent\nattributes:{value}\n"
    assert "line 2: attributes: " in error_of(text, tmp_path)


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path):
    with pytest.raises(InputError, match=r"defs.yaml cannot be read: .*No such file"):
        read_declaration(tmp_path / "defs.yaml")
    (tmp_path / "defs.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"defs.yaml cannot be read: .*utf-8"):
        read_declaration(tmp_path / "defs.yaml")


def test_of_several_mistakes_the_first_in_the_file_is_told(tmp_path):
    text = GOOD.replace("freq: MS", "freq: M") + "  horizn: 3\n"
    assert "line 5: freq: 'M'" in error_of(text, tmp_path)


def test_the_good_one_is_read(tmp_path):
    data_set = read(GOOD, tmp_path)
    assert (data_set.freq, data_set.horizon, data_set.columns.hist_exog) == ("MS", 3, ["temp"])


def test_anchors_and_merged_keys_are_read(tmp_path):
    text = GOOD + "  networks:\n    a: &a {steps: 3}\n    b: {<<: *a, seeds: 2}\n"
    data_set = read(text, tmp_path)
    assert (data_set.network("b").steps, data_set.network("b").seeds) == (3, 2)


@given(text=st.text(max_size=60) | st.text("ab:[]{}&*?-#\"' \n!|>%@", max_size=30))
def test_any_text_is_a_declaration_or_a_sentence(text, tmp_path_factory):
    folder = tmp_path_factory.mktemp("declaration")
    for tried in (text, GOOD + text, GOOD.replace("date", text)):
        said = "defs/toy/defs.yaml"
        try:
            read(tried, folder)
        except InputError as error:
            said = str(error)
        assert said.startswith("defs/toy/defs.yaml")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_every_shipped_declaration_reads(path):
    data_set = Project(REPOSITORY).read(path)
    assert data_set.name == path.parent.name
    assert set(data_set.models) > {"climatology"}


def test_there_are_shipped_declarations():
    assert {path.parent.name for path in SHIPPED} >= {"climate", "jobs", "seattle", "mumbai"}


def project_with(text: str, root: Path, name: str = "toy") -> Project:
    path = root / "pipeline" / "defs" / name / "defs.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return Project(root)


@pytest.mark.parametrize(
    ("name", "instead"), [("my-shop", "my_shop"), ("my.shop", "my_shop"), ("caf\xe9", "caf_")]
)
def test_a_folder_that_dagster_would_refuse_is_to_be_renamed(name, instead, tmp_path):
    with pytest.raises(InputError) as error:
        _ = project_with(GOOD, tmp_path, name).data_sets
    assert str(error.value) == (
        f"pipeline/defs/{name}/defs.yaml: the folder's name becomes that of assets, in letters, "
        f"digits and _; rename {name} to {instead}"
    )


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("/", "/ is a folder; write /*.csv for what is in it"),
        (".", ". is a folder; write ./*.csv for what is in it"),
        ("data/toy", "data/toy is a folder; write data/toy/*.csv for what is in it"),
        ("data/later/", "data/later/ is a folder; write data/later/*.csv for what is in it"),
        ("data/a**.csv", "data/a**.csv is no pattern: ** stands for folders"),
    ],
)
def test_a_pattern_that_finds_no_file_for_ever_is_told(pattern, said, tmp_path):
    (tmp_path / "data" / "toy").mkdir(parents=True)
    project = project_with(GOOD.replace("data/a.csv", f"[data/a.csv, {pattern}]"), tmp_path)
    with pytest.raises(InputError) as error:
        _ = project.data_sets
    assert str(error.value).startswith(f"pipeline/defs/toy/defs.yaml: files: {said}")


@given(pattern=st.text("ab.*?[]!/\\~ \0", min_size=1, max_size=12))
def test_any_pattern_finds_files_or_is_told(pattern, tmp_path_factory):
    text = GOOD.replace("data/a.csv", json.dumps(pattern.lstrip("/") or "/"))
    project = project_with(text, tmp_path_factory.mktemp("project"))
    said, found = "files: ", []
    try:
        found = project.paths(project.data_set("toy"))
    except InputError as error:
        said = str(error)
    assert "files: " in said
    assert all(path.is_file() for path in found)


@pytest.mark.parametrize(
    ("cutoffs", "said"),
    [
        ('{first: "1990-01-15"}', "cutoffs.first: no cutoff window (every: MS) starts on"),
        ('{first: "1990-01-01", last: "1990"}', "cutoffs.last: '1990' is not a day written as"),
        ('{first: "1990-01-01", last: "1989-01-01"}', "cutoffs: first (1990-01-01) lies after"),
    ],
)
def test_a_cutoff_that_is_no_window_is_told_when_the_project_is_read(cutoffs, said, tmp_path):
    project = project_with(GOOD.replace('{first: "1990-01-01"}', cutoffs), tmp_path)
    with pytest.raises(InputError) as error:
        _ = project.data_sets
    assert str(error.value).startswith(f"pipeline/defs/toy/defs.yaml line 7: {said}")

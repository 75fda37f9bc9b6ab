"""A declared data set as assets: names, lineage, partitions, versions."""

import datetime as dt

import dagster as dg
import pytest

from pipeline.chain.stages import stages_of
from pipeline.components.partitions import horizon_mapping, partitions_of, reach
from pipeline.definitions import definitions_of_project
from pipeline.errors import InputError
from tests.components.conftest import DAGSTER_WARNS, LAST, Dagster, shared
from tests.strategies import ROWS, STAGES, SmallProject, months, values_of

pytestmark = DAGSTER_WARNS


BY_CUTOFF = [stage for stage in STAGES if stage.per_cutoff]


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Dagster:
    """Definitions that tests only read."""
    folder = tmp_path_factory.mktemp("declared")
    with shared(folder):
        return Dagster(SmallProject.write(folder / "project", cutoffs=LAST))


def code_versions(small: SmallProject) -> dict[str, str]:
    found = Dagster(small)
    return {stage.name: found.node(stage.name).code_version for stage in stages_of(small.data_set)}


def changed(small: SmallProject, before: dict[str, str]) -> set[str]:
    after = code_versions(small)
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_every_stage_is_an_asset_in_the_group_of_its_data_set(declared, stage):
    node = declared.node(stage.name)
    assert node.group_name == "toy"
    assert node.kinds == set(stage.kinds)
    assert node.description == stage.description
    there = {other.name for other in STAGES}
    assert node.parent_keys == {declared.key(name) for name in stage.needs if name in there}
    assert node.is_partitioned == stage.per_cutoff
    assert node.backfill_policy == dg.BackfillPolicy.single_run()
    assert node.code_version == stage.version(declared.small.data_set)
    assert node.is_materializable


def test_there_is_no_other_asset(declared):
    keys = declared.asset_graph.get_all_asset_keys()
    assert keys == {declared.key(stage.name) for stage in STAGES}


def test_only_training_holds_the_gpu(declared):
    pools = {s.name: declared.node(s.name).assets_def.op.pool for s in STAGES}
    assert {name for name, pool in pools.items() if pool} == {"rnn_model"}
    assert pools["rnn_model"] == "gpu"


def test_without_networks_there_are_no_assets_for_them(small):
    small.declare(networks=None)
    dagster = Dagster(small)
    names = {key.path[-1] for key in dagster.asset_graph.get_all_asset_keys()}
    assert names == {s.name for s in STAGES} - {"rnn_model", "rnn_forecasts"}
    assert dagster.node("scores").parent_keys == {
        dagster.key("baseline_forecasts"),
        dagster.key("served_forecasts"),
        dagster.key("windows"),
    }
    assert dagster.node("served_forecasts").parent_keys == {
        dagster.key("baseline_forecasts"),
        dagster.key("windows"),
    }
    checks = {(k.asset_key.path[-1], k.name) for k in dagster.asset_graph.asset_check_keys}
    assert ("served_forecasts", "no_leak") in checks


def test_a_data_set_that_waits_for_its_file_has_no_assets(small):
    for stem in "ab":
        small.file(stem).unlink()
    repository = definitions_of_project(small.project).get_repository_def()
    assert repository.asset_graph.get_all_asset_keys() == set()


def test_a_wrong_declaration_is_told_with_file_and_line(small):
    small.declare(horizn=3)
    with pytest.raises(InputError, match=r"toy/defs.yaml line \d+: horizn .*did you mean horizon"):
        definitions_of_project(small.project)


# --- partitions ---


@pytest.mark.parametrize("stage", BY_CUTOFF, ids=lambda stage: stage.name)
def test_partitions_are_the_cutoffs(declared, stage):
    keys = declared.node(stage.name).partitions_def.get_partition_keys()
    assert keys == months("2003-09", "2003-12")
    assert keys == [cutoff.key for cutoff in declared.small.known.cutoffs]


@pytest.mark.parametrize(
    ("freq", "every", "first", "last"),
    [
        ("MS", None, "1999-11-01", "2001-02-01"),
        ("MS", "QS", "1999-10-01", "2001-07-01"),
        ("QS", None, "1965-01-01", "1975-10-01"),
        ("W", None, "2014-01-05", "2014-03-02"),
        ("D", None, "2016-02-25", "2016-03-05"),
        ("D", "W", "1969-12-07", "1970-03-01"),
        ("D", "MS", "2015-12-01", "2016-03-01"),
    ],
)
def test_dagster_counts_the_same_cutoffs_as_the_folds(small, freq, every, first, last):
    cutoffs = {"first": first, "last": last} | ({"every": every} if every else {})
    small.now = small.now.replace(year=2020)
    small.declare(freq=freq, cutoffs=cutoffs)
    keys = partitions_of(small.data_set).get_partition_keys()
    assert keys == [cutoff.key for cutoff in small.known.cutoffs]
    assert (keys[0], keys[-1]) == (first, last)


def test_partitions_without_a_last_grow_with_the_clock(small):
    small.declare(cutoffs={"first": "2003-10-01"})
    partitions = partitions_of(small.data_set)
    for day in ("2004-01-31T23:00", "2004-02-01T00:01"):
        now = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
        small.now = now
        keys = partitions.get_partition_keys(current_time=now)
        assert keys == [cutoff.key for cutoff in small.known.cutoffs]
    assert keys[-1] == "2004-01-01"


@pytest.mark.parametrize(
    ("freq", "every", "first", "horizon", "windows"),
    [
        ("MS", None, "2002-12-01", 1, 1),
        ("MS", None, "2002-12-01", 12, 12),
        ("MS", "QS", "2002-10-01", 2, 1),
        ("MS", "QS", "2002-10-01", 4, 2),
        ("D", "W", "2014-01-05", 7, 1),
        ("D", "W", "2014-01-05", 8, 2),
        ("D", "MS", "2002-12-01", 29, 2),  # February has 28 days
    ],
)
def test_scores_look_as_far_ahead_as_the_horizon_reaches(
    small, freq, every, first, horizon, windows
):
    small.declare(
        freq=freq, horizon=horizon, cutoffs={"first": first} | ({"every": every} if every else {})
    )
    assert reach(small.data_set) == windows
    mapping = horizon_mapping(small.data_set)
    assert (mapping.start_offset, mapping.end_offset) == (0, windows)
    assert mapping.allow_nonexistent_upstream_partitions


def test_scores_of_a_cutoff_read_the_windows_that_its_horizon_reaches(declared):
    deps = declared.node("scores").assets_def.get_partition_mapping(declared.key("windows"))
    assert deps == dg.TimeWindowPartitionMapping(
        start_offset=0, end_offset=2, allow_nonexistent_upstream_partitions=True
    )
    partitions = declared.node("scores").partitions_def
    found = deps.get_upstream_mapped_partitions_result_for_partitions(
        partitions.subset_with_partition_keys(["2003-09-01"]), partitions, partitions
    )
    assert list(found.partitions_subset.get_partition_keys()) == months("2003-09", "2003-11")


# --- code versions ---


def test_a_networks_setting_changes_the_versions_of_what_uses_it(small):
    before = code_versions(small)
    small.set_network(steps=4)
    assert changed(small, before) == {"rnn_model", "rnn_forecasts"}


def test_a_baselines_setting_changes_the_version_of_its_stage_alone(small):
    before = code_versions(small)
    small.set_baseline("ar", lags=3)
    assert changed(small, before) == {"baseline_forecasts"}


def test_the_reference_changes_the_board_and_what_failed_models_and_the_blend_stand_with(small):
    before = code_versions(small)
    small.declare(reference="naive")
    forecasts = {"baseline_forecasts", "rnn_forecasts", "served_forecasts"}
    assert changed(small, before) == {"leaderboard", *forecasts}


def test_what_is_served_changes_the_version_of_its_stage_alone(small):
    for served in ({"n_calibration": 12}, {"event_above": 1.0}):
        small.declare(served={})
        before = code_versions(small)
        small.declare(served=served)
        assert changed(small, before) == {"served_forecasts"}


def test_what_is_declared_at_its_default_changes_no_version(small):
    before = code_versions(small)
    small.declare(season_length=12, max_staleness=0, reference="climatology", min_train_rows=13)
    small.declare(served={"serve": "blend", "n_calibration": 48})
    small.set_network(cell="rnn", num_layers=1)
    assert changed(small, before) == set()


def test_the_cutoffs_and_the_files_are_in_no_version(small):
    before = code_versions(small)
    small.declare(
        files=["data/toy/a.csv", "data/toy/b.csv"], cutoffs=LAST | {"first": "2003-07-01"}
    )
    assert changed(small, before) == set()


# --- what the UI shows of an asset before anything ran ---


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_an_asset_says_what_it_holds_and_how_to_read_it(declared, stage):
    node = declared.node(stage.name)
    assert "**How to read it.**" in node.description
    assert node.owners == ["team:hindcast"]
    if stage.name == "report":  # a page has no columns
        assert "dagster/column_schema" not in node.metadata
        return
    columns = node.metadata["dagster/column_schema"].columns
    assert all(column.description for column in columns)
    if stage.name != "raw_observations":
        assert len({column.name for column in columns}) == len(columns) >= 3


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_an_asset_links_to_the_file_of_its_stage_and_to_its_declaration(declared, stage):
    references = declared.node(stage.name).metadata["dagster/code_references"].code_references
    paths = [reference.file_path for reference in references]
    assert any(path.endswith(f"pipeline/chain/stage/{stage.name}.py") for path in paths)
    assert any(path.endswith("pipeline/defs/toy/defs.yaml") for path in paths)


@pytest.mark.parametrize(
    ("stage", "table"),
    [
        ("baseline_forecasts", "forecasts"),
        ("served_forecasts", "forecasts"),
        ("scores", "scores"),
        ("leaderboard", "leaderboard"),
    ],
)
def test_the_columns_that_it_names_are_those_that_are_stored(ran, stage, table):
    key = None if stage == "leaderboard" else "2003-10-01"
    stored = ran.small.table(stage, table, key)
    columns = ran.node(stage).metadata["dagster/column_schema"].columns
    assert [column.name for column in columns] == list(stored.columns)


def tensors_stored_and_named(dagster: Dagster) -> list[tuple[set[str], set[str]]]:
    """Of windows and networks the tensors in the store, and those that the asset names."""
    from pipeline.store.files import tensors_from_bytes

    store, found = dagster.small.project.store, []
    (pack,) = store.list("toy", "rnn_model", "packs")
    for stage, place in (
        ("windows", ("windows.safetensors", "toy", "windows", "2003-10-01")),
        ("rnn_model", ("networks.safetensors", "toy", "rnn_model", "packs", pack)),
    ):
        tensors, _ = tensors_from_bytes(store.load(*place)[1])
        names = {name.split("/")[-1] for name in tensors if not name.endswith(".lengths")}
        columns = dagster.node(stage).metadata["dagster/column_schema"].columns
        found.append((names, {c.name for c in columns}))
    return found


def test_the_tensors_that_it_names_are_those_that_are_stored(ran):
    for stored, named in tensors_stored_and_named(ran):
        assert stored == named


def test_the_tensors_of_options_are_named_where_they_are_stored(small):
    small.declare(columns={"ds": "date", "y": "value", "futr_exog": ["sale"]})
    for number, stem in enumerate("ab"):
        small.write_series(stem, values_of(number), sale=[k % 3 for k in range(ROWS)])
    small.set_network(corrects={"a": "none"}, transform="robust")
    small.run()
    windows, networks = tensors_stored_and_named(Dagster(small))
    assert windows[0] == windows[1] >= {"futr"}
    assert networks[0] == networks[1] >= {"centres"}


def test_declared_owners_are_those_of_every_asset_and_change_no_version(small):
    before = code_versions(small)
    small.declare(owners=["ana@example.org", "team:water"])
    assert Dagster(small).node("scores").owners == ["ana@example.org", "team:water"]
    assert changed(small, before) == set()

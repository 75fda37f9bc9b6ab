"""`dg scaffold defs` as Dagster calls it: what it writes loads, and waits for its files."""

import importlib

import dagster as dg
import pytest
from dagster.components.core.package_entry import get_package_objects_in_module

from pipeline.chain.project import Project
from pipeline.components.hindcast import HindcastComponent
from pipeline.definitions import definitions_of_project
from tests.components.conftest import DAGSTER_WARNS

pytestmark = DAGSTER_WARNS


@pytest.fixture
def scaffolded(tmp_path):
    from dagster.components.component_scaffolding import scaffold_object

    (tmp_path / "workspace.yaml").touch()
    scaffold_object(
        tmp_path / "pipeline" / "defs" / "shop",
        "pipeline.components.HindcastComponent",
        json_params=None,
        scaffold_format="yaml",
        project_root=tmp_path,
    )
    return Project(tmp_path)


def test_what_dg_scaffolds_is_a_declaration_that_waits_for_its_files(scaffolded):
    data_set = scaffolded.data_set("shop")
    assert scaffolded.is_waiting(data_set)
    assert data_set.files == "data/shop/*.csv"
    assert HindcastComponent.get_model_cls() is type(data_set)


def test_dg_finds_the_component_by_its_short_name():
    module = importlib.import_module("pipeline.components")
    assert dict(get_package_objects_in_module(module))["HindcastComponent"] is HindcastComponent


def test_a_project_with_it_still_loads(scaffolded):
    definitions = definitions_of_project(scaffolded)
    assert isinstance(definitions, dg.Definitions)
    assert list(definitions.resolve_all_asset_specs()) == []


@pytest.mark.parametrize("key", ["ds_format", "unique_id", "hist_exog"])
def test_every_line_that_is_commented_out_is_one_that_may_be_switched_on(scaffolded, key):
    path = scaffolded.defs / "shop" / "defs.yaml"
    path.write_text(path.read_text().replace(f"    # {key}:", f"    {key}:"))
    assert key in scaffolded.data_set("shop").columns.model_fields_set

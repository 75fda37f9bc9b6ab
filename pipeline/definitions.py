"""The one door of the Dagster half: every declared data set as assets, for UI and commands."""

import warnings
from types import ModuleType

import dagster as dg

from pipeline.chain.project import Project, find_project
from pipeline.components.webhook import webhook_sensor

# Single-run backfills, checks on partitions and code references are marked beta or preview in
# Dagster; the tests run all of them, so the notes would only hide other warnings.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

LOCATION = "hindcast"
"""Name of the code location, as in workspace.yaml and pyproject.toml."""


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of the project that the current folder lies in."""
    return definitions_of_project(find_project())


def definitions_of_project(project: Project) -> dg.Definitions:
    """All declared data sets of a project; those without a file have no assets.

    Raises:
        InputError: a declaration is wrong; file, line and what to write instead. Read here first:
            Dagster's own loader lets some mistakes pass.
    """
    assert isinstance(project.data_sets, dict)
    tree = dg.ComponentTree(
        defs_module=_module_at(project), project_root=project.root, code_location_name=LOCATION
    )
    own = dg.Definitions(
        resources={"project": dg.ResourceDefinition.hardcoded_resource(project)},
        executor=dg.in_process_executor,
        sensors=[webhook_sensor(LOCATION)],
    )
    return dg.Definitions.merge(tree.build_defs(), own)


def _module_at(project: Project) -> ModuleType:
    """The folder with the declarations as the module that Dagster wants to find them in."""
    module = ModuleType("pipeline.defs")
    module.__file__ = None
    module.__path__ = [str(project.defs)]
    return module

"""HindcastComponent: a declared data set becomes its assets and checks."""

from dataclasses import dataclass
from typing import Any

import dagster as dg

from pipeline.chain.project import Project
from pipeline.chain.stages import stages_of
from pipeline.components.assets import asset_of
from pipeline.components.automation import automation_of
from pipeline.components.checks import checks_of
from pipeline.components.scaffolder import DeclarationScaffolder
from pipeline.declaration import DataSet


@dg.scaffold_with(DeclarationScaffolder)
@dataclass
class HindcastComponent(dg.Component):
    """A data set: CSV files, columns, grid, cutoffs and models become one chain of assets.

    Copy a folder under `pipeline/defs/`, edit its `defs.yaml`, put the CSV files under `data/`.
    """

    data_set: DataSet

    @classmethod
    def get_model_cls(cls) -> type[DataSet]:
        """The declaration itself is the schema: it lives in the computing half."""
        return DataSet

    @classmethod
    def load(cls, attributes: Any, context: dg.ComponentLoadContext) -> "HindcastComponent":  # noqa: ANN401
        """Named after the folder that the declaration lies in."""
        return cls(attributes.named(context.path.name))

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Assets, checks and automation; none while the data set waits for its file."""
        if Project(context.project_root).is_waiting(self.data_set):
            return dg.Definitions()
        return definitions_of(self.data_set)


def definitions_of(data_set: DataSet) -> dg.Definitions:
    """All that Dagster knows of a data set; it needs the resource `project`."""
    chain = dg.Definitions(
        assets=[asset_of(stage, data_set) for stage in stages_of(data_set)],
        asset_checks=checks_of(data_set),
    )
    return dg.Definitions.merge(chain, automation_of(data_set))

"""What `dg scaffold defs pipeline.components.HindcastComponent NAME` writes.

Dagster's own way writes empty attributes, and a project with such a declaration does not load.
"""

import dagster as dg

from pipeline.scaffold.template import template_of


class DeclarationScaffolder(dg.Scaffolder):
    """A declaration to be mended by hand; the project loads with it and waits for its files."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write defs.yaml, whatever format is asked for: a data set is declared, not coded."""
        page = template_of(request.target_path.name)
        (request.target_path / "defs.yaml").write_text(page, encoding="utf-8")

"""What must hold of imported models beside those that are computed here: names of their own.

As the rules in `declaration_rules.py`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import get_args

from pipeline.baselines.settings import BaselineName
from pipeline.imported.settings import ImportedSettings

_BOUND = re.compile(r"-(?:lo|hi)-\d")
"""By this Nixtla's programs tell the column of a bound from that of a forecast."""

_POINT = ("unique_id", "ds", "cutoff", "y")
"""Columns of a frame that are no model."""


def check_imported(
    imported: Mapping[str, ImportedSettings],
    *,
    baselines: Collection[str],
    networks: Collection[str],
) -> None:
    """No model of another program has the name of one that is computed here.

    Raises:
        ValueError: one has, or its column is none of forecasts.
    """
    for name, settings in imported.items():
        if name in networks or name in baselines or name in get_args(BaselineName):
            kind = "network" if name in networks else "baseline"
            raise ValueError(
                f"imported.{name}: a {kind} has this name; rename the model, and declare "
                f"`column: {settings.column or name}` under it"
            )
        if settings.column in _POINT:
            raise ValueError(
                f"imported.{name}.column: {settings.column} is no forecast; name the column of a "
                "model"
            )


def check_bounds(models: Iterable[str]) -> None:
    """No model has a name that a reader of the export would take for a bound of another.

    Raises:
        ValueError: one has.
    """
    for path in models:
        if _BOUND.search(path):
            raise ValueError(
                f"{path}: -lo- or -hi- before a number names a bound of an interval; rename the "
                "model"
            )

"""What must hold of names: of columns, of models, of what is served, of owners.

As the rules in `declaration_rules.py`. Names of models become columns and rows of tables.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import get_args

from pipeline.baselines.settings import BaselineName
from pipeline.imported.settings import ImportedSettings
from pipeline.raw.settings import Columns
from pipeline.served.settings import BLEND, SERVED, WITHOUT_NETWORKS, ServedSettings
from pipeline.tables import RAW

_MODEL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")

_COLUMNS = ("unique_id", "ds", "cutoff", "step", "y")
"""Names that columns of tables have already."""

_SERVED = (SERVED, WITHOUT_NETWORKS, BLEND)

_OWNER = re.compile(r"team:[^\s].*|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,7}")

_BOUND = re.compile(r"-(?:lo|hi)-\d")
"""By this Nixtla's programs tell the column of a bound from that of a forecast."""

_POINT = ("unique_id", "ds", "cutoff", "y")
"""Columns of a frame that are no model."""

_FORMULAS: tuple[str, ...] = get_args(BaselineName)


def check_columns(columns: Columns) -> None:
    """Each column is one thing, and none that becomes a column of a table takes a name of ours."""
    taken: dict[str, str] = {}
    for part, name in _parts(columns):
        if name in taken:
            also = "here" if taken[name] == part else f"as columns.{taken[name]}"
            raise ValueError(f'columns.{part}: "{name}" is declared {also} already; remove one')
        taken[name] = part
    for part, name in _parts(columns):
        if part in ("hist_exog", "futr_exog") and name in RAW.names:
            raise ValueError(
                f'columns.{part}: the name "{name}" is taken by a column of ours '
                f"({', '.join(RAW.names)}); rename it in the files and here"
            )


def _parts(columns: Columns) -> list[tuple[str, str]]:
    dates = [columns.ds] if isinstance(columns.ds, str) else columns.ds
    names = [] if columns.unique_id is None else [columns.unique_id]
    by_part = {"ds": dates, "unique_id": names, "y": [columns.y]}
    by_part |= {"hist_exog": columns.hist_exog, "futr_exog": columns.futr_exog}
    return [(part, name) for part, names in by_part.items() for name in names]


def check_names(
    baselines: Iterable[str], networks: Iterable[str], imported: Iterable[str] = ()
) -> None:
    """Names of models become columns, and no two models share one."""
    baselines, networks = list(baselines), list(networks)
    parts = (("baselines", baselines), ("networks", networks), ("imported", imported))
    for part, names in parts:
        for name in names:
            if not _MODEL_NAME.fullmatch(name) or name in _COLUMNS:
                raise ValueError(
                    f"{part}.{name}: the name becomes a column; write letters, digits, _ and -, "
                    f"and none of {', '.join(_COLUMNS)}"
                )
            if name in _SERVED:
                raise ValueError(
                    f"{part}.{name}: {' and '.join(_SERVED)} are rows of the leaderboard already, "
                    f"and {BLEND} is what may be served; rename the model"
                )
    for name in networks:
        if name in baselines or name in _FORMULAS:
            raise ValueError(f"networks.{name}: a baseline has this name; rename the network")


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
        if name in networks or name in baselines or name in _FORMULAS:
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


def check_served(settings: ServedSettings, *, models: Sequence[str]) -> None:
    """What is served as it is must be forecast."""
    if settings.serve not in (BLEND, *models):
        raise ValueError(
            f"served.serve: there is no model {settings.serve}; write {BLEND}, or one of "
            f"{', '.join(models)}"
        )


def check_owners(owners: Sequence[str]) -> None:
    """Dagster takes a mail address or a team, and nothing else."""
    for owner in owners:
        if not _OWNER.fullmatch(owner):
            raise ValueError(
                f"owners: {owner!r} is neither a mail address nor a team; write "
                f"{'team:' + owner.split('@')[0].strip() if owner.strip('@ ') else 'team:NAME'}"
            )

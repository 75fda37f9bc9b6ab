"""What stands beside the leaderboard, by series and model: as JSON knows it."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.chain.board_parts import FILES
from pipeline.store.files import table_from_bytes
from pipeline.store.manifest import Manifest
from pipeline.store.store import Store

Parts = Mapping[tuple[str | None, str], dict[str, Any]]
"""By series (None for the mean over series) and model."""


def parts_of_rows(store: Store, manifest: Manifest, *place: str) -> Parts:
    """Of each row of the leaderboard what the other tables of the artifact say.

    `summary` (with `training_seconds`) and `refit` are of the mean over series, `seasons` and
    `revision` of each series too; what is not there is left out.
    """
    found: dict[tuple[str | None, str], dict[str, Any]] = {}
    for name, gather in _GATHER.items():
        if name not in manifest.files:
            continue
        frame = table_from_bytes(store.file(manifest, name, *place))
        rows = [{str(k): plain(v) for k, v in row.items()} for row in frame.to_dict("records")]
        for row in rows:
            gather(row, found.setdefault((row.pop("unique_id", None), row.pop("model")), {}))
    for (unique_id, model), parts in found.items():
        if unique_id is None and "summary" in parts:
            seconds = manifest.facts.get("training_seconds", {})
            parts["summary"]["training_seconds"] = seconds.get(model)
    return found


def plain(value: object) -> Any:  # noqa: ANN401 - what JSON knows
    """A cell as JSON knows it: no numpy, and null for what is no number or too large for one."""
    found = value.item() if hasattr(value, "item") else value
    return None if isinstance(found, float) and not math.isfinite(found) else found


def _summary(row: dict[str, Any], parts: dict[str, Any]) -> None:
    parts["summary"] = row


def _seasons(row: dict[str, Any], parts: dict[str, Any]) -> None:
    parts.setdefault("seasons", {})[row.pop("season")] = row


def _stability(row: dict[str, Any], parts: dict[str, Any]) -> None:
    parts["revision"] = row["revision"]


def _refit(row: dict[str, Any], parts: dict[str, Any]) -> None:
    parts.setdefault("refit", {})[str(row.pop("refit"))] = row


_GATHER: Mapping[str, Callable[[dict[str, Any], dict[str, Any]], None]] = dict(
    zip(FILES, (_summary, _seasons, _stability, _refit), strict=True)
)
"""How a row of each file, without series and model, is put among the parts."""

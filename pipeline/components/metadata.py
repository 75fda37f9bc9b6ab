"""What the UI shows beside a materialization: counts, plots, board, coefficients, actuals."""

import base64
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from pipeline.chain.known import Known
from pipeline.chain.pictures import pictures_of
from pipeline.chain.project import Project
from pipeline.chain.run import Done
from pipeline.chain.stages import Stage
from pipeline.components.markdown import ROWS, markdown_table
from pipeline.folds.cutoffs import Cutoff
from pipeline.store.manifest import Manifest

if TYPE_CHECKING:
    import pandas as pd


def metadata_of(stage: Stage, project: Project, known: Known, done: Done) -> dict[str, Any]:
    """Counts of the artifact, where it lies, and the tables and plots that belong to its stage."""
    found = _tables(stage, project, known, done.cutoff)
    for fact, value in done.manifest.facts.items():
        found |= _shown(fact, value)
    found |= {"made": len(done.made), "reused": done.reused, "seconds": round(done.seconds, 4)}
    place = (known.data_set.name, stage.name, *((done.cutoff.key,) if done.cutoff else ()))
    found["path"] = dg.MetadataValue.path(project.store.folder(*place))
    return found


def metadata_anew(
    stage: Stage, project: Project, known: Known, cutoff: Cutoff | None, manifest: Manifest
) -> dict[str, Any]:
    """The same of an artifact that is only recorded anew: what its curves, table and plots show.

    An append records all windows: what the run, the folder or a list says is left to older events.
    """
    found = _tables(stage, project, known, cutoff)
    for fact, value in manifest.facts.items():
        found |= {k: v for k, v in _shown(fact, value).items() if isinstance(v, int | float)}
    return found


def _tables(stage: Stage, project: Project, known: Known, cutoff: Cutoff | None) -> dict[str, Any]:
    """The plots and the table of a stage, where it has some."""
    found = _plots(stage, project, known)
    if stage.name in _TABLES:
        label, table = _TABLES[stage.name]
        found[label] = table(project, known.data_set.name, *((cutoff.key,) if cutoff else ()))
    return found


_SHOWN = (
    *("unique_id", "model", "n_scored", "n_failed", "mae", "rmse", "mase", "bias"),
    *("skill", "skill_lower", "skill_upper", "p_value", "luck"),
    *("rank", "rank_lower", "rank_upper"),
)
"""Columns of the board that the UI shows, as many as a table there may have; the file has all."""


def _board(project: Project, data_set: str) -> dg.MetadataValue:
    """The leaderboard over all steps: the mean over series first, where there are several."""
    found = _table(project, "leaderboard.parquet", data_set, "leaderboard")
    whole = found.loc[found["step"].isna(), list(_SHOWN)]
    if whole["unique_id"].nunique() == 1:  # the mean says the same
        whole = whole.dropna(subset="unique_id")
    return markdown_table(whole.assign(unique_id=whole["unique_id"].fillna("mean over series")))


def _coefficients(project: Project, data_set: str, cutoff: str) -> dg.MetadataValue:
    """A row per term, a column per series and model, the first of many."""
    place = (data_set, "baseline_forecasts", cutoff)
    found = _table(project, "coefficients.parquet", *place)
    if found.empty:
        return dg.MetadataValue.md("none fitted")
    found["of"] = found["unique_id"] + ", " + found["model"]
    wide = found.pivot_table(index="term", columns="of", values="coefficient", sort=False)
    return markdown_table(wide.reset_index())


def _predicted(project: Project, data_set: str, cutoff: str) -> dg.MetadataValue:
    """A row per series and time, what was observed, and a column per model."""
    found = _table(project, "scores.parquet", data_set, "scores", cutoff)
    if found.empty:
        return dg.MetadataValue.md("no actual is known yet")
    # Hyphens at which the UI breaks no line.
    found["ds"] = found["ds"].dt.strftime("%Y-%m-%d").str.replace("-", "\u2011")
    wide = found.pivot_table(
        index=["unique_id", "ds", "y"], columns="model", values="y_hat", sort=False
    )
    return markdown_table(wide.reset_index())


_TABLES: dict[str, tuple[str, Callable[..., dg.MetadataValue]]] = {
    "baseline_forecasts": ("coefficients", _coefficients),
    "scores": ("predicted_and_expected", _predicted),
    "leaderboard": ("board", _board),
}
"""By stage the label of its table, and how it is read from the store."""


def _table(project: Project, name: str, *place: str) -> "pd.DataFrame":
    from pipeline.store.files import table_from_bytes

    return table_from_bytes(project.store.load(name, *place)[1])


def _plots(stage: Stage, project: Project, known: Known) -> dict[str, Any]:
    """All pictures of a stage as one entry; a word where they cannot be drawn."""
    try:
        pictures = pictures_of(stage.name, project.store, known)
    except Exception as error:  # noqa: BLE001 - a picture must not take the result with it
        return {"plots": f"could not be drawn: {type(error).__name__}: {error}"}
    return {"plots": _images(pictures)} if pictures else {}


def _images(pictures: Mapping[str, bytes]) -> dg.MetadataValue:
    """Pictures inside one text: the UI opens it with one click, and needs no server of files."""
    texts = [
        f"![{label}](data:image/png;base64,{base64.b64encode(png).decode()})"
        for label, png in pictures.items()
    ]
    return dg.MetadataValue.md("\n\n".join(texts))


def _shown(fact: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - what JSON can hold
    """A fact as the UI wants it: of numbers it draws curves, so a number by model is several."""
    if fact == "n_rows":
        # Dagster has a name each for the rows of a table and of a partition; it shows the first.
        return {"dagster/row_count": value}
    if fact == "states":
        return _not_ready(value)
    if isinstance(value, dict) and all(isinstance(v, float) for v in value.values()):
        return {f"{fact}/{model}": float(f"{number:.6g}") for model, number in value.items()}
    return {fact: dg.MetadataValue.json(value) if isinstance(value, list | dict) else value}


def _not_ready(states: dict[str, str]) -> dict[str, Any]:
    """Series without a forecast at this cutoff, and why; the first `ROWS` of them."""
    found = {name: state for name, state in states.items() if state != "ready"}
    return {"not_ready": dg.MetadataValue.json(dict(list(found.items())[:ROWS]))} if found else {}

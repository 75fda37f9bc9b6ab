"""Forecasts of a case by the pipeline's own chain, in a store that is thrown away; no Dagster."""

import datetime as dt
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

import pandas as pd

from bench.accuracy.cases import Case
from pipeline.board_tables import SHRINKAGE
from pipeline.chain.plan import known_of_store
from pipeline.chain.project import Project
from pipeline.chain.run import Work, run_stage
from pipeline.chain.stages import BY_NAME, stages_of
from pipeline.chain.trusted import shrinkage_table
from pipeline.clean.observations import Observations
from pipeline.store.files import table_from_bytes

if TYPE_CHECKING:
    from pipeline.chain.known import Known

UNSCORED = ("scores", "leaderboard")
"""Stages that are not run: models of several runs are scored together."""


class Forecasts(NamedTuple):
    """What some models said about a case.

    Attributes:
        rows: the columns of `tables.FORECASTS`.
        members: the columns of `tables.MEMBERS`: what each seed of a network said.
        trusted: the columns of `board_tables.SHRINKAGE`.
        seconds: of the stages that make forecasts, all models together.
        observations: the clean rows.
    """

    rows: pd.DataFrame
    members: pd.DataFrame
    trusted: pd.DataFrame
    seconds: float
    observations: Observations


def forecast(
    case: Case, *, baselines: Sequence[str], networks: Mapping[str, Mapping[str, Any]]
) -> Forecasts:
    """Run the chain from the files to the forecasts, at every cutoff.

    Args:
        case: the data set.
        baselines: at least one.
        networks: settings by name.
    """
    data_set = case.declaring(baselines=baselines, networks=networks)
    seconds = 0.0
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {"HINDCAST_STORE": folder}),
    ):
        project = Project(case.root)
        for stage in stages_of(data_set):
            if stage.name in UNSCORED:
                continue
            known = known_of_store(project, data_set, now=dt.datetime.now(dt.UTC))
            start = time.perf_counter()
            run_stage(
                stage, Work(known, project.store), known.cutoffs if stage.per_cutoff else (None,)
            )
            if stage.name.startswith("rnn_") or (not networks and "forecasts" in stage.name):
                seconds += time.perf_counter() - start
        return _read(project, known, seconds)


def _read(project: Project, known: "Known", seconds: float) -> Forecasts:
    names = [name for name in ("baseline_forecasts", "rnn_forecasts") if _is_made(known, name)]
    rows = [_tables(project, known, name, "forecasts") for name in names]
    networks = bool(known.data_set.networks)
    members = _tables(project, known, "rnn_forecasts", "members") if networks else pd.DataFrame()
    trusted = shrinkage_table(project.store, known) if networks else SHRINKAGE.empty()
    return Forecasts(
        pd.concat(rows, ignore_index=True), members, trusted, seconds, known.observations
    )


def _is_made(known: "Known", stage: str) -> bool:
    return BY_NAME[stage] in stages_of(known.data_set)


def _tables(project: Project, known: "Known", stage: str, name: str) -> pd.DataFrame:
    frames = [
        table_from_bytes(
            project.store.load(f"{name}.parquet", known.data_set.name, stage, c.key)[1]
        )
        for c in known.cutoffs
        if known.ready(c)
    ]
    return pd.concat([frame for frame in frames if len(frame)], ignore_index=True)

"""All that is found for files and answers, put together: the declaration and what it rests on.

Each part is found in a file of its own; here is the order, and that the parts fit.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import ValidationError

from pipeline.calendar import Freq, dates_of
from pipeline.chain.known import Known
from pipeline.chain.stage.clean_observations import clean_files
from pipeline.clean.observations import Observations
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.folds.cutoffs import cutoff_at, period_of
from pipeline.raw.dialect import RawFile
from pipeline.scaffold.cutoffs import NO_HISTORY, History, find_staleness
from pipeline.scaffold.dates import Time, find_time
from pipeline.scaffold.models import ALL_MODELS, REFIT, Models, choose_models
from pipeline.scaffold.question import Answers, Ask
from pipeline.scaffold.reference import CLIMATOLOGY, Reference, find_reference
from pipeline.scaffold.series import find_series
from pipeline.scaffold.sheet import Sheet, read_sheet
from pipeline.scaffold.spacing import Spacing, find_spacing
from pipeline.scaffold.target import Values, find_values

HORIZON: dict[Freq, int] = {"MS": 12, "QS": 4, "W": 13, "D": 7}
"""Steps ahead where nothing is said: a year of months or quarters, a quarter of weeks, a week."""


@dataclass(frozen=True)
class Proposal:
    """A data set as it would be declared.

    Attributes:
        name: of the data set.
        sheet: the files.
        spacing: the time and its grid.
        values: the columns with numbers.
        attributes: as below `attributes:` of the declaration.
        data_set: the same, read.
        observations: the clean rows.
        models: what is declared about models, and why.
        reference: what skill is measured against.
        history: the stretch of cutoffs so far.
        ready: how many of them have something to forecast.
        networks: how many networks they need.
    """

    name: str
    sheet: Sheet
    spacing: Spacing
    values: Values
    attributes: dict[str, Any]
    data_set: DataSet
    observations: Observations
    models: Models = ALL_MODELS
    reference: Reference = CLIMATOLOGY
    history: History = NO_HISTORY
    ready: int = 0
    networks: int = 0


def propose(
    name: str, files: Sequence[RawFile], answers: Answers, *, ask: Ask, now: dt.datetime
) -> Proposal:
    """Find what the files show, ask for the rest, and see that the chain can read and forecast it.

    Args:
        name: of the data set.
        files: the CSV files under the names their owner knows.
        answers: what was said beforehand.
        ask: puts the questions that are left.
        now: the clock: which cutoffs exist yet.

    Raises:
        InputError: as the chain would tell it, or a question has no answer.
    """
    sheet = read_sheet(files, answers.missing)
    time = find_time(sheet, answers, ask)
    unique_id = find_series(sheet, time, answers, ask)
    values = find_values(sheet, time, unique_id, answers=answers, ask=ask)
    series = sheet.codes(unique_id) if unique_id else sheet.file_of
    spacing = _spacing(time, series, sheet, answers=answers)
    attributes = _first_attributes(name, spacing, unique_id, values=values, answers=answers)
    data_set = _declared(attributes, name)
    observations = clean_files(list(files), data_set).observations
    found = Proposal(name, sheet, spacing, values, attributes, data_set, observations)
    return _with_models(found, answers, now=now)


def _spacing(time: Time, series: np.ndarray, sheet: Sheet, *, answers: Answers) -> Spacing:
    if answers.freq is None:
        return find_spacing(time, series, [part.file for part in sheet.parts])
    return Spacing(answers.freq, time.ds, time.ds_format)  # pyrefly: ignore - click checks it


def _first_attributes(
    name: str, spacing: Spacing, unique_id: str | None, *, values: Values, answers: Answers
) -> dict[str, Any]:
    """Files, columns and grid; the cutoffs begin anywhere until the rows are known."""
    columns: dict[str, Any] = {"ds": spacing.ds}
    if spacing.ds_format not in (None, "%Y-%m-%d"):
        columns["ds_format"] = spacing.ds_format
    columns |= {"unique_id": unique_id} if unique_id else {}
    columns["y"] = values.y
    columns |= {"hist_exog": values.hist_exog} if values.hist_exog else {}
    columns |= {"missing": list(answers.missing)} if answers.missing else {}
    every = answers.every or ("W" if spacing.freq == "D" else spacing.freq)
    start = {"W": "1970-01-04"}.get(every, "1970-01-01")
    return {
        "files": f"data/{name}/*.csv",
        "columns": columns,
        "freq": spacing.freq,
        "horizon": answers.horizon or HORIZON[spacing.freq],
        "cutoffs": {"first": start} | ({} if every == spacing.freq else {"every": every}),
        "networks": {"rnn": {"refit": REFIT[every]}},
    }


def _declared(attributes: dict[str, Any], name: str) -> DataSet:
    try:
        return DataSet.model_validate(attributes).named(name)
    except ValidationError as wrong:
        error = wrong.errors()[0]
        said = error.get("ctx", {}).get("error", error["msg"])
        where = ".".join(str(step) for step in error["loc"])
        raise InputError(f"{where}: {said}" if where else str(said)) from None


def _with_models(found: Proposal, answers: Answers, *, now: dt.datetime) -> Proposal:
    """The models that the rows can carry, then the cutoffs, then what is compared with."""

    def declare(models: Models) -> DataSet:
        return _declared(found.attributes | _declared_models(models, found.attributes), found.name)

    models, history = choose_models(declare, found.observations, now=now)
    attributes = found.attributes | _declared_models(models, found.attributes)
    data_set = declare(models)
    if answers.first is not None:
        history = _history_from(answers.first, data_set, history, found.observations)
    attributes = _with_first(attributes, cutoff_at(history.first, data_set).key)
    data_set = _declared(attributes, found.name)
    late = find_staleness(data_set, found.observations, history)
    attributes |= {"max_staleness": late} if late else {}
    before = cutoff_at(history.first, data_set).step
    reference = find_reference(data_set, found.observations, before=before)
    attributes = _with_reference(attributes, reference)
    data_set = _declared(attributes, found.name)
    ready, networks = _count(data_set, found.observations, now=now)
    return replace(
        found,
        attributes=attributes,
        data_set=data_set,
        models=models,
        reference=reference,
        history=history,
        ready=ready,
        networks=networks,
    )


def _history_from(
    first: str, data_set: DataSet, usual: History, observations: Observations
) -> History:
    """The cutoffs from one that was named.

    Raises:
        InputError: it is no cutoff, or nothing is observed by then.
    """
    history = History(period_of(first, data_set, where="--first"), usual.last)
    begin = min(series.first_step for series in observations.series.values())
    if cutoff_at(history.first, data_set).step < begin:
        day = str(dates_of(begin, data_set.freq).astype("datetime64[D]"))
        raise InputError(
            f"--first: nothing is observed by {first}, the first row is of {day}; without "
            f"--first it is {cutoff_at(usual.first, data_set).key}"
        )
    return history


def _declared_models(models: Models, attributes: dict[str, Any]) -> dict[str, Any]:
    network = attributes["networks"]["rnn"] | models.network
    baselines = {} if models.baselines is None else {"baselines": models.baselines}
    return baselines | {"networks": {"rnn": network}}


def _with_first(attributes: dict[str, Any], first: str) -> dict[str, Any]:
    return attributes | {"cutoffs": attributes["cutoffs"] | {"first": first}}


def _with_reference(attributes: dict[str, Any], reference: Reference) -> dict[str, Any]:
    if reference.declared is None:
        return attributes
    return attributes | {"reference": reference.declared}


def _count(data_set: DataSet, observations: Observations, *, now: dt.datetime) -> tuple[int, int]:
    """Cutoffs with a fold that is ready, and the networks that all folds need.

    Raises:
        InputError: no cutoff has one.
    """
    known = Known(data_set, now=now, files=list, observations=lambda: observations)
    ready = [cutoff for cutoff in known.cutoffs if known.ready(cutoff)]
    if not ready:
        raise InputError(
            f"no series can be forecast at any cutoff from {data_set.cutoffs.first} on: a fold "
            f"needs {data_set.needed_rows} observed rows and a target at its cutoff; choose "
            "another --first"
        )
    fitted = {
        (fold.unique_id, name, known.fitted_at(fold.unique_id, name, cutoff).row)
        for cutoff in ready
        for fold in known.ready(cutoff)
        for name in data_set.networks
    }
    return len(ready), sum(data_set.network(name).seeds or 1 for _, name, _ in fitted)

"""What a tick of a schedule or sensor decides: which runs to start, or why none.

Both ask the plan, so a run is requested for what is due and for nothing else. Their definitions are
`automation.py`, how the sensor knows that files are new is `watch.py`.
"""

import datetime as dt
from dataclasses import dataclass, field, replace

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

from pipeline.chain.frames import FrameError
from pipeline.chain.launches import Asked, Launch, NotReadyError, ask, launches_of
from pipeline.chain.plan import known_of_store
from pipeline.chain.project import Project
from pipeline.chain.stages import IMPORTED, INPUTS
from pipeline.components.anew import record_all
from pipeline.components.assets import key_of
from pipeline.components.history import (
    RUN_KEY_TAG,
    last_runs_failed,
    run_in_progress,
    run_of,
    who_recorded,
)
from pipeline.components.launch import end_dead_runs
from pipeline.components.told import is_told
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.folds.cutoffs import cutoff_at, declared_periods, last_ended, list_cutoffs
from pipeline.folds.keys import hash_of
from pipeline.store.store import sha256

_AT_ONCE = 4
"""Runs of one tick: each is a process that loads the libraries for itself."""


@dataclass(frozen=True)
class Tick:
    """What a tick came to.

    Attributes:
        reason: in words: what is started, or why nothing is.
        requests: the runs to start.
        settled: whether nothing else will be said until a file, the declaration or a cutoff comes.
    """

    reason: str
    requests: list[dg.RunRequest] = field(default_factory=list)
    settled: bool = False


def decide(
    project: Project, data_set: DataSet, instance: dg.DagsterInstance, *, now: dt.datetime
) -> Tick:
    """Ask the plan: a run for every contiguous stretch of cutoffs that is due.

    Args:
        project: where files and results lie.
        data_set: the declaration.
        instance: Dagster's history: no two runs of a data set at once.
        now: the clock: which cutoffs exist yet.
    """
    end_dead_runs(instance)  # one whose process was killed would be waited for, for ever
    running = run_in_progress(instance, data_set)
    if running is not None:
        return Tick(f"{running} of {data_set.name} has not ended; asked again at the next tick")
    try:
        asked = ask(project, data_set, None, now=now)
    except NotReadyError as nothing:
        return Tick(str(nothing), settled=True)
    except InputError as refused:
        return _told_by_a_run(project, data_set, instance, refused, now=now)
    if not asked.due:
        return _recorded_anew(data_set, instance) or _settled(project, asked, instance, now=now)
    launches = launches_of(asked)
    requests = [_request(data_set, a, run_key=_key(project, asked, a)) for a in launches]
    return Tick("; ".join(str(launch) for launch in launches), requests)


def _settled(
    project: Project, asked: Asked, instance: dg.DagsterInstance, *, now: dt.datetime
) -> Tick:
    """Nothing is due: what Dagster marks as stale all the same is recorded as it lies there."""
    if not is_told(project, asked.data_set):
        record_all(project, asked.data_set, instance, now=now)
    return Tick(_nothing_due(project, asked, now=now), settled=True)


def without_the_tried(tick: Tick, instance: dg.DagsterInstance) -> Tick:
    """The same without runs that were started before for this very work.

    The key of a request says what is due and what it would be made from, so a run of this key that
    left it due has failed, and would fail again, every half minute.
    """
    tried = {r.run_key: run_of(instance, r.run_key) for r in tick.requests if r.run_key}
    fresh = [r for r in tick.requests if tried.get(r.run_key or "") is None]
    if fresh or not tick.requests:
        return replace(tick, requests=fresh)
    runs = sorted({f"{run.run_id} ({run.status.value})" for run in tried.values() if run})
    return Tick(
        f"not started again: {tick.reason}; that ended before in run {', '.join(runs)}. Mend what "
        "the run's page tells; another start by hand, or a file that changes, carries on",
        settled=True,
    )


def without_a_crowd(tick: Tick) -> Tick:
    """The runs of the oldest stretches; those of the others at the next tick.

    Many stretches there are where many cutoffs between them have no ready fold.
    """
    return replace(tick, requests=tick.requests[:_AT_ONCE])


def _request(data_set: DataSet, launch: Launch, *, run_key: str) -> dg.RunRequest:
    """A launch as Dagster takes it; the checks of its assets come along by themselves."""
    keys = [key_of(data_set, stage) for stage in launch.stages]
    if len(launch.cutoffs) == 1:
        (cutoff,) = launch.cutoffs
        return dg.RunRequest(run_key, asset_selection=keys, partition_key=cutoff)
    tags = {}
    if launch.cutoffs:
        tags[ASSET_PARTITION_RANGE_START_TAG] = launch.cutoffs[0]
        tags[ASSET_PARTITION_RANGE_END_TAG] = launch.cutoffs[-1]
    return dg.RunRequest(run_key, asset_selection=keys, tags=tags)


def _key(project: Project, asked: Asked, launch: Launch) -> str:
    """One name for one piece of work: what is due, from which files, and what lies there now.

    A run that made something leaves another state, so the same correction made, taken back and made
    again has three keys; a run that failed before it made anything leaves the same one.
    """
    name = asked.data_set.name
    mine = [d for d in asked.due if d.cutoff is None or d.cutoff in launch.cutoffs]
    due = [[d.stage, d.cutoff, sorted(d.slots), d.reason] for d in mine]
    places = [(d.stage,) if d.cutoff is None else (d.stage, d.cutoff) for d in mine]
    state = [_made(project, name, *place) for place in places]
    return f"{name}-{hash_of([due, _contents(project, asked.data_set), state])}"


def _contents(project: Project, data_set: DataSet) -> dict[str, str]:
    files = project.files(data_set)
    for model in data_set.imported:
        files += project.imported_files(data_set, model)
    return {file.name: sha256(file.content) for file in files}


def _made(project: Project, *place: str) -> dict[str, str]:
    """Which run made what is stored, and when."""
    manifest = project.store.read(*place)
    return {k: str(manifest.made[k]) for k in ("run_id", "at")} if manifest else {}


def _told_by_a_run(
    project: Project,
    data_set: DataSet,
    instance: dg.DagsterInstance,
    refused: InputError,
    *,
    now: dt.datetime,
) -> Tick:
    """Start a run that will fail with the sentence: on the run's page, and told by the hook.

    Nothing that is served changes: files that are refused are not taken over.
    """
    cutoffs = list_cutoffs(data_set, now=now)
    launch = Launch(list(INPUTS[:2]), [])
    if isinstance(refused, FrameError):  # at whichever cutoff
        launch = Launch([*INPUTS, IMPORTED], [cutoff.key for cutoff in cutoffs])
    elif cutoffs and _files_are_good(project, data_set):  # something else is the matter
        launch = Launch(list(INPUTS), [cutoffs[-1].key])
    try:
        contents = _contents(project, data_set)
    except InputError:
        contents = {}
    # Mended and broken the same way again is told again: a run has got as far as it meanwhile. What
    # stands before its last stage is recorded by a run that fails, too.
    recorded = who_recorded(instance, [key_of(data_set, launch.stages[-1])])
    state = [_made(project, data_set.name, stage) for stage in INPUTS[:2]]
    key = f"{data_set.name}-{hash_of([str(refused), contents, state, recorded])}"
    return Tick(str(refused), [_request(data_set, launch, run_key=key)])


def _recorded_anew(data_set: DataSet, instance: dg.DagsterInstance) -> Tick | None:
    """A run of files and rows where nothing is due of them and their last run failed.

    A file was broken and is again what it was: there is nothing to make, but without another run
    the UI would call the assets failed. Where that run fails too, the next tick starts none.
    """
    launch = Launch(list(INPUTS[:2]), [])
    failed = last_runs_failed(instance, [key_of(data_set, stage) for stage in launch.stages])
    head = f"{data_set.name}-mended-"
    if not failed or any(run.tags.get(RUN_KEY_TAG, "").startswith(head) for run in failed.values()):
        return None
    request = _request(data_set, launch, run_key=head + hash_of(sorted(failed)))
    return Tick(f"{launch}: what failed in run {', '.join(sorted(failed))} is mended", [request])


def _files_are_good(project: Project, data_set: DataSet) -> bool:
    from pipeline.chain.stage.clean_observations import clean_files

    try:
        clean_files(project.files(data_set), data_set)
    except InputError:
        return False
    return True


def _nothing_due(project: Project, asked: Asked, *, now: dt.datetime) -> str:
    """Up to where everything is made, and what is awaited."""
    data_set = asked.data_set
    known = known_of_store(project, data_set, now=now)
    late = [cutoff for cutoff in known.cutoffs if cutoff.key > asked.cutoffs[-1]]
    said = (
        f"nothing is due: all is made up to cutoff {asked.cutoffs[-1]}; the last observation is of "
        f"{known.last_seen()}"
    )
    if late:
        day = late[0].ds.astype("datetime64[D]")
        return f"{said}; awaited is that of {day}, for cutoff {late[0].key}, whose window has ended"
    _, last = declared_periods(data_set)
    period = last_ended(data_set, now=now) + 1
    if last is not None and period > last:
        return f"{said}; cutoffs.last is reached, so only a changed file or declaration brings work"
    coming, end = (cutoff_at(period + k, data_set) for k in (0, 1))
    return f"{said}; the next cutoff, {coming.key}, ends with {end.key} 00:00 {data_set.timezone}"

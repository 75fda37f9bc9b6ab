"""Whether Dagster has been told of everything that is stored: a note beside its history.

A run in which nothing is due asks this first, so that it need not load Dagster to find that there
is nothing to tell. The note names the state of results, history and declaration at which a look
found nothing; whatever happens to one of them later, also by a run that is killed, makes another
state. Only a history in SQLite can be read without Dagster; of another no note is kept.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline.chain.project import Project
from pipeline.chain.stages import stages_of
from pipeline.declaration import DataSet
from pipeline.folds.keys import hash_of
from pipeline.store.atomic import write_whole
from pipeline.store.store import sha256


def is_told(project: Project, data_set: DataSet) -> bool:
    """Whether nothing changed since a look found that Dagster knows all that is stored.

    Where there is no history yet, there is nothing to be told to.
    """
    if not project.dagster_home.is_dir():
        return True
    try:
        history, state = _note(project, data_set).read_text().splitlines()
        return state == state_of(project, data_set, Path(history))
    except (OSError, ValueError):
        return False


def note_told(project: Project, data_set: DataSet, history: Path, state: str) -> None:
    """At this state a look found nothing to tell.

    Args:
        project: where results and history lie.
        data_set: the declaration.
        history: the file with Dagster's events.
        state: as it was before that look began.
    """
    path = _note(project, data_set)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, f"{history}\n{state}\n".encode())


def state_of(project: Project, data_set: DataSet, history: Path) -> str | None:
    """A hash of all that decides what there is to tell; None where the history cannot be read."""
    try:
        events = _events(history, data_set)
    except sqlite3.Error:
        return None
    versions = [stage.version(data_set) for stage in stages_of(data_set)]
    declared = data_set.model_dump(mode="json")
    return hash_of([declared, versions, _settings(project), _manifests(project, data_set), events])


def _note(project: Project, data_set: DataSet) -> Path:
    return project.dagster_home / "told" / data_set.name


def _settings(project: Project) -> list[str]:
    """Of dagster.yaml, which may lead to another history; that of the project is copied later."""
    paths = [folder / "dagster.yaml" for folder in (project.root, project.dagster_home)]
    return [sha256(path.read_bytes()) if path.is_file() else "" for path in paths]


def _manifests(project: Project, data_set: DataSet) -> dict[str, list[int]]:
    """Size and time of every manifest of an asset: a commit replaces it."""
    found = {}
    for stage in stages_of(data_set):
        folder = project.store.folder(data_set.name, stage.name)
        for path in folder.glob("*/manifest.json" if stage.per_cutoff else "manifest.json"):
            stat = path.stat()
            found[str(path)] = [stat.st_size, stat.st_mtime_ns]
    return found


_NEWEST = """
select count(*), max(id), (select wipe_timestamp from asset_keys where asset_key = :asset)
from event_logs where asset_key = :asset and dagster_event_type = 'ASSET_MATERIALIZATION'
"""
_WHEN = "select timestamp from event_logs where id = ?"


def _events(history: Path, data_set: DataSet) -> list[list[object]]:
    """Of every asset how many events there are, which is the newest, and when it was wiped."""
    found = []
    with closing(sqlite3.connect(f"{history.as_uri()}?mode=ro", uri=True)) as database:
        for stage in stages_of(data_set):
            asset = {"asset": json.dumps([data_set.name, stage.name])}
            number, newest, wiped = database.execute(_NEWEST, asset).fetchone()
            # SQLite gives the number of a deleted event to another one.
            when = database.execute(_WHEN, [newest]).fetchone()
            found.append([number, newest, wiped, *(when or ())])
    return found

"""Whether Dagster has been told of everything that is stored: a note beside its history.

A run in which nothing is due asks this first, so that it need not load Dagster to find that there
is nothing to tell. The note is gone while a run writes events, and there again once all of them are
in order; it names the versions of all stages, since another declaration brings others.
"""

from pathlib import Path

from pipeline.chain.project import Project
from pipeline.chain.stages import stages_of
from pipeline.declaration import DataSet
from pipeline.folds.keys import hash_of
from pipeline.store.atomic import write_whole


def is_told(project: Project, data_set: DataSet) -> bool:
    """Whether all that is stored of a data set is in Dagster's history, as it is declared now.

    Where there is no history yet, there is nothing to be told to.
    """
    if not project.dagster_home.is_dir():
        return True
    try:
        return _note(project, data_set).read_text() == _versions(data_set)
    except OSError:
        return False


def note_told(project: Project, data_set: DataSet) -> None:
    """All of it is."""
    path = _note(project, data_set)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, _versions(data_set).encode())


def forget_told(project: Project, data_set: DataSet) -> None:
    """Something may not be."""
    _note(project, data_set).unlink(missing_ok=True)


def _note(project: Project, data_set: DataSet) -> Path:
    return project.dagster_home / "told" / data_set.name


def _versions(data_set: DataSet) -> str:
    return hash_of({stage.name: stage.version(data_set) for stage in stages_of(data_set)})

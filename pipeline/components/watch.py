"""How the sensor knows that there may be work: names, sizes and times of files, never their bytes.

What it saw and said stands in the sensor's cursor, so a tick that finds the same says the same
without asking the plan.
"""

import datetime as dt
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import dagster as dg

from pipeline.chain.project import Project
from pipeline.chain.stages import stages_of
from pipeline.components.ticks import Tick, decide, without_a_crowd, without_the_tried
from pipeline.declaration import DataSet
from pipeline.folds.cutoffs import last_ended
from pipeline.folds.keys import hash_of


@dataclass(frozen=True)
class Seen:
    """What the sensor saw at its last look: its cursor.

    Attributes:
        files: hash of their names, sizes and times.
        rest: hash of all else that may bring work: the clock's cutoffs, declaration, versions.
        settled: what was said where nothing is left to do; empty where something may be.
        waits: whether changed files were left alone once, to see whether they still grow.
    """

    files: str
    rest: str
    settled: str = ""
    waits: bool = False

    @staticmethod
    def of(project: Project, data_set: DataSet, *, now: dt.datetime) -> "Seen":
        """As it is now."""
        imported = project.imported_paths(data_set).values()
        paths = [*project.paths(data_set), *(path for own in imported for path in own)]
        files = {str(path): _stamp(path) for path in paths}
        versions = [stage.version(data_set) for stage in stages_of(data_set)]
        declared = data_set.model_dump(mode="json")
        return Seen(hash_of(files), hash_of([last_ended(data_set, now=now), versions, declared]))

    @staticmethod
    def from_cursor(cursor: str | None) -> "Seen | None":
        """What an earlier tick left; None for the first, or after a cursor of another make."""
        try:
            return Seen(**json.loads(cursor or ""))
        except (ValueError, TypeError):
            return None

    def to_cursor(self) -> str:
        """For the next tick."""
        return json.dumps(asdict(self))

    def is_like(self, other: "Seen") -> bool:
        """Whether both saw the same."""
        return (self.files, self.rest) == (other.files, other.rest)


def _stamp(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError:  # gone since it was listed
        return []
    return [found.st_size, found.st_mtime_ns]


def look(
    project: Project,
    data_set: DataSet,
    instance: dg.DagsterInstance,
    *,
    cursor: str | None,
    now: dt.datetime,
) -> tuple[Tick, str]:
    """What a tick of the sensor comes to, and its next cursor.

    Files that changed since the last look may still be copied: they are read once they are found
    the same twice, or at the second look after the first change.
    """
    before, seen = Seen.from_cursor(cursor), Seen.of(project, data_set, now=now)
    if before is not None and before.settled and before.is_like(seen):
        return Tick(before.settled, settled=True), before.to_cursor()
    if before is not None and before.files != seen.files and not before.waits:
        waits = replace(seen, waits=True)
        return Tick("files changed; they are read at the next look"), waits.to_cursor()
    tick = without_the_tried(decide(project, data_set, instance, now=now), instance)
    return without_a_crowd(tick), replace(
        seen, settled=tick.reason if tick.settled else ""
    ).to_cursor()

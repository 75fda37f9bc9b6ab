"""From what is asked for and what is due to the runs that compute it: stages and cutoffs."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.chain.known import unknown_cutoff
from pipeline.chain.plan import Due, known_of_files
from pipeline.chain.project import Project
from pipeline.chain.stages import INPUTS, stages_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.folds.cutoffs import list_cutoffs


@dataclass(frozen=True)
class Launch:
    """One run: its stages in order, and the contiguous stretch of cutoffs they run over.

    Attributes:
        stages: names of the assets.
        cutoffs: keys; empty where none of the stages has cutoffs.
    """

    stages: list[str]
    cutoffs: list[str]

    def __str__(self) -> str:
        """For people."""
        names = ", ".join(self.stages)
        if not self.cutoffs:
            return names
        return f"{names} at {self.cutoffs[0]}..{self.cutoffs[-1]} ({len(self.cutoffs)} cutoffs)"


def cutoffs_asked(
    project: Project, data_set: DataSet, asked: str | None, *, now: dt.datetime
) -> list[str]:
    """The keys of A..B, of A alone, or of all cutoffs.

    Raises:
        InputError: one of them is no cutoff, they are reversed, there is no cutoff yet, or no
            series is ready at any of those asked for by hand.
    """
    cutoffs = list_cutoffs(data_set, now=now)
    keys = [cutoff.key for cutoff in cutoffs]
    if not keys:
        raise InputError(unknown_cutoff(data_set, "", cutoffs))
    if asked is None:
        return keys
    first, _, last = asked.partition("..")
    for key in (first, last or first):
        if key not in keys:
            raise InputError(unknown_cutoff(data_set, key, cutoffs))
    start, end = keys.index(first), keys.index(last or first)
    if end < start:
        raise InputError(f"--cutoffs {asked}: reversed; write {last}..{first}")
    known = known_of_files(project, data_set, now=now)
    if not any(known.ready(cutoff) for cutoff in cutoffs[start : end + 1]):
        raise InputError(
            f"{data_set.name}: no series is ready at {asked}; the last observation is of "
            f"{known.last_seen()}"
        )
    return keys[start : end + 1]


def launches_of(data_set: DataSet, due: Sequence[Due], cutoffs: list[str]) -> list[Launch]:
    """The runs that a plan needs, in order.

    What the rows are is recorded over all cutoffs asked for: Dagster calls all of it stale when the
    clean rows were re-recorded. The rest runs from the oldest due cutoff to the newest.
    """
    names = [stage.name for stage in stages_of(data_set)]
    later = [d for d in due if d.stage not in INPUTS]
    found = []
    if len(later) < len(due):
        found.append(Launch([name for name in names if name in INPUTS], cutoffs))
    keys = [d.cutoff for d in later if d.cutoff is not None]
    if keys:
        stretch = [key for key in cutoffs if min(keys) <= key <= max(keys)]
        found.append(Launch([name for name in names if name not in INPUTS], stretch))
    elif later:
        found.append(Launch([d.stage for d in later], []))
    return found

"""From what is asked for and what is due to the runs that compute it: stages and cutoffs."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.chain.known import Known, unknown_cutoff
from pipeline.chain.plan import Due, known_of_files, plan_of
from pipeline.chain.project import Project
from pipeline.chain.stages import INPUTS, stages_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.folds.cutoffs import Cutoff, list_cutoffs
from pipeline.folds.fold import State


class NotReadyError(InputError):
    """There is nothing to forecast, or not yet; a mistake only of who asks for it by name."""


@dataclass(frozen=True)
class Asked:
    """What is asked for: the cutoffs, what is due at them, how many folds have no forecast."""

    data_set: DataSet
    cutoffs: list[str]
    due: list[Due]
    not_ready: dict[str, int]


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
        if len(self.cutoffs) == 1:
            return f"{names} at {self.cutoffs[0]}"
        return f"{names} at {self.cutoffs[0]}..{self.cutoffs[-1]} ({len(self.cutoffs)} cutoffs)"


def ask(project: Project, data_set: DataSet, cutoffs: str | None, *, now: dt.datetime) -> Asked:
    """What is due at A..B, at A alone, or at all cutoffs.

    Raises:
        NotReadyError: there is no cutoff yet, or no series is ready at any of those asked for.
        InputError: one of them is no cutoff, they are reversed, or the files cannot be read.
    """
    stretch = _stretch(data_set, cutoffs, now=now)
    known = known_of_files(project, data_set, now=now)
    ready = [place for place, cutoff in enumerate(stretch) if known.ready(cutoff)]
    if not ready:
        raise NotReadyError(_not_ready(known, stretch))
    if cutoffs is None:  # those after the data, or before, are not asked for
        stretch = stretch[ready[0] : ready[-1] + 1]
    keys = [cutoff.key for cutoff in stretch]
    states = Counter(f.state.value for c in stretch for f in known.folds(c).values() if not f.ready)
    return Asked(data_set, keys, plan_of(known, project.store, cutoffs=keys), dict(states))


def launches_of(asked: Asked) -> list[Launch]:
    """The runs that a plan needs, in order.

    What the rows are is recorded over all cutoffs asked for: Dagster calls all of it stale when the
    clean rows were re-recorded. The rest runs from the oldest due cutoff to the newest.
    """
    names = [stage.name for stage in stages_of(asked.data_set)]
    later = [d for d in asked.due if d.stage not in INPUTS]
    found = []
    if len(later) < len(asked.due):
        found.append(Launch([name for name in names if name in INPUTS], asked.cutoffs))
    keys = [d.cutoff for d in later if d.cutoff is not None]
    if keys:
        stretch = [key for key in asked.cutoffs if min(keys) <= key <= max(keys)]
        found.append(Launch([name for name in names if name not in INPUTS], stretch))
    elif later:
        found.append(Launch([d.stage for d in later], []))
    return found


def _stretch(data_set: DataSet, asked: str | None, *, now: dt.datetime) -> Sequence[Cutoff]:
    cutoffs = list_cutoffs(data_set, now=now)
    if not cutoffs:
        raise NotReadyError(unknown_cutoff(data_set, "", cutoffs))
    if asked is None:
        return cutoffs
    first, dots, last = asked.replace("...", "..").partition("..")  # Dagster writes three
    if dots and not (first and last):
        ends = f"{first or cutoffs[0].key}..{last or cutoffs[-1].key}"
        raise InputError(f"--cutoffs {asked}: one side of the dots is empty; write {ends}")
    keys = [cutoff.key for cutoff in cutoffs]
    for key in (first, last or first):
        if key not in keys:
            raise InputError(unknown_cutoff(data_set, key, cutoffs))
    start, end = keys.index(first), keys.index(last or first)
    if end < start:
        raise InputError(f"--cutoffs {asked}: reversed; write {last}..{first}")
    return cutoffs[start : end + 1]


def _not_ready(known: Known, cutoffs: Sequence[Cutoff]) -> str:
    """In which states the folds are, and what is the matter with them."""
    states = Counter(fold.state for cutoff in cutoffs for fold in known.folds(cutoff).values())
    counts = ", ".join(f"{state.value} {number}" for state, number in sorted(states.items()))
    if State.TOO_SHORT in states:
        counts += f"; a fold needs {known.data_set.needed_rows} observed targets"
    keys = [cutoff.key for cutoff in (cutoffs[0], cutoffs[-1])]
    return (
        f"{known.data_set.name}: no series is ready at {'..'.join(dict.fromkeys(keys))} "
        f"({counts}); the last observation is of {known.last_seen()}"
    )

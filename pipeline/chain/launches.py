"""From what is asked for and what is due to the runs that compute it: stages and cutoffs."""

import datetime as dt
import re
from bisect import bisect
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from pipeline.chain.checked import checked_stage, not_passed
from pipeline.chain.known import Known
from pipeline.chain.not_ready import NotReady, not_ready
from pipeline.chain.plan import Due, known_of_files, plan_of
from pipeline.chain.project import Project
from pipeline.chain.stages import CLEAN, INPUTS, stages_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.folds.cutoffs import Cutoff, list_cutoffs, unknown_cutoff
from pipeline.folds.fold import State


class NotReadyError(InputError):
    """There is nothing to forecast, or not yet; a mistake only of who asks for it by name."""


@dataclass(frozen=True)
class Asked:
    """What is asked for: the cutoffs, what is due at them, which folds have no forecast.

    Attributes:
        unchecked: cutoffs that are to be scored, and whose forecasts did not pass the check for
            leaks, or were never held against it.
    """

    data_set: DataSet
    cutoffs: list[str]
    due: list[Due]
    not_ready: NotReady = field(default_factory=NotReady)
    unchecked: frozenset[str] = frozenset()


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
    stretch = stretch[ready[0] : ready[-1] + 1]  # those after the data, or before it, never are
    keys = [cutoff.key for cutoff in stretch]
    due = plan_of(known, project.store, cutoffs=keys)
    scored = {d.cutoff for d in due if d.stage == "scores" and d.cutoff is not None}
    unchecked = not_passed(project.store, data_set, scored)
    return Asked(data_set, keys, due, not_ready(known, stretch), frozenset(unchecked))


def launches_of(asked: Asked) -> list[Launch]:
    """The runs that a plan needs: one per contiguous stretch of due cutoffs, from the oldest.

    A run begins with the first stage of which something is due and goes on to the end of the chain;
    what of it is not due is reused. Where forecasts that did not pass the check for leaks would be
    scored it begins with them, so that the check is part of it. The runs may go on at the same
    time: what they share (the files and the clean rows) each of them finds or makes the same, and
    the last to end ranks all.
    """
    names = [stage.name for stage in stages_of(asked.data_set)]
    whole = {d.stage for d in asked.due if d.cutoff is None}
    by_cutoff: dict[str, set[str]] = {}
    for d in asked.due:
        if d.cutoff is not None:
            by_cutoff.setdefault(d.cutoff, set()).add(d.stage)
    if not by_cutoff:
        return _whole_only(asked, names, whole)
    found = []
    for stretch in _contiguous(asked.cutoffs, by_cutoff):
        due = whole.union(*(by_cutoff[key] for key in stretch))
        if asked.unchecked & set(stretch):
            due.add(checked_stage(asked.data_set))
        first = min(names.index(stage) for stage in due)
        found.append(Launch(names[first:], stretch))
    return found


def _whole_only(asked: Asked, names: Sequence[str], whole: set[str]) -> list[Launch]:
    """No forecast is due: the files or their rows were re-recorded, or the board is."""
    if CLEAN not in whole:
        return [Launch([name for name in names if name in whole], [])] if whole else []
    # One cutoff's windows, so that Dagster is told that those of all others are still the same.
    stages = [name for name in names if name in whole or name in INPUTS]
    return [Launch(stages, asked.cutoffs[-1:])]


def _contiguous(cutoffs: Sequence[str], due: Container[str]) -> list[list[str]]:
    """The stretches of cutoffs that are due, without one between that is not."""
    stretches: list[list[str]] = [[]]
    for key in cutoffs:
        if key in due:
            stretches[-1].append(key)
        elif stretches[-1]:
            stretches.append([])
    return [stretch for stretch in stretches if stretch]


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
            meant = [_meant(first, keys), *([_meant(last, keys, place=-1)] if dots else [])]
            instead = f"; write {'..'.join(meant)}" if all(meant) else ""
            raise InputError(unknown_cutoff(data_set, key, cutoffs) + instead)
    start, end = keys.index(first), keys.index(last or first)
    if end < start:
        raise InputError(f"--cutoffs {asked}: reversed; write {last}..{first}")
    return cutoffs[start : end + 1]


def _meant(said: str, keys: Sequence[str], *, place: int = 0) -> str:
    """The key that was meant by a year, a month, or a day inside a window; "" where none was.

    Args:
        said: what was written.
        keys: the cutoffs, in order.
        place: of those of a year or month, 0 for the first one, -1 for the last.
    """
    if said in keys:
        return said
    if re.fullmatch(r"\d{4}(-\d\d)?", said):
        within = [key for key in keys if key.startswith(f"{said}-")]
        return within[place] if within else ""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", said) and keys[0] < said < keys[-1]:
        return keys[bisect(keys, said) - 1]
    return ""


def _not_ready(known: Known, cutoffs: Sequence[Cutoff]) -> str:
    """In which states the folds are, and what is the matter with them."""
    found = not_ready(known, cutoffs)
    counts = ", ".join(f"{state} {number}" for state, number in sorted(found.counts.items()))
    if State.TOO_SHORT in found.counts:
        counts += f"; a fold needs {known.data_set.needed_rows} observed targets"
    keys = [cutoff.key for cutoff in (cutoffs[0], cutoffs[-1])]
    return (
        f"{known.data_set.name}: no series is ready at {'..'.join(dict.fromkeys(keys))} "
        f"({counts}); the last observation is of {known.last_seen()}"
        + (f"; {hint}" if (hint := found.hint(most=known.data_set.horizon)) else "")
    )

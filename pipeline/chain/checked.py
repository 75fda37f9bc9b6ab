"""Which forecasts were held against another future, and what came of it: kept beside the results.

A verdict is of the very artifacts that were checked: what is made anew has none until it is checked
too. So no run, however it is started, scores forecasts that did not pass.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field

from filelock import FileLock

from pipeline.chain.earlier import up_to_date
from pipeline.chain.known import Known
from pipeline.chain.leak import Found, Leak, find_leaks
from pipeline.chain.run import Work, with_inputs
from pipeline.chain.stages import BY_NAME, UNCHECKED, stages_of
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import hash_of
from pipeline.store.atomic import write_whole
from pipeline.store.manifest import Slot
from pipeline.store.store import Store

NAME = "no_leak"
"""Of the check, and of the folder with its verdicts."""

_FILE = "verdicts.json"


@dataclass(frozen=True)
class Failed:
    """A result that changed with the future, as it was stored then.

    Attributes:
        stage: which stage it is of.
        unique_id: its series.
        name: its model or group of windows.
        content: hash of what was stored.
        told: a sentence.
    """

    stage: str
    unique_id: str
    name: str
    content: str
    told: str


@dataclass(frozen=True)
class Verdict:
    """What the check said of one cutoff.

    Attributes:
        of: hash of the artifacts that were checked.
        failed: what changed with the future; none where it passed.
    """

    of: str
    failed: list[Failed] = field(default_factory=list)


def check(known: Known, store: Store, cutoffs: Sequence[Cutoff]) -> Found:
    """Look for leaks at these cutoffs, and keep what was found.

    Folds of some cutoffs are made again for all of them, so either all pass or none does. A fold
    that failed before is always among them, for as long as what failed lies there.

    Raises:
        InputError: the verdicts cannot be written.
    """
    data_set = known.data_set
    of = {cutoff.key: _stored(store, data_set, cutoff.key) for cutoff in cutoffs}
    before = _failed_at(store, data_set)
    again = [(one.unique_id, c) for c in cutoffs for one in before.get(c.key, [])]
    found = find_leaks(known, store, cutoffs, again)
    verdicts = {
        key: Verdict(of[key], [_failed(store, data_set, key, leak) for leak in leaks])
        for key, leaks in found.by_cutoff.items()
    } or {key: Verdict(one) for key, one in of.items()}
    _keep(store, data_set.name, forget=set(of), verdicts=verdicts)
    return found


def check_before_scoring(known: Known, store: Store, cutoffs: Sequence[Cutoff]) -> Found:
    """Check the forecasts that are about to be scored and did not pass; the others are not read."""
    scores = BY_NAME["scores"]
    scored = up_to_date(scores, known, store, cutoffs)
    due = with_inputs(scores, Work(known, store), [c for c in cutoffs if c not in scored])
    missing = not_passed(store, known.data_set, [cutoff.key for cutoff in due])
    return check(known, store, [c for c in due if c.key in missing]) if missing else Found()


def not_passed(store: Store, data_set: DataSet, keys: Iterable[str]) -> set[str]:
    """Those of the cutoffs whose stored forecasts were not checked, or did not pass."""
    there = _read(store, data_set.name)
    return {
        key
        for key in keys
        if key not in there or there[key].failed or there[key].of != _stored(store, data_set, key)
    }


def leaks_at(store: Store, data_set: DataSet, keys: Collection[str]) -> dict[str, list[str]]:
    """What failed at these cutoffs, a sentence each, and what to do about it.

    Only what is still there as it was checked, of what is still declared.
    """
    return {
        key: [f"{one.told}; {_remedy(store, data_set, key, one.stage)}" for one in failed]
        for key, failed in _failed_at(store, data_set).items()
        if key in keys
    }


def _failed_at(store: Store, data_set: DataSet) -> dict[str, list[Failed]]:
    """By cutoff what failed and is still there as it was, of what is still declared."""
    stages = {stage.name for stage in stages_of(data_set)}
    found = {}
    for key, verdict in _read(store, data_set.name).items():
        failed = [
            one
            for one in verdict.failed
            if one.stage in stages
            and (one.name in data_set.scored_models or not one.stage.endswith("_forecasts"))
            and one.content == _content(store, data_set, key, one.stage, one.unique_id, one.name)
        ]
        if failed:
            found[key] = failed
    return found


def _failed(store: Store, data_set: DataSet, key: str, leak: Leak) -> Failed:
    content = _content(store, data_set, key, leak.stage, *leak.slot)
    return Failed(leak.stage, *leak.slot, content, leak.told)


def _content(
    store: Store, data_set: DataSet, key: str, stage: str, unique_id: str, name: str
) -> str:
    """What is stored of a slot; empty where nothing is."""
    manifest = store.read(data_set.name, stage, key)
    entry = manifest.entries.get(Slot(unique_id, name)) if manifest else None
    return entry.content if entry else ""


def told_of(store: Store, data_set: DataSet, found: Found) -> str:
    """All that was found in one text, and what to do about it."""
    if not found.leaks:
        return ""
    key, (first, *_) = next(iter(found.by_cutoff.items()))
    return "; ".join([*found.leaks, _remedy(store, data_set, key, first.stage)])


def _remedy(store: Store, data_set: DataSet, key: str, stage: str) -> str:
    folder = store.folder(data_set.name, stage, key)
    return f"once the cause is mended, delete {folder}, and `hindcast run` makes it anew"


def checked_stage(data_set: DataSet) -> str:
    """The stage after which the check runs: the last that makes forecasts itself."""
    made = [s.name for s in stages_of(data_set) if s.name.endswith("_forecasts")]
    return [name for name in made if name not in UNCHECKED][-1]


def _stored(store: Store, data_set: DataSet, key: str) -> str:
    """One hash over all that is checked of a cutoff, as it is stored."""
    stages = [s.name for s in stages_of(data_set) if s.per_cutoff and s.name not in UNCHECKED]
    manifests = {stage: store.read(data_set.name, stage, key) for stage in stages}
    return hash_of({stage: m.fingerprint if m else "" for stage, m in manifests.items()})


def _keep(store: Store, name: str, *, forget: set[str], verdicts: dict[str, Verdict]) -> None:
    """Put verdicts in the place of those that cutoffs had."""
    folder = store.folder(name, NAME)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            others = {k: v for k, v in _read(store, name).items() if k not in forget}
            page = {k: asdict(v) for k, v in sorted((others | verdicts).items())}
            write_whole(folder / _FILE, json.dumps(page, indent=1).encode())
    except OSError as error:
        raise InputError(f"{folder} cannot be written ({error.strerror}); unlock it") from error


def _read(store: Store, name: str) -> dict[str, Verdict]:
    """By cutoff; what cannot be read is checked again."""
    path = store.folder(name, NAME) / _FILE
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        page = json.loads(path.read_bytes())
        return {
            key: Verdict(str(said["of"]), [Failed(**one) for one in said["failed"]])
            for key, said in page.items()
        }
    return {}

"""What Dagster marks as stale or missing, read from the newest event of every cutoff.

Dagster's own resolver asks the history for each cutoff and edge by itself; here the newest events
of an asset are read together. The rules are Dagster's: another code version, or an input that has
another data version than it had when the cutoff was recorded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import dagster as dg
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    DEFAULT_DATA_VERSION,
    NULL_EVENT_POINTER,
    get_input_data_version_tag,
    get_input_event_pointer_tag,
)

from pipeline.chain.known import Known
from pipeline.chain.stages import BY_NAME, Stage, stages_of
from pipeline.components.partitions import reach

_AT_ONCE = 500
"""Events of one query."""

Versions = Mapping[str | None, str]
"""By partition the data version of an asset; None for one without partitions."""


@dataclass(frozen=True)
class Told:
    """The newest event of an asset at one cutoff.

    Attributes:
        storage_id: its number in the history.
        tags: its versions, and those of what it was made from.
    """

    storage_id: int
    tags: Mapping[str, str]


class Marks:
    """The marks of a data set's assets; every asset is read once, when it is asked for."""

    def __init__(self, instance: dg.DagsterInstance, known: Known) -> None:
        self.instance = instance
        self.known = known
        self._data_set = known.data_set
        self._keys = [cutoff.key for cutoff in known.cutoffs]
        self._place = {key: place for place, key in enumerate(self._keys)}
        self._first: dict[str, int] = {}
        self._newest: dict[str, dict[str | None, Told]] = {}
        self._before: dict[tuple[str, str], Versions] = {}

    def is_fresh(self, stage: Stage, key: str | None) -> bool:
        """Whether Dagster calls what is recorded of a stage at a cutoff fresh."""
        told = self._told(stage.name).get(key)
        if told is None or told.tags.get(CODE_VERSION_TAG) != stage.version(self._data_set):
            return False
        return not any(self._moved(stage, need, key, told.tags) for need in self._needs(stage))

    def is_told(self, stage: Stage, key: str | None, content: str) -> bool:
        """Whether what is recorded of a stage at a cutoff is this content, and fresh.

        Dagster cannot know of the first: of a run that was killed it has the event before.
        """
        told = self._told(stage.name).get(key)
        return (
            told is not None
            and told.tags.get(DATA_VERSION_TAG) == content
            and self.is_fresh(stage, key)
        )

    def forget(self, stage: str) -> None:
        """Read an asset again: something was recorded of it."""
        self._newest.pop(stage, None)
        self._first.pop(stage, None)

    def provenance(self, stage: Stage, key: str | None, content: str) -> dict[str, str]:
        """The tags of an event that says: this, made by this code from what is recorded now."""
        tags = {
            CODE_VERSION_TAG: stage.version(self._data_set),
            DATA_VERSION_TAG: content,
            DATA_VERSION_IS_USER_PROVIDED_TAG: "true",
        }
        for need in self._needs(stage):
            newest = max((t.storage_id for t in self._told(need).values()), default=None)
            pointer = NULL_EVENT_POINTER if newest is None else str(newest)
            tags[get_input_event_pointer_tag(self._asset(need))] = pointer
            version = self._version_of(need, self._read(stage, need, key))
            tags[get_input_data_version_tag(self._asset(need))] = version
        return tags

    def _moved(self, stage: Stage, need: str, key: str | None, tags: Mapping[str, str]) -> bool:
        """Whether an input has another version than it had at the event with these tags."""
        recorded = tags.get(get_input_data_version_tag(self._asset(need)))
        now = self._read(stage, need, key)
        if recorded is None:
            return True
        is_same = recorded == self._version_of(need, now)
        if not BY_NAME[need].per_cutoff:
            return bool(now) and not is_same
        pointer = tags.get(get_input_event_pointer_tag(self._asset(need)), NULL_EVENT_POINTER)
        if (is_same and not self._is_wiped(need, pointer)) or not now:
            return False
        # Of a partition Dagster reads no version in the tags, but what it was at the pointer.
        then = self._versions_at(need, pointer)
        return any(then.get(other) != version for other, version in now.items())

    def _read(self, stage: Stage, need: str, key: str | None) -> Versions:
        """The versions that a need has now, of those of its partitions that a cutoff reads."""
        told = self._told(need)
        if not BY_NAME[need].per_cutoff:
            keys: Sequence[str | None] = [None]
        elif key is None:
            keys = self._keys
        else:
            ahead = reach(self._data_set) if (stage.name, need) == ("scores", "windows") else 0
            keys = self._keys[self._place[key] :][: ahead + 1]
        return {k: told[k].tags.get(DATA_VERSION_TAG, "") for k in keys if k in told}

    def _version_of(self, need: str, versions: Versions) -> str:
        """As Dagster joins the versions of several partitions."""
        if not BY_NAME[need].per_cutoff:
            return versions.get(None, DEFAULT_DATA_VERSION.value)
        joined = "".join(version for _, version in sorted(versions.items(), key=str))
        return sha256(joined.encode()).hexdigest()

    def _needs(self, stage: Stage) -> list[str]:
        there = {other.name for other in stages_of(self._data_set)}
        return [name for name in stage.needs if name in there]

    def _asset(self, stage: str) -> dg.AssetKey:
        return dg.AssetKey([self._data_set.name, stage])

    def _told(self, stage: str) -> dict[str | None, Told]:
        if stage not in self._newest:
            self._newest[stage] = dict(self._read_newest(stage))
        return self._newest[stage]

    def _read_newest(self, stage: str) -> list[tuple[str | None, Told]]:
        asset, storage = self._asset(stage), self.instance.event_log_storage
        if not BY_NAME[stage].per_cutoff:
            records = list(self.instance.fetch_materializations(asset, limit=1).records)
        else:
            kind = dg.DagsterEventType.ASSET_MATERIALIZATION
            ids = list(storage.get_latest_storage_id_by_partition(asset, kind).values())
            records = []
            for start in range(0, len(ids), _AT_ONCE):
                some = dg.AssetRecordsFilter(asset, storage_ids=ids[start : start + _AT_ONCE])
                records += self.instance.fetch_materializations(some, limit=_AT_ONCE).records
        return [(r.partition_key, Told(r.storage_id, _tags_of(r))) for r in records]

    def _is_wiped(self, need: str, pointer: str) -> bool:
        """Whether the events up to the one that is pointed at are gone."""
        if need not in self._first:
            asset = self._asset(need)
            records = self.instance.fetch_materializations(asset, limit=1, ascending=True).records
            self._first[need] = records[0].storage_id if records else 0
        return pointer != NULL_EVENT_POINTER and int(pointer) < self._first[need]

    def _versions_at(self, need: str, pointer: str) -> Versions:
        """The versions of all partitions when the newest event was the one that is pointed at."""
        if pointer == NULL_EVENT_POINTER:
            return {}
        if (need, pointer) not in self._before:
            found = self.instance.event_log_storage.get_latest_tags_by_partition(
                self._asset(need),
                dg.DagsterEventType.ASSET_MATERIALIZATION,
                [DATA_VERSION_TAG],
                before_cursor=int(pointer) + 1,
            )
            self._before[need, pointer] = {k: tags[DATA_VERSION_TAG] for k, tags in found.items()}
        return self._before[need, pointer]


def _tags_of(record: dg.EventLogRecord) -> Mapping[str, str]:
    event = record.asset_materialization
    return (event.tags if event is not None else None) or {}

"""What is due of one artifact, and why: what it should depend on against what its manifest says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.chain.stages import Ref, Stage, Want
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import hash_of
from pipeline.store.manifest import Entry, Manifest, Slot
from pipeline.store.store import Store

REASONS = {
    "files": "its files changed",
    "rows": "rows at or before the cutoff changed",
    "fit": "rows at or before the refit cutoff changed",
    "states": "other folds are ready than before",
    "ahead": "what is known ahead of its steps changed",
    "floor": "its floor changed",
    "frame": "what its frame says of the fold changed",
    "model": "it uses another fit of its network",
    "forecast": "it scores another forecast",
    "forecasts": "forecasts at or before the cutoff changed",
    "intervals": "it scores other intervals",
    "actuals": "actuals arrived or changed",
    "settings": "a setting or the stage's version changed",
}
"""Each named part of a key, as a reason for work."""


FIT_OF = "fit of "
"""Begins the part that says the rows of one series in a network of all of them."""

_NAMED = 3
"""Series that a reason names at most."""


@dataclass(frozen=True)
class Difference:
    """What is due of one artifact.

    Attributes:
        slots: reason by slot that is to be made.
        gone: slots that are stored and no longer wanted; the artifact is rewritten without them.
    """

    slots: dict[Slot, str] = field(default_factory=dict)
    gone: frozenset[Slot] = frozenset()

    @property
    def reasons(self) -> list[str]:
        """Each reason once."""
        gone = ["a series or model is no longer there"] if self.gone else []
        return [*dict.fromkeys(self.slots.values()), *gone]


class Records:
    """The manifests of a data set, each read once: one plan or stage run sees one state of them."""

    def __init__(self, store: Store, data_set: str) -> None:
        self.store = store
        self.data_set = data_set
        self._read: dict[tuple[str, ...], Manifest | None] = {}
        self._checked: dict[str, bool] = {}
        self._contents: dict[tuple[str, Slot | None], dict[str | None, str]] = {}
        self._read_by: dict[tuple[Ref, ...], str] = {}

    def place(self, stage: str, partition: str | None) -> tuple[str, ...]:
        """Where an artifact lies in the store."""
        return (self.data_set, stage) if partition is None else (self.data_set, stage, partition)

    def manifest(self, stage: str, partition: str | None) -> Manifest | None:
        """The manifest of an artifact, None where there is none."""
        place = self.place(stage, partition)
        if place not in self._read:
            self._read[place] = self.store.read(*place)
        return self._read[place]

    def is_intact(self, stage: str, partition: str | None) -> bool:
        """Whether the files of a recorded artifact hold what its manifest names."""
        manifest = self.manifest(stage, partition)
        place = self.place(stage, partition)
        return manifest is not None and self.store.is_intact(
            manifest, *place, checked=self._checked
        )

    def read_by(self, want: Want) -> str:
        """One hash over the contents that a slot is made from, as they are stored."""
        if want.reads not in self._read_by:  # several slots are made of the same
            contents = [content for ref in want.reads for content in self._contents_of(ref)]
            self._read_by[want.reads] = hash_of(contents) if contents else ""
        return self._read_by[want.reads]

    def _contents_of(self, ref: Ref) -> list[str]:
        """What is stored at each of its cutoffs; many slots read the same ones."""
        keys = ref.partition if isinstance(ref.partition, tuple) else (ref.partition,)
        found = self._contents.setdefault((ref.stage, ref.slot), {})
        for key in keys:
            if key not in found:
                found[key] = self._content(self.manifest(ref.stage, key), ref.slot)
        return [found[key] for key in keys]

    @staticmethod
    def _content(manifest: Manifest | None, slot: Slot | None) -> str:
        if manifest is None:
            return ""
        if slot is None:
            return manifest.fingerprint
        entry = manifest.entries.get(slot)
        return entry.content if entry else ""


def difference(
    stage: Stage,
    cutoff: Cutoff | None,
    wanted: Mapping[Slot, Want],
    records: Records,
    pending: Collection[Ref] = frozenset(),
) -> Difference:
    """Hold what is wanted of an artifact against what is stored.

    Args:
        stage: the stage.
        cutoff: the artifact's cutoff, None without one.
        wanted: what every slot should depend on.
        records: the manifests.
        pending: slots of earlier stages that will be made before this one.
    """
    partition = cutoff.key if cutoff else None
    stored = records.manifest(stage.name, partition)
    if stored is None:
        return Difference(dict.fromkeys(wanted, "never computed"))
    if not records.is_intact(stage.name, partition):
        return Difference(dict.fromkeys(wanted, "its file is missing or damaged"))
    reasons = {
        slot: _reason(stored.entries.get(slot), want, records, pending)
        for slot, want in wanted.items()
    }
    slots = {slot: reason for slot, reason in reasons.items() if reason}
    return Difference(slots, frozenset(set(stored.entries) - set(wanted)))


def _reason(entry: Entry | None, want: Want, records: Records, pending: Collection[Ref]) -> str:
    if entry is None:
        return "never computed"
    changed = [part for part in want.parts if entry.parts.get(part) != want.parts[part]]
    if changed:
        return "; ".join(_in_words(entry, want, changed))
    places = (p for ref in want.reads for p in ref.places) if pending else ()
    if before := sorted({place.stage for place in places if place in pending}):
        return f"{', '.join(before)} will be made anew"
    return "" if entry.read == records.read_by(want) else "upstream re-made"


def _in_words(entry: Entry, want: Want, changed: Sequence[str]) -> list[str]:
    """Why each of these parts is work; of a network of all series which of them changed."""
    of_series = [part for part in changed if part.startswith(FIT_OF)]
    new = [part.removeprefix(FIT_OF) for part in of_series if part not in entry.parts]
    other = [part.removeprefix(FIT_OF) for part in of_series if part in entry.parts]
    gone = [
        part.removeprefix(FIT_OF)
        for part in entry.parts
        if part.startswith(FIT_OF) and part not in want.parts
    ]
    words = [REASONS[part] for part in changed if part not in of_series]
    if other or new or gone:
        words = [word for word in words if word != REASONS["fit"]]
    for names, told in (
        (other, "rows of {} at or before the refit cutoff changed"),
        (new, "{} joined its series"),
        (gone, "{} left its series"),
    ):
        if names:
            more = len(names) - _NAMED
            listed = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
            words.append(told.format(listed))
    return words

"""Keys of what was forecast at each cutoff: what served forecasts and their intervals depend on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.chain.stages import BY_NAME, sources_of
from pipeline.folds.cutoffs import Cutoff
from pipeline.folds.keys import hash_of
from pipeline.store.manifest import Slot
from pipeline.store.store import sha256

if TYPE_CHECKING:
    from pipeline.chain.known import Known


class PastKeys:
    """The same keys are asked for by many later cutoffs: each is worked out once.

    Args:
        known: the data set.
        earlier: keys of the same rows up to a cutoff: taken over for the cutoffs before it.
    """

    def __init__(self, known: "Known", earlier: "tuple[PastKeys, Cutoff] | None" = None) -> None:
        self._known = known
        self._earlier = earlier
        self._of_each: dict[int, dict[Slot, str]] = {}
        self._of_all: dict[int, str] = {}
        self._observed: dict[str, np.ndarray] = {}

    def of_each(self, cutoff: Cutoff) -> dict[Slot, str]:
        """By series and model the key of each forecast at a cutoff; served ones have none."""
        if self._earlier and cutoff < self._earlier[1]:
            return self._earlier[0].of_each(cutoff)
        if cutoff.period not in self._of_each:
            data_set = self._known.data_set
            self._of_each[cutoff.period] = {
                slot: hash_of(want.parts)
                for source in sources_of(data_set, data_set.models)
                for slot, want in self._known.wants(BY_NAME[source], cutoff).items()
            }
        return self._of_each[cutoff.period]

    def of_one(self, unique_id: str, cutoffs: Sequence[Cutoff]) -> dict[Slot, str]:
        """One key per model of the forecasts of a series at cutoffs at which it is ready."""
        each = [self.of_each(cutoff) for cutoff in cutoffs]
        slots = [Slot(unique_id, model) for model in self._known.data_set.models]
        return {slot: _joined([keys[slot] for keys in each]) for slot in slots}

    def of_candidates(self, cutoffs: Sequence[Cutoff]) -> str:
        """One key of all that a served forecast may be made of at these cutoffs."""
        return _joined([self._of_candidates(cutoff) for cutoff in cutoffs])

    def _of_candidates(self, cutoff: Cutoff) -> str:
        if self._earlier and cutoff < self._earlier[1]:
            return self._earlier[0]._of_candidates(cutoff)
        if cutoff.period not in self._of_all:
            data_set = self._known.data_set
            references = {data_set.reference_of(f.unique_id) for f in self._known.ready(cutoff)}
            used = {*data_set.candidates, *references, data_set.served.serve}
            keys = self.of_each(cutoff)
            rows = self._rows(cutoff)
            forecasts = sorted([*slot, key] for slot, key in keys.items() if slot.name in used)
            self._of_all[cutoff.period] = hash_of([rows, forecasts])
        return self._of_all[cutoff.period]

    def _rows(self, cutoff: Cutoff) -> dict[str, str]:
        """Of each series that has begun the rows up to the last that was observed by a cutoff.

        A series that began or went on after it changes nothing.
        """
        known = self._known
        found = {}
        for name, fold in known.folds(cutoff).items():
            last = self._last_observed(name, fold.row)
            if last >= 0:
                found[name] = known.rows_key(replace(fold, row=last))
        return found

    def _last_observed(self, unique_id: str, row: int) -> int:
        """The last row up to one at which the target was observed; -1 where there is none."""
        if unique_id not in self._observed:
            self._observed[unique_id] = np.flatnonzero(~np.isnan(self._known.series(unique_id).y))
        observed = self._observed[unique_id]
        so_far = int(np.searchsorted(observed, row, side="right"))
        return int(observed[so_far - 1]) if so_far else -1


def _joined(keys: Sequence[str]) -> str:
    return sha256("".join(keys).encode())[:32]

"""A data set at one moment: its declaration, clean rows, cutoffs, folds and row keys.

Plan and run ask the same object, so they cannot disagree about what is due.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from pipeline.calendar import dates_of
from pipeline.chain.frames import refuse_strangers
from pipeline.chain.past_keys import PastKeys
from pipeline.clean.observations import Observations, Series
from pipeline.declaration import DataSet
from pipeline.errors import InputError
from pipeline.folds.cutoffs import Cutoff, cutoff_at, list_cutoffs, refit_cutoff, unknown_cutoff
from pipeline.folds.fold import Fold, staleness, states_of
from pipeline.folds.keys import RowKeys, canonical
from pipeline.store.store import sha256

if TYPE_CHECKING:
    from pipeline.chain.stages import Stage, Want
    from pipeline.imported.frame import Frame
    from pipeline.raw.dialect import RawFile
    from pipeline.store.manifest import Slot

Y = ("y",)
"""The columns that a baseline reads."""


class Known:
    """Everything that can be said about a data set's folds from its rows.

    Args:
        data_set: the declaration.
        now: the clock: which cutoffs exist yet.
        files: reads the CSV files, when they are asked for.
        observations: finds the clean rows, when they are asked for.
        frames: reads the imported forecasts by model, when they are asked for.
    """

    def __init__(
        self,
        data_set: DataSet,
        *,
        now: dt.datetime,
        files: "Callable[[], list[RawFile]]",
        observations: Callable[[], Observations],
        frames: "Callable[[], Mapping[str, Frame]]" = dict,
    ) -> None:
        self.data_set = data_set
        self._now = now
        self._find_files = files
        self._find_observations = observations
        self._find_frames = frames
        self._folds: dict[int, dict[str, Fold]] = {}
        self._ready: dict[int, list[Fold]] = {}
        self._wants: dict[tuple[str, Cutoff | None], dict[Slot, Want]] = {}
        self._row_keys: dict[tuple[str, tuple[str, ...]], RowKeys] = {}

    @cached_property
    def files(self) -> "list[RawFile]":
        """The CSV files with their bytes."""
        return self._find_files()

    @cached_property
    def observations(self) -> Observations:
        """The clean rows.

        Raises:
            InputError: something is declared for a series that does not exist.
        """
        found = self._find_observations()
        _refuse_unknown_series(self.data_set, found)
        return found

    @cached_property
    def imported(self) -> "Mapping[str, Frame]":
        """The forecasts of other programs, by model; an InputError where a file is no frame."""
        frames = self._find_frames()
        refuse_strangers(self.data_set, frames, self.observations.series)
        return frames

    @cached_property
    def cutoffs(self) -> list[Cutoff]:
        """All cutoffs that exist now, in order."""
        return list_cutoffs(self.data_set, now=self._now)

    def before(self, cutoff: Cutoff, number: int) -> list[Cutoff]:
        """The last cutoffs before one, in order: so many, or as many as there are."""
        place = cutoff.period - self.cutoffs[0].period
        return self.cutoffs[max(place - number, 0) : place]

    def series(self, unique_id: str) -> Series:
        """A series with all its rows."""
        return self.observations.series[unique_id]

    def folds(self, cutoff: Cutoff) -> dict[str, Fold]:
        """The fold of every series at a cutoff, ready or not; also at cutoffs before the first."""
        if cutoff.period not in self._folds:
            self._judge(self._missing_cutoffs(cutoff))
        return self._folds[cutoff.period]

    def ready(self, cutoff: Cutoff) -> list[Fold]:
        """The folds at a cutoff that have a forecast, by name of their series."""
        if cutoff.period not in self._ready:
            folds = self.folds(cutoff).values()
            self._ready[cutoff.period] = [fold for fold in folds if fold.ready]
        return self._ready[cutoff.period]

    def fitted_at(self, unique_id: str, model: str, cutoff: Cutoff) -> Fold:
        """The fold at which the model used at `cutoff` is fitted: that of its refit cutoff.

        Where the series was not ready there, the first cutoff after it at which it was.
        """
        for before in self._since_refit(model, cutoff):
            fold = self.folds(before)[unique_id]
            if fold.ready:
                return fold
        return self.folds(cutoff)[unique_id]

    def pool_at(self, model: str, cutoff: Cutoff) -> list[Fold]:
        """The folds that a network of many series, used at `cutoff`, is trained on.

        All that are ready at its refit cutoff, by name of their series; where none is, those of the
        first cutoff after it at which one is.
        """
        for before in self._since_refit(model, cutoff):
            if ready := self.ready(before):
                return ready
        return self.ready(cutoff)

    def _since_refit(self, model: str, cutoff: Cutoff) -> Iterator[Cutoff]:
        """The refit cutoff of a model and those after it, up to the one before `cutoff`."""
        refit = self.data_set.refit_of(model)
        if refit is None:
            return
        start = refit_cutoff(cutoff, refit=refit, data_set=self.data_set)
        for period in range(start.period, cutoff.period):
            yield cutoff_at(period, self.data_set)

    def rows_key(self, fold: Fold, columns: Sequence[str] = Y) -> str:
        """The key of the rows that a fold may see, of these columns."""
        place = (fold.unique_id, tuple(columns))
        if place not in self._row_keys:
            series = self.series(fold.unique_id).pick(place[1])
            # A cutoff may lie past the end: absent rows and empty ones must have one key.
            padded = series.until(len(series.values) - 1 + self.data_set.max_staleness)
            self._row_keys[place] = RowKeys(padded.ds, padded.values)
        return self._row_keys[place].until(fold.row)

    def known_ahead(
        self, unique_id: str, cutoff: Cutoff, columns: Sequence[str]
    ) -> Float[np.ndarray, "horizon columns"]:
        """What a forecast knows of the steps that it is about; NaN where nothing is.

        Args:
            unique_id: the series.
            cutoff: the last step known of the others.
            columns: those declared as known ahead.
        """
        assert set(columns) <= set(self.data_set.columns.futr_exog), columns
        series = self.series(unique_id).pick(tuple(columns))
        row = series.row_of(cutoff.step)
        return series.until(row + self.data_set.horizon).values[row + 1 :]

    def ahead_key(self, unique_id: str, cutoff: Cutoff, columns: Sequence[str]) -> str:
        """The key of what is known ahead; the columns belong to the settings, not to it."""
        return sha256(canonical(self.known_ahead(unique_id, cutoff, columns)))[:32]

    def wants(self, stage: "Stage", cutoff: Cutoff | None) -> "dict[Slot, Want]":
        """What every slot of a stage should depend on at a cutoff; worked out once."""
        place = (stage.name, cutoff)
        if place not in self._wants:
            self._wants[place] = stage.code.wants(self, cutoff)
        return self._wants[place]

    @cached_property
    def past_keys(self) -> PastKeys:
        """The keys of what was forecast at each cutoff."""
        return PastKeys(self)

    @cached_property
    def _by_key(self) -> dict[str, Cutoff]:
        return {cutoff.key: cutoff for cutoff in self.cutoffs}

    def named(self, keys: Sequence[str]) -> list[Cutoff]:
        """The cutoffs with these keys.

        Raises:
            InputError: there is none with such a key.
        """
        for key in keys:
            if key not in self._by_key:
                raise InputError(unknown_cutoff(self.data_set, key, self.cutoffs))
        return [self._by_key[key] for key in keys]

    def last_seen(self) -> str:
        """For messages: the last day at which any series has a target."""
        last = dates_of(self.observations.last_step, self.data_set.freq)
        return str(last.astype("datetime64[D]"))

    def _missing_cutoffs(self, cutoff: Cutoff) -> list[Cutoff]:
        """All cutoffs at once the first time, later the one that is asked (before the first)."""
        wanted = {c.period: c for c in [*self.cutoffs, cutoff]}
        return [c for period, c in sorted(wanted.items()) if period not in self._folds]

    def _judge(self, cutoffs: list[Cutoff]) -> None:
        steps = np.array([c.step for c in cutoffs], dtype=np.int64)
        observed = {k: ~np.isnan(s.y) for k, s in self.observations.series.items()}
        stale = self.data_set.max_staleness
        reached = np.zeros(len(steps), dtype=bool)
        for name, series in self.observations.series.items():
            reached |= staleness(observed[name], steps - series.first_step) <= stale
        for cutoff in cutoffs:
            self._folds[cutoff.period] = {}
        for name, series in self.observations.series.items():
            rows = steps - series.first_step
            states = states_of(
                observed[name],
                rows,
                reached=reached,
                needed_rows=self.data_set.needed_rows,
                max_staleness=stale,
            )
            for cutoff, row, state in zip(cutoffs, rows, states, strict=True):
                self._folds[cutoff.period][name] = Fold(name, int(row), state)


def _refuse_unknown_series(data_set: DataSet, observations: Observations) -> None:
    declared = {"reference": data_set.reference}
    declared |= {f"networks.{k}.corrects": n.corrects for k, n in data_set.networks.items()}
    for where, by_series in declared.items():
        for name in by_series if isinstance(by_series, dict) else ():
            if name not in observations.series:
                raise InputError(
                    f"{data_set.name}, {where}: there is no series {name!r}; "
                    f"there are: {_listed(list(observations.series))}"
                )


def _listed(names: Sequence[str]) -> str:
    return ", ".join([*names[:10], *(["..."] if len(names) > 10 else [])])

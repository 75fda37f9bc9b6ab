"""The frames of imported forecasts: read as their files say now, held against the folds."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pipeline.chain.project import Project
from pipeline.declaration import DataSet
from pipeline.errors import InputError

if TYPE_CHECKING:
    from pipeline.chain.known import Known
    from pipeline.imported.frame import Frame


class FrameError(InputError):
    """What another program left is not what is needed; what is made here stays as good as it is."""


def read_frames(project: Project, data_set: DataSet) -> "Mapping[str, Frame]":
    """The frame of every imported model.

    Raises:
        FrameError: a file is not there, or is no frame.
    """
    frames = {}
    for name, settings in data_set.imported.items():
        from pipeline.imported.read import read_frame

        column = settings.column or name
        try:
            files = project.imported_files(data_set, name)
            frames[name] = read_frame(files, column, freq=data_set.freq)
        except InputError as wrong:
            raise _of(data_set, name, wrong) from None
    return frames


def refuse_strangers(
    data_set: DataSet, frames: "Mapping[str, Frame]", series: Iterable[str]
) -> None:
    """Whether the frames are about series of the data set alone.

    Raises:
        FrameError: one has others.
    """
    if not frames:
        return
    from pipeline.imported.points import check_series

    there = set(series)
    for name, frame in frames.items():
        try:
            check_series(frame, there)
        except InputError as wrong:
            raise _of(data_set, name, wrong) from None


def refuse_lacking(known: "Known", name: str) -> None:
    """Whether a frame has every point of all folds that are ready, at whatever cutoff.

    Raises:
        FrameError: it lacks some.
    """
    from pipeline.imported.points import check_points

    data_set = known.data_set
    horizon, freq = data_set.horizon, data_set.freq
    try:
        check_points(known.imported[name], folds_of(known), horizon=horizon, freq=freq)
    except InputError as wrong:
        raise _of(data_set, name, wrong) from None


def folds_of(known: "Known") -> list[tuple[str, int]]:
    """Series and step of the cutoff of every fold that is ready."""
    return [(fold.unique_id, c.step) for c in known.cutoffs for fold in known.ready(c)]


def _of(data_set: DataSet, name: str, wrong: InputError) -> FrameError:
    return FrameError(f"{data_set.name}, imported.{name}: {wrong}")

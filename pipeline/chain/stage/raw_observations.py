"""Copies of the data set's CSV files as they are, named by their content.

Everything after starts from these copies, so a result can always be traced to the very bytes that
it came from. Read strictly once before they are taken over: a file that cannot be read changes
nothing.

**How to read it.** Every number is in the unit that the files have. `plots` shows each column over
time: a jump, a flat stretch or a wrong unit shows here first. `ignored_columns` are in the files
and declared nowhere.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipeline.chain.stages import WHOLE, DueSlots, Made, Want
from pipeline.folds.keys import hash_of
from pipeline.raw.settings import VERSION
from pipeline.store.manifest import Slot
from pipeline.store.store import sha256

if TYPE_CHECKING:
    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.declaration import DataSet


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """The columns, since reading checks them."""
    return [VERSION, data_set.columns.model_dump(exclude_defaults=True)]


def wants(known: "Known", cutoff: None) -> dict[Slot, Want]:
    """The names and bytes of the files."""
    files = {file.name: sha256(file.content) for file in known.files}
    return {WHOLE: Want({"files": hash_of(files), "settings": hash_of(settings(known.data_set))})}


def make(work: "Work", due: DueSlots) -> Iterator[tuple[None, Made]]:
    """Read them once, strictly, and take them over."""
    from pipeline.raw.read import read_observations

    known = work.known
    raw = read_observations(known.files, known.data_set.columns)
    content = hash_of({file.name: sha256(file.content) for file in known.files})
    facts = {
        "n_files": len(known.files),
        "n_rows": len(raw.frame),
        "first": str(raw.frame["ds"].min())[:10],
        "last": str(raw.frame["ds"].max())[:10],
        "ignored_columns": list(raw.ignored),
    }
    files = {file.name: file.content for file in known.files}
    yield None, Made(files=files, contents={WHOLE: content}, facts=facts)

"""Clean rows: every series on its regular grid, in the units of the source, one row per step.

What was never observed is missing and stays so: nothing is filled, clipped or dropped. `verdicts`
lists every cell or row that was changed or found missing, with file, line, column, value and rule.

**How to read it.** `plots` shows where something is missing, or was changed, and by which rule;
`n_verdicts` counts them. `observations.parquet` is the long frame (`unique_id, ds, y`).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipeline.chain.stages import WHOLE, DueSlots, Made, Ref, Want
from pipeline.clean.settings import VERSION
from pipeline.folds.keys import hash_of
from pipeline.raw.settings import VERSION as RAW_VERSION
from pipeline.store.files import table_to_bytes, tensors_from_bytes, tensors_to_bytes
from pipeline.store.manifest import Slot
from pipeline.store.store import Store, sha256
from pipeline.tables import OBSERVATIONS, VERDICTS, Column

if TYPE_CHECKING:
    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.clean.clean import Clean
    from pipeline.clean.observations import Observations
    from pipeline.declaration import DataSet
    from pipeline.raw.dialect import RawFile

NAME = "clean_observations"


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """The columns and the grid."""
    columns = data_set.columns.model_dump(exclude_defaults=True)
    return [RAW_VERSION, VERSION, data_set.freq, columns]


def wants(known: "Known", cutoff: None) -> dict[Slot, Want]:
    """The copied files."""
    parts = {"settings": hash_of(settings(known.data_set))}
    return {WHOLE: Want(parts, (Ref("raw_observations", None, WHOLE),))}


def clean_files(files: list["RawFile"], data_set: "DataSet") -> "Clean":
    """From the bytes of the files to clean rows, without any storage."""
    from pipeline.clean.clean import clean_observations
    from pipeline.raw.read import read_observations

    raw = read_observations(files, data_set.columns)
    return clean_observations(raw, freq=data_set.freq, columns=data_set.columns)


def make(work: "Work", due: DueSlots) -> Iterator[tuple[None, Made]]:
    """Rows, verdicts, and the rows once more as one tensor pack for the stages after."""
    from pipeline.clean.clean import observations_frame
    from pipeline.clean.pack import to_tensors

    data_set, store = work.known.data_set, work.store
    clean = clean_files(copied_files(store, data_set), data_set)
    exogenous = [
        Column(name, "float64", "of the source", "as in the files")
        for name in data_set.columns.exog
    ]
    tensors, about = to_tensors(clean.observations)
    pack = tensors_to_bytes(tensors, about)
    files = {
        "observations.parquet": table_to_bytes(
            observations_frame(clean.observations), OBSERVATIONS.with_columns(exogenous)
        ),
        "verdicts.parquet": table_to_bytes(clean.verdicts, VERDICTS),
        "pack.safetensors": pack,
    }
    series = clean.observations.series.values()
    facts = {
        "n_series": len(series),
        "n_rows": sum(len(s.values) for s in series),
        "n_verdicts": len(clean.verdicts),
        "first": str(min(s.ds[0] for s in series))[:10],
        "last": str(max(s.ds[-1] for s in series))[:10],
    }
    yield None, Made(files=files, contents={WHOLE: sha256(pack)[:32]}, facts=facts)


def stored_observations(store: Store, data_set: "DataSet") -> "Observations":
    """The clean rows as they were last committed.

    Raises:
        DamagedError: there are none, or they are damaged.
    """
    from pipeline.clean.pack import from_tensors

    _, content = store.load("pack.safetensors", data_set.name, NAME)
    return from_tensors(*tensors_from_bytes(content))


def copied_files(store: Store, data_set: "DataSet") -> list["RawFile"]:
    """The copied files under the names their owner knows."""
    from pipeline.raw.dialect import RawFile
    from pipeline.store.store import DamagedError

    place = (data_set.name, "raw_observations")
    manifest = store.read(*place)
    if manifest is None:
        raise DamagedError(f"there is no {'/'.join(place)}")
    return [RawFile(name, store.file(manifest, name, *place)) for name in sorted(manifest.files)]

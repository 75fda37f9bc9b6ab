"""One page for people: which model to trust, by how much, where it fails, and whether it is luck.

`report.html` is one file that needs no network and no other file: it can be sent by mail, and opens
in any browser, on a phone too. `verdict` is its first sentence.

**How to read it.** `path` is the folder where it lies; `hindcast report DATA_SET` opens it. Every
chart says in a sentence what it shows, and has its numbers in a table.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pipeline.chain.stages import CLEAN, WHOLE, DueSlots, Made, Ref, Want
from pipeline.folds.keys import hash_of
from pipeline.report.settings import VERSION
from pipeline.store.manifest import Slot
from pipeline.store.store import sha256

if TYPE_CHECKING:
    from pipeline.chain.known import Known
    from pipeline.chain.run import Work
    from pipeline.declaration import DataSet
    from pipeline.folds.cutoffs import Cutoff

NAME = "report"

FILE = "report.html"


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """Names that stand on the page, and their order; what else is declared, the board depends on."""
    return [VERSION, data_set.columns.y, data_set.models]


def wants(known: "Known", cutoff: None) -> dict[Slot, Want]:
    """The leaderboard with all that it was made from, the rows, and the newest forecasts."""
    from pipeline.chain.stage.scores import source_of

    data_set, newest = known.data_set, newest_cutoffs(known)
    if not newest:
        return {}
    sources = dict.fromkeys(source_of(data_set, model) for model in data_set.models)
    reads = [Ref("leaderboard", None, None), Ref(CLEAN, None, None)]
    reads += [Ref(source, c.key, None) for c in newest for source in sources]
    return {WHOLE: Want({"settings": hash_of(settings(data_set))}, tuple(reads))}


def make(work: "Work", due: DueSlots) -> Iterator[tuple[None, Made]]:
    """Gather the tables and write the page."""
    from pipeline.chain.report_rows import content_of_report
    from pipeline.report.render import render, verdict_of

    content = content_of_report(work.store, work.known)
    page = render(content)
    facts = {"verdict": " ".join(verdict_of(content)), "n_bytes": len(page)}
    yield None, Made({FILE: page}, {WHOLE: sha256(page)[:32]}, facts)


def newest_cutoffs(known: "Known") -> "dict[Cutoff, list[str]]":
    """The newest cutoff of every series that can be forecast at one, with these series."""
    found: dict[Cutoff, list[str]] = {}
    left = set(known.observations.series)
    for cutoff in reversed(known.cutoffs):
        here = [fold.unique_id for fold in known.ready(cutoff) if fold.unique_id in left]
        if here:
            found[cutoff] = here
            left -= set(here)
        if not left:
            break
    return found

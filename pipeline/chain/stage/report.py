"""One page for people: which model to trust, by how much, where it fails, and whether it is luck.

`report.html` is one file that needs no network and no other file: it can be sent by mail, and opens
in any browser, on a phone too. `verdict` is its first sentence.

**How to read it.** `path` is the folder where it lies; on the command line *hindcast report* and
the name of the data set open it. Every chart says in a sentence what it shows, and has its numbers
in a table.
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

NAME = "report"

FILE = "report.html"


def settings(data_set: "DataSet") -> Any:  # noqa: ANN401
    """Names on the page, and their order; of all else that is declared the board depends."""
    return [VERSION, data_set.columns.y, data_set.scored_models]


def wants(known: "Known", cutoff: None) -> dict[Slot, Want]:
    """The leaderboard with all that it was made from, so also the newest forecasts; the rows."""
    if not any(known.ready(cutoff) for cutoff in known.cutoffs):
        return {}
    reads = (Ref("leaderboard", None, None), Ref(CLEAN, None, None))
    return {WHOLE: Want({"settings": hash_of(settings(known.data_set))}, reads)}


def make(work: "Work", due: DueSlots) -> Iterator[tuple[None, Made]]:
    """Gather the tables and write the page."""
    from pipeline.chain.report_rows import content_of_report
    from pipeline.report.render import render, verdict_of

    content = content_of_report(work.store, work.known)
    page = render(content)
    facts = {"verdict": " ".join(verdict_of(content)), "n_bytes": len(page)}
    yield None, Made({FILE: page}, {WHOLE: sha256(page)[:32]}, facts)

"""The door: a name, files and answers in, a data set on the disk out; or one sentence and nothing.

Asking and printing are the command's, in `commands/new.py`.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.chain.project import Project
from pipeline.declaration_file import read_declaration
from pipeline.scaffold.page import page_of
from pipeline.scaffold.place import Place
from pipeline.scaffold.proposal import Proposal, propose
from pipeline.scaffold.question import Answers, Ask


def make_data_set(
    project: Project,
    name: str,
    files: Sequence[Path],
    *,
    answers: Answers,
    ask: Ask,
    agree: Callable[[Proposal, str], bool],
    now: dt.datetime,
) -> Proposal | None:
    """Declare a data set over copies of somebody's CSV files.

    Args:
        project: where it goes.
        name: of the data set.
        files: the CSV files; they stay as they are.
        answers: what was said beforehand.
        ask: puts the questions that are left.
        agree: shown what was understood and the declaration; whether to write it.
        now: the clock.

    Returns:
        What was understood; None where it was not agreed to.

    Raises:
        InputError: nothing is written; the message says what is the matter.
    """
    place = Place(project, name, files)
    place.check()
    read = place.read()
    proposal = propose(name, read, answers, ask=ask, now=now)
    page = page_of(proposal)
    if not agree(proposal, page):
        return None
    place.fill(read, page)
    written = read_declaration(place.declaration / "defs.yaml")
    assert written.model_dump() == proposal.data_set.model_dump(), "the page says something else"
    return proposal

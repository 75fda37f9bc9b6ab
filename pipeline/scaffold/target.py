"""Which column is forecast, and which others the networks may see.

One numeric column that is left is the target; of several nobody but a person knows it.
"""

import shlex
from dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.scaffold.dates import Time
from pipeline.scaffold.numbers import Numbers, numbers_in, refuse_codes, why_not
from pipeline.scaffold.question import Answers, Ask, Question
from pipeline.scaffold.sheet import (
    Sheet,
    candidate,
    listed_columns,
    place_column,
    shown,
    split_names,
)
from pipeline.tables import RAW


@dataclass(frozen=True)
class Values:
    """The columns with numbers.

    Attributes:
        y: the target.
        hist_exog: further columns that were asked for.
        offered: further columns that could be declared too.
        left: the columns that are used for nothing, with the reason.
    """

    y: str
    hist_exog: list[str]
    offered: list[str]
    left: dict[str, str]


def find_values(
    sheet: Sheet, time: Time, unique_id: str | None, *, answers: Answers, ask: Ask
) -> Values:
    """The target and the further columns.

    Raises:
        InputError: no column holds numbers, or the target's cells are not what they look like.
    """
    series = sheet.codes(unique_id) if unique_id else sheet.file_of
    taken = [*time.columns, *([unique_id] if unique_id else [])]
    free = [c for c in sheet.columns if c not in taken]
    found = {c: n for c in free if (n := numbers_in(sheet, c)) is not None}
    reasons = {c: why_not(n, time, series) for c, n in found.items()}
    likely = [c for c in found if not reasons[c]] or list(found)
    y = _target(sheet, {c: found[c] for c in likely}, answers, ask=ask)
    wanted = [n for said in answers.hist_exog for n in _named(sheet, said)]
    for name in [y, *wanted]:
        _refuse(numbers_in(sheet, name), keep=answers.codes_are_values)
    offered = [c for c in likely if c not in (y, *wanted) and not found[c].fault]
    left = {c: reasons.get(c) or "no numbers" for c in free if c not in (y, *wanted, *offered)}
    left |= {c: "not all numbers" for c in left if c in found and found[c].fault}
    return Values(y, wanted, [c for c in offered if c not in RAW.names], left)


def _named(sheet: Sheet, said: str) -> list[str]:
    return split_names(sheet, said, option="--hist-exog") if said.strip() else []


def _target(sheet: Sheet, found: dict[str, Numbers], answers: Answers, *, ask: Ask) -> str:
    if answers.y is not None:
        return place_column(sheet, answers.y, option="--y")
    if not found:
        raise InputError(
            f"no column is left that holds numbers; the files have {listed_columns(sheet)}: "
            "name the one to be forecast with --y"
        )
    if len(found) == 1:
        return next(iter(found))
    candidates = [candidate(name, numbers.meaning) for name, numbers in found.items()]
    question = Question("--y", "which column is to be forecast?", candidates)
    return place_column(sheet, ask(question), option="--y")


def _refuse(numbers: Numbers | None, *, keep: bool) -> None:
    """What the chain would say about a cell, or what it would read as a measurement."""
    if numbers is None:
        return  # its cells are texts: the reader names the first
    if numbers.fault:
        more = numbers.n_faults - 1
        others = f" ({more} more cells of {shown(numbers.name)} are no numbers)" if more > 0 else ""
        fault, declare, _ = numbers.fault.partition(", or declare columns.missing")
        way = f", or say that it means so with --missing {shlex.quote(numbers.odd)}"
        raise InputError(fault + (way if declare else "") + others)
    if not keep:
        refuse_codes(numbers)

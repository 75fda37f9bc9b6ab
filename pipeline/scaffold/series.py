"""Which column names the series: none where a file is a series, one where times repeat.

Decided by the times alone: a column names the series if no series then has a time twice.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise
from math import prod

import numpy as np
from jaxtyping import Int

from pipeline.calendar import Dates
from pipeline.errors import InputError
from pipeline.raw.values import is_number
from pipeline.scaffold.dates import Time
from pipeline.scaffold.question import Answers, Ask, Question
from pipeline.scaffold.sheet import Sheet, candidate, place_column, shown

_NEARLY = 0.95
"""Share of rows with a time of their own from which on the others are mistakes, to be told."""


def find_series(sheet: Sheet, time: Time, answers: Answers, ask: Ask) -> str | None:
    """The column that names the series, None where every file is one.

    Raises:
        InputError: times repeat and no column tells the rows apart; or files follow one another.
    """
    if answers.unique_id is not None:
        return place_column(sheet, answers.unique_id, option="--unique-id")
    if _share_alone(sheet.file_of, time.days) == 1:
        return _series_of_files(sheet, time, answers)
    naming = _naming(sheet, time, at_least=1.0) or _naming(sheet, time, at_least=_NEARLY)
    if not naming:
        if _share_alone(sheet.file_of, time.days) >= _NEARLY:
            return None  # a few rows given twice: cleaning names their lines
        raise InputError(_told_twice(sheet, time))
    if len(naming) == 1:
        return naming[0]
    candidates = [candidate(c, _count(sheet, c)) for c in naming]
    question = Question("--unique-id", "which column names the series?", candidates)
    return place_column(sheet, ask(question), option="--unique-id")


def _share_alone(groups: Int[np.ndarray, " rows"], days: Dates) -> float:
    """The share of rows that no other row of their group shares its time with."""
    pairs = np.stack([groups.astype(np.int64), days.astype(np.int64)])
    _, counts = np.unique(pairs, axis=1, return_counts=True)
    return float(len(counts) / len(days))


def _naming(sheet: Sheet, time: Time, *, at_least: float) -> list[str]:
    """The columns that tell rows of the same time apart; texts before numbers."""
    found = []
    for column in sheet.columns:
        values = sheet.distinct(column)
        if column in time.columns or not 1 <= len(values) <= sheet.n_rows // 2:
            continue
        if sheet.empty(column).any():
            continue
        if _share_alone(sheet.codes(column), time.days) >= at_least:
            found.append(column)
    texts = [c for c in found if not all(is_number(v) for v in sheet.distinct(c))]
    whole = [c for c in found if all(v.isdecimal() for v in sheet.distinct(c))]
    return texts or [c for c in whole if at_least == 1 and _few(sheet, time, [c])]


def _few(sheet: Sheet, time: Time, columns: Sequence[str]) -> bool:
    """Whether columns have about as many values as rows of one time: a measurement has more."""
    _, counts = np.unique(time.days, return_counts=True)
    return prod(len(sheet.distinct(c)) for c in columns) <= 3 * counts.max()


def _count(sheet: Sheet, column: str) -> str:
    values = sheet.distinct(column)
    more = ", ..." if len(values) > 3 else ""
    return f"{len(values)}: {', '.join(values[:3])}{more}"


def _series_of_files(sheet: Sheet, time: Time, answers: Answers) -> str | None:
    """A file is a series, unless the files are stretches of the same ones."""
    if len(sheet.parts) == 1 or answers.series_per_file or not _follow(sheet, time):
        return None
    texts = [c for c in sheet.columns if not all(is_number(v) for v in sheet.distinct(c))]
    naming = [c for c in _naming(sheet, time, at_least=1.0) if c in texts]
    shared = [c for c in naming if _in_several_files(sheet, c)]
    if len(shared) == 1:
        return shared[0]
    first, second = (sheet.parts[n].file for n in _by_time(sheet, time)[:2])
    raise InputError(
        f"{second} begins after {first} ends: stretches of one series, it seems, and without a "
        "column that names it each file would be a series of its own; put them into one file, or "
        "say that they are different series with --series-per-file"
    )


def _spans(sheet: Sheet, time: Time) -> list[tuple[np.datetime64, np.datetime64]]:
    spans = []
    for number in range(len(sheet.parts)):
        days = time.days[(sheet.file_of == number) & ~np.isnat(time.days)]
        spans.append((days.min(), days.max()) if len(days) else (np.datetime64("NaT"),) * 2)
    return spans


def _by_time(sheet: Sheet, time: Time) -> list[int]:
    spans = _spans(sheet, time)
    return sorted(range(len(spans)), key=lambda n: str(spans[n][0]))


def _follow(sheet: Sheet, time: Time) -> bool:
    """Whether each file begins after the one before it ends."""
    spans, order = _spans(sheet, time), _by_time(sheet, time)
    return all(bool(spans[b][0] > spans[a][1]) for a, b in pairwise(order))


def _in_several_files(sheet: Sheet, column: str) -> bool:
    codes = sheet.codes(column)
    pairs = np.unique(np.stack([codes, sheet.file_of]), axis=1)
    return bool(len(np.unique(codes)) < pairs.shape[1])


def _told_twice(sheet: Sheet, time: Time) -> str:
    """Two rows of one time, and what would tell them apart."""
    pairs = np.stack([sheet.file_of.astype(np.int64), time.days.astype(np.int64)])
    _, first, back = np.unique(pairs, axis=1, return_index=True, return_inverse=True)
    second = int(np.flatnonzero(first[back.ravel()] != np.arange(sheet.n_rows))[0])
    row = int(first[back.ravel()[second]])
    both = _two_columns(sheet, time)
    if both:
        way = f"{shown(both[0])} and {shown(both[1])} together do: make one column of the two"
    else:
        way = (
            "add up or average the rows of each time first, or name the column with --unique-id, "
            "or correct the files if the rows are there twice"
        )
    day = str(time.days[row])
    return (
        f"{sheet.place(row)} and {sheet.place(second)}: two rows for {day}, and no column tells "
        f"the series apart; {way}"
    )


def _two_columns(sheet: Sheet, time: Time) -> Sequence[str]:
    """Two columns that tell rows of the same time apart together."""
    several = [
        c
        for c in sheet.columns
        if c not in time.columns and 2 <= len(sheet.distinct(c)) <= sheet.n_rows // 2
    ]
    for one, other in combinations(several[:8], 2):
        if not _few(sheet, time, [one, other]):
            continue
        codes = sheet.codes(one) * (len(sheet.distinct(other)) + 1) + sheet.codes(other)
        if _share_alone(codes, time.days) == 1:
            return (one, other)
    return ()

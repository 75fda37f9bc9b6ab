"""What only a person can say: a question, its candidates, and the option that answers it.

How a person is asked is the concern of the command; where nobody can be asked it is an error.
"""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pipeline.errors import InputError


@dataclass(frozen=True)
class Candidate:
    """An answer that would do.

    Attributes:
        value: what is written behind the option.
        meaning: what it would mean, as "0 to 431" for a column.
    """

    value: str
    meaning: str


@dataclass(frozen=True)
class Question:
    """Something the files do not say, or say in two ways.

    Attributes:
        option: of the command line, as --y.
        text: the question in words.
        candidates: what may be answered; never one alone.
    """

    option: str
    text: str
    candidates: Sequence[Candidate]


def _shown(candidate: Candidate) -> str:
    """An answer as it is written behind the option, and what it means."""
    written = shlex.quote(candidate.value)
    return f"{written} ({candidate.meaning})" if candidate.meaning else written


Ask = Callable[[Question], str]
"""Puts a question and returns the value of one of its candidates."""


@dataclass(frozen=True)
class Answers:
    """What was said beforehand; None and empty where the files shall say it.

    Attributes:
        ds: the column of the time, or the names of year, month and day with commas between.
        ds_format: how the time is written, in the letters of strptime.
        y: the target.
        unique_id: the column that names the series.
        hist_exog: further columns for the networks, names with commas between.
        missing: what stands in cells of numbers where nothing was observed.
        freq: the grid.
        horizon: steps ahead.
        first: key of the first cutoff.
        every: how often there is a cutoff.
        series_per_file: files that follow one another in time are series of their own all the same.
        codes_are_values: numbers that look like codes for "missing" were measured all the same.
    """

    ds: str | None = None
    ds_format: str | None = None
    y: str | None = None
    unique_id: str | None = None
    hist_exog: Sequence[str] = field(default=())
    missing: Sequence[str] = field(default=())
    freq: str | None = None
    horizon: int | None = None
    first: str | None = None
    every: str | None = None
    series_per_file: bool = False
    codes_are_values: bool = False


def leave_unanswered(question: Question) -> str:
    """The error where nobody can be asked.

    Raises:
        InputError: always; it names the option and the candidates.
    """
    shown = [_shown(candidate) for candidate in question.candidates[:12]]
    more = len(question.candidates) - len(shown)
    shown += [f"and {more} more"] if more else []
    raise InputError(f"{question.text} Say it with {question.option}: {', '.join(shown)}")

"""Questions put to the person at the terminal; without one they are errors that name the option."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.scaffold.question import Ask, Candidate, Question


def is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask_whoever_is_there() -> "Ask":
    """The way to ask: at the terminal, or not at all."""
    from pipeline.scaffold.question import leave_unanswered

    return _ask_at_the_terminal if is_terminal() else leave_unanswered


def _ask_at_the_terminal(question: "Question") -> str:
    """One of the candidates, by its number or as it is written."""
    click.echo(f"\n{question.text}  ({question.option})")
    width = max(len(c.value) for c in question.candidates)
    for number, candidate in enumerate(question.candidates, 1):
        click.echo(f"  {number:>2}  {candidate.value:<{width}}  {candidate.meaning}")
    while True:
        said = click.prompt("number", prompt_suffix=": ").strip()
        chosen = _chosen(said, question.candidates)
        if chosen is not None:
            return chosen
        click.echo(f"{said} is none of them; type a number from 1 to {len(question.candidates)}")


def _chosen(said: str, candidates: "Sequence[Candidate]") -> str | None:
    values = [candidate.value for candidate in candidates]
    if said in values:
        return said
    if said.isdecimal() and 1 <= int(said) <= len(values):
        return values[int(said) - 1]
    return None

"""The first sentence of a report: which model to trust, by how much, and whether it is luck."""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

import pandas as pd

from pipeline.report.content import Share
from pipeline.report.words import percent, probability
from pipeline.served.settings import BLEND, SERVED, WITHOUT_NETWORKS

SIGNIFICANT = 0.05
"""A difference whose p-value is below this is hard to explain by luck."""

_SEVERAL = "the references"
"""What errors are held against where series have different references."""

_BLENDS = (SERVED, WITHOUT_NETWORKS)

_TWICE = 2.0
"""From this ratio of errors on it is said as so many times."""


def verdict(
    rows: pd.DataFrame,
    *,
    references: Collection[str],
    networks: Collection[str] = (),
    served: str = "",
    share: Share | None = None,
) -> list[str]:
    """The sentence; where a baseline is ahead a second one, on the networks.

    Args:
        rows: of the leaderboard over all steps, one per model, the best first: columns model,
            skill, p_value.
        references: models that skill is measured against.
        networks: names of the networks among the models.
        served: "blend", or the model that is served as it is; empty where nothing is served.
        share: what the networks add to the blend, where it was measured.
    """
    if rows.empty:
        return ["Nothing is scored yet: no actual of a forecast is known."]
    own = sorted(set(references))
    against = own[0] if len(own) == 1 else _SEVERAL
    known = [_Row(r["model"], r["skill"], r["p_value"]) for r in rows.to_dict("records")]
    known = [row for row in known if math.isfinite(row.skill)]
    others = [row for row in known if row.model not in own]
    if not known:
        return [f"No skill can be told: {against} made no error, or no series has a scale."]
    if not others:
        return [f"{against} has no rival: declare another model."]
    for row in (row for row in others if row.model == SERVED):
        words = "The blend" if served in ("", BLEND) else served
        told = f"{words} is served: {_compared(row, against)}{_of_the_share(share)}."
        return [told, *_of_the_best(others, row, against)]
    best = others[0]
    if _is_nothing(best.skill) or best.skill < 0:
        told = _of_the_reference(best, against)
    else:
        told = f"{best.model} is ahead: {_compared(best, against)}."
    return [told, *_of_the_networks(others, against, networks)]


class _Row(NamedTuple):
    """What the leaderboard says of a model."""

    model: str
    skill: float
    p_value: float


def _of_the_best(others: Sequence[_Row], served: _Row, against: str) -> list[str]:
    """Which model would have been better alone, where one is by more than is written as 0 %.

    Where it is the reference the first sentence says so.
    """
    alone = [row for row in others if row.model not in _BLENDS]
    best = max(alone, key=lambda row: row.skill, default=served)
    if best.skill < 0 or best.skill <= served.skill or _is_nothing(best.skill - served.skill):
        return []
    return [f"So far {best.model} alone was better: {_compared(best, against)}."]


def _of_the_reference(best: _Row, against: str) -> str:
    begin = f"{against} is the reference and nothing beats it"
    if against == _SEVERAL:
        begin = "Nothing beats the references"
    told = f"has an error {_larger(best.skill)}{_luck(best.p_value)}"
    if _is_nothing(best.skill):
        told = "is as good"
    return f"{begin}: the next best, {best.model}, {told}."


def _of_the_networks(others: Sequence[_Row], against: str, networks: Collection[str]) -> list[str]:
    """What the best of the networks is worth, unless the first sentence says it."""
    found = [row for row in others if row.model in networks]
    if not found or found[0] == others[0]:
        return []
    which = "The network" if len(found) == 1 else "The best network"
    return [f"{which} is {found[0].model}: {_compared(found[0], against)}."]


def _compared(row: _Row, against: str) -> str:
    """The error of a model beside that of the reference, and what of it may be luck."""
    whose = "those of the references" if against == _SEVERAL else f"that of {against}"
    if _is_nothing(row.skill):
        return f"its error is as large as {whose}"
    if row.skill < 0:
        than = "" if 1 - row.skill >= _TWICE else "than "
        return f"its error is {_larger(row.skill, than + whose)}{_luck(row.p_value)}"
    return f"its error is {percent(row.skill)} smaller than {whose}{_luck(row.p_value)}"


def _larger(skill: float, whose: str = "") -> str:
    """How much larger an error is, in percent or times."""
    if 1 - skill >= _TWICE:
        return f"{1 - skill:.1f} times {whose or 'as large'}"
    return f"{percent(-skill)} larger {whose}".rstrip()


def _luck(p_value: float) -> str:
    if not math.isfinite(p_value):
        return ", on too few cutoffs to tell it from luck"
    if p_value < SIGNIFICANT:
        return f", which luck hardly explains, {probability(p_value)}"
    return f", which may be luck, {probability(p_value)}"


def _of_the_share(share: Share | None) -> str:
    """What the networks add, behind a semicolon."""
    if share is None or not math.isfinite(share.gain):
        return ""
    if _is_nothing(share.gain):
        return "; the network's share gains nothing"
    verb = "gains" if share.gain > 0 else "costs"
    return f"; the network's share {verb} {percent(abs(share.gain))}{_luck(share.p_value)}"


def _is_nothing(gain: float) -> bool:
    """Whether it would be written as 0 %."""
    return percent(gain) == percent(0.0)

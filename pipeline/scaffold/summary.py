"""What was understood, as a person would check it: columns, series, span, grid, cutoffs, time."""

import numpy as np

from pipeline.folds.cutoffs import cutoff_at
from pipeline.scaffold.page import UNIT, listed, readable, reason_of
from pipeline.scaffold.proposal import Proposal
from pipeline.scaffold.reference import is_under_a_year

_SECONDS_A_STEP = 1.2e-4
"""Of one network's optimizer step among many, on two CPU cores."""

_SECONDS_A_CUTOFF = 0.25
"""Of one cutoff: mostly Dagster's record of it."""

_SECONDS_A_FOLD = 0.02
"""Of one series at one cutoff."""


def summary_of(proposal: Proposal) -> list[str]:
    """One line a thing that was understood."""
    found = {
        "time": _time(proposal),
        "series": _series(proposal),
        "target": _target(proposal),
        "not used": _unused(proposal),
        "grid": _grid(proposal),
        "forecasts": _forecasts(proposal),
        "compared": _compared(proposal),
        "models": _models(proposal),
        "cost": _cost(proposal),
    }
    return [f"  {name:<10} {readable(text)}" for name, text in found.items() if text]


def _time(proposal: Proposal) -> str:
    spacing = proposal.spacing
    columns = [spacing.ds] if isinstance(spacing.ds, str) else spacing.ds
    how = f", written {spacing.ds_format}" if spacing.ds_format else ""
    note = f" ({spacing.note})" if spacing.note else ""
    return f"{', '.join(c or 'the column without a name' for c in columns)}{how}{note}"


def _series(proposal: Proposal) -> str:
    names = list(proposal.observations.series)
    by = proposal.data_set.columns.unique_id
    how = f"named by {by}" if by else "named by the file"
    return f"{len(names)}, {how}: {listed(names, most=6)}{_ended(proposal)}"


def _ended(proposal: Proposal) -> str:
    """Series that stop before the others: they have no newest forecast."""
    late = proposal.data_set.max_staleness
    last = proposal.observations.last_step
    ends = {s.unique_id: s.first_step + len(s.y) - 1 for s in proposal.observations.series.values()}
    ended = [name for name, end in ends.items() if end < last - late]
    return f"; ended before the others: {listed(ended, most=4)}" if ended else ""


def _target(proposal: Proposal) -> str:
    values = proposal.values
    also = f"; the network also sees {', '.join(values.hist_exog)}" if values.hist_exog else ""
    sheet = proposal.sheet
    empty, unobserved = int(sheet.empty(values.y).sum()), int(sheet.unobserved(values.y).sum())
    gaps = f", {empty} of its {sheet.n_rows} cells empty" if empty else ""
    if unobserved > empty:
        gaps += f", {unobserved - empty} with {listed(list(sheet.missing))}"
    return f"{values.y}{gaps}{also}"


def _unused(proposal: Proposal) -> str:
    values = proposal.values
    parts = [f"{name} ({reason})" for name, reason in values.left.items()]
    if values.offered:
        parts.append(f"{listed(values.offered)} (switch on under hist_exog)")
    return listed(parts, most=9)


def _grid(proposal: Proposal) -> str:
    series = proposal.observations.series.values()
    first, last = (
        str(day)[:10] for day in (min(s.ds[0] for s in series), max(s.ds[-1] for s in series))
    )
    share = float(np.mean(np.concatenate([np.isnan(s.y) for s in series])))
    gaps = f", {share:.1%} without a value" if share else ""
    return (
        f"{proposal.spacing.freq}, a row a {UNIT[proposal.spacing.freq]}, {first} to {last}{gaps}"
    )


def _forecasts(proposal: Proposal) -> str:
    data_set = proposal.data_set
    every = {"MS": "month", "QS": "quarter", "W": "week", "D": "day"}[data_set.every]
    last = cutoff_at(proposal.history.last, data_set).key
    unit = UNIT[proposal.spacing.freq]
    few = "; few to tell good models from lucky ones" if proposal.ready < 12 else ""
    return (
        f"{data_set.horizon} {unit}{'s' if data_set.horizon > 1 else ''} ahead, once a {every}: "
        f"{proposal.ready} cutoff{'s' if proposal.ready > 1 else ''}, {data_set.cutoffs.first} to "
        f"{last}{few}"
    )


def _compared(proposal: Proposal) -> str:
    declared = proposal.reference.declared
    if declared is None:
        return f"with climatology, {_climatology(proposal)}"
    whose = "" if isinstance(declared, str) else f" for {listed(list(declared))}"
    return f"with seasonal_naive{whose}. {reason_of(proposal)}"


def _climatology(proposal: Proposal) -> str:
    """What the mean is of: before there is an earlier year, of all rows."""
    if proposal.reference.is_under_a_year:
        return "here the mean of all rows, since there is less than a year of them"
    first = cutoff_at(proposal.history.first, proposal.data_set).step
    young = is_under_a_year(proposal.observations, until=first)
    until = "; of all rows, as long as there is less than a year of them" if young else ""
    return f"the mean of the same time of the year{until}"


def _models(proposal: Proposal) -> str:
    why = f" ({proposal.models.why})" if proposal.models.why else ""
    return f"{', '.join(proposal.data_set.models)}{why}"


def _cost(proposal: Proposal) -> str:
    seconds = seconds_of(proposal)
    time = f"{seconds:.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"
    return f"{proposal.networks} networks to train, about {time} on two CPU cores"


def seconds_of(proposal: Proposal) -> float:
    """About how many seconds a first run takes."""
    steps = proposal.data_set.network("rnn").steps or 1
    training = proposal.networks * steps * _SECONDS_A_STEP
    n_series = len(proposal.observations.series)
    cutoffs = proposal.ready * (_SECONDS_A_CUTOFF + _SECONDS_A_FOLD * n_series)
    return 10 + training + cutoffs

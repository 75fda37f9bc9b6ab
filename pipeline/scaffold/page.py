"""A proposal as a commented defs.yaml: what a person would want to touch, and why it says so.

Names of columns are a person's own and may hold anything: what is not plain is quoted.
"""

import re
import textwrap
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import yaml

from pipeline.calendar import Freq
from pipeline.folds.cutoffs import cutoff_at
from pipeline.scaffold.proposal import Proposal

UNIT: dict[Freq, str] = {"MS": "month", "QS": "quarter", "W": "week", "D": "day"}
"""What a step is called."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*( [A-Za-z0-9_]+)*|[A-Za-z0-9_/]+/\*\.csv")


def page_of(proposal: Proposal) -> str:
    """The text of the declaration."""
    found = proposal.attributes
    lines = [
        *_head(proposal),
        "type: pipeline.components.HindcastComponent",
        "attributes:",
        f"  files: {written(found['files'])} # {_beside(proposal)}",
        "  columns:",
        *_columns(proposal),
        f"  freq: {found['freq']} # a row a {UNIT[proposal.spacing.freq]}",
        f"  horizon: {found['horizon']} # {UNIT[proposal.spacing.freq]}s ahead",
        *_cutoffs(proposal),
        *_staleness(proposal),
        *_reference(proposal),
        *_models(proposal),
    ]
    return "\n".join(lines) + "\n"


def written(value: Any) -> str:  # noqa: ANN401 - whatever a declaration holds
    """A value as YAML on one line."""
    if isinstance(value, dict):
        pairs = [f"{written(key)}: {written(item)}" for key, item in value.items()]
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(written(item) for item in value)}]"
    if not isinstance(value, str):
        return str(value)
    if _PLAIN.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    quoted = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=float("inf"))
    return quoted.removesuffix("\n")


def readable(text: str) -> str:
    """A text that may stand in a comment: one line, nothing that YAML refuses."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def comment(text: str, *, indent: int) -> list[str]:
    """A text as lines of a comment, each at most 100 characters."""
    margin = " " * indent + "# "
    return [margin + line for line in textwrap.wrap(readable(text), 100 - len(margin))]


def listed(names: Sequence[str], *, most: int = 8) -> str:
    """The first of many names."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _head(proposal: Proposal) -> list[str]:
    files = listed([PurePath(part.file).name for part in proposal.sheet.parts], most=4)
    return comment(
        f"What `hindcast new` found in {files}; edit what you like, `hindcast plan "
        f"{proposal.name}` says what that makes due. All else has a default: every key is "
        "described in pipeline/declaration.py.",
        indent=0,
    )


def _beside(proposal: Proposal) -> str:
    if proposal.data_set.columns.unique_id:
        return "a CSV put beside them adds its rows"
    return "a CSV put beside them is one more series, named by the file"


def _columns(proposal: Proposal) -> list[str]:
    columns = proposal.attributes["columns"]
    lines = [f"    {key}: {written(value)}" for key, value in columns.items()]
    if proposal.spacing.note:
        key = "ds_format" if proposal.spacing.ds_format else "ds"
        at = list(columns).index(key)
        lines[at] += f" # {proposal.spacing.note}"
    offered = proposal.values.offered
    if offered:
        lines += [
            "    # Further columns that the network may see, known up to a cutoff, not after it:",
            f"    # hist_exog: {written([*columns.get('hist_exog', []), *offered])}",
        ]
    return lines


def _cutoffs(proposal: Proposal) -> list[str]:
    cutoffs, data_set = proposal.attributes["cutoffs"], proposal.data_set
    last = cutoff_at(proposal.history.last, data_set)
    unit = {"MS": "month", "QS": "quarter", "W": "week", "D": "day"}[data_set.every]
    return [
        f"  # One forecast from the end of each {unit}, each made from the rows up to there only:",
        f"  # {proposal.ready} so far, the newest of {last.key}. They grow with the clock, or add "
        f"`last:`.",
        f"  cutoffs: {written(cutoffs)}",
    ]


def _staleness(proposal: Proposal) -> list[str]:
    late = proposal.attributes.get("max_staleness")
    if not late:
        return []
    unit = UNIT[proposal.spacing.freq]
    return [
        f"  # The last value is often up to {late} {unit}{'s' if late > 1 else ''} older than a "
        "cutoff: forecast all the same.",
        f"  max_staleness: {late}",
    ]


def _reference(proposal: Proposal) -> list[str]:
    declared = proposal.reference.declared
    if declared is None:
        return []
    return [*comment(reason_of(proposal), indent=2), f"  reference: {written(declared)}"]


def reason_of(proposal: Proposal) -> str:
    """Why the forecast to beat is not climatology, in words."""
    if proposal.reference.is_under_a_year:
        return (
            "There is less than a year of rows, so climatology is one mean of all of them; "
            "seasonal_naive, the season before, is what to beat."
        )
    ratio = proposal.reference.ratio
    times = f"errs {ratio:.1f} times as much" if ratio < 100 else "errs far more"
    return (
        f"Before the first cutoff climatology, a mean over the years, {times} as seasonal_naive, "
        "the season before."
    ).replace("far more as", "far more than")


def _models(proposal: Proposal) -> list[str]:
    lines = []
    if proposal.models.why:
        lines += comment(f"Less than by default: {proposal.models.why}.", indent=2)
    baselines = proposal.attributes.get("baselines")
    if baselines:
        lines.append("  baselines:")
        lines += [f"    {k}:{' ' + written(v) if v else ''}" for k, v in baselines.items()]
    network = proposal.attributes["networks"]["rnn"]
    return [
        *lines,
        "  networks:",
        f"    # Trained anew at every {_ordinal(network['refit'])} cutoff; it may be any number.",
        f"    rnn: {written(network)}",
    ]


def _ordinal(number: int) -> str:
    return "" if number == 1 else f"{number}th"

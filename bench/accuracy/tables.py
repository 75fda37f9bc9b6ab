"""The tables of docs/accuracy.md, each by its name, from the results."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bench.accuracy.autoets import ABSENT, NAME
from bench.accuracy.parts import STEPS
from bench.accuracy.picked import REFERENCES

SAID = {"picked": "picked by past errors", "mean": "mean of the five"}
"""Of what is made from several references, what a table calls it."""

FEW = 3
"""Series up to so many have a column each."""

_PANEL_COLUMNS = (
    "climatology",
    "ar",
    "anomaly_persistence",
    "holt_winters",
    NAME,
    "rnn",
    "rnn, global",
    "rnn on climatology",
    "rnn on anomaly_persistence",
    "rnn on holt_winters",
    "rnn, 600 steps",
)


def _shipped(name: str, results: dict[str, Any]) -> str:
    """A row a model, the least ratio first."""
    part = results["shipped"][name]
    models = part["models"]
    ids = list(next(iter(models.values()))["series"])
    head = ["model", "ratio", *_columns_of(ids), "MASE", "skill", "single seeds", "trusted", "s"]
    rows = []
    for model in sorted(models, key=lambda one: models[one]["ratio"]):
        own = models[model]
        numbers = [_three(own["ratio"]), *_by_series(own, ids), _three(own["mase"])]
        numbers += [_signed(own["skill"]), _seeds(own), _trusted(own), _seconds(own)]
        rows.append([model, *numbers])
    if NAME not in models:
        rows.append([NAME, ABSENT, *[""] * (len(head) - 2)])
    return f"{_drawn(head, rows)}\n{_about(part)}\n"


def _columns_of(ids: Sequence[str]) -> list[str]:
    """One series has an MAE in its unit, few have a ratio each, many a share that was harmed."""
    if len(ids) == 1:
        return ["MAE"]
    return list(ids) if len(ids) <= FEW else ["above 1.05"]


def _by_series(own: dict[str, Any], ids: Sequence[str]) -> list[str]:
    if len(ids) == 1:
        return [f"{own['mae']:.4g}"]
    if len(ids) <= FEW:
        return [_three(own["series"][name]) for name in ids]
    return [f"{own['above']:.0%}"]


def _about(part: dict[str, Any]) -> str:
    """Below a table: what was scored, how long it took and beside what."""
    about, models = part["about"], part["models"]
    scored = {row["n_scored"] for row in models.values()}
    failed = sum(row["n_failed"] for row in models.values())
    assert len(scored) == 1, "models on other points"
    old = about.get("from_an_earlier_run")
    earlier = f" {old} is that of an earlier run." if old else ""
    return (
        f"Series: {part['series']}; cutoffs: {part['cutoffs']}, {part['first']} to "
        f"{part['last']}; points of each model: {scored.pop()}, failed ones of all: {failed}. "
        f"Seconds of all nine baselines: {part['baselines_seconds']:.0f}; of everything: "
        f"{about['seconds']}, on {about['date']} at a load of {about['load']} "
        f"({about['machine']}).{earlier}"
    )


def _panels(_: str, results: dict[str, Any]) -> str:
    """A row a structure; a ratio for each of some models."""
    parts = results["panel"]
    head = ["structure", "optimal", *_PANEL_COLUMNS, "trusted"]
    rows = []
    for structure, part in parts.items():
        found = [part["models"].get(name) for name in _PANEL_COLUMNS]
        numbers = [_three(own["ratio"]) if own else "" for own in found]
        trusted = _trusted(part["models"]["rnn"])
        rows.append([structure, _three(part["optimal"]["ratio"]), *numbers, trusted])
    return _drawn(head, rows)


def _panels_above(_: str, results: dict[str, Any]) -> str:
    """A row a structure; for some models the share of its series on which they did harm."""
    parts = results["panel"]
    head, rows = ["structure", *_PANEL_COLUMNS], []
    for structure, part in parts.items():
        found = [part["models"].get(name) for name in _PANEL_COLUMNS]
        rows.append([structure, *(f"{own['above']:.0%}" if own else "" for own in found)])
    return _drawn(head, rows)


def _cells(_: str, results: dict[str, Any]) -> str:
    """Cells of networks that were tried beside each other, a column a case."""
    cases = results["shipped"] | {k: p for k, p in results["panel"].items() if "gru" in p["models"]}
    rows = [
        [cell, *(_three(part["models"][cell]["ratio"]) for part in cases.values())]
        for cell in ("rnn", "gru", "lstm")
    ]
    return _drawn(["cell", *cases], rows)


def _picked(_: str, results: dict[str, Any]) -> str:
    """A row a corrected forecast; for each case by itself, and with some numbers of steps on it."""
    parts = results["picked"]
    names = [*REFERENCES, "picked", "mean"]
    head = ["corrected"]
    for case in parts:
        head += [case, *(f"+ rnn, {n} steps" for n in STEPS)]
    rows = []
    for name in names:
        row = [SAID.get(name, name)]
        for part in parts.values():
            for suffix in ("", *(f", {n} steps" for n in STEPS)):
                own = part["models"].get(f"{name}{suffix}")
                row.append(_three(own["ratio"]) if own else "")
        rows.append(row)
    return _drawn(head, rows)


def _changes(_: str, results: dict[str, Any]) -> str:
    """A row a change of the declared network, a column a case."""
    parts = results["changes"]
    names = list(dict.fromkeys(name for part in parts.values() for name in part["models"]))
    rows = []
    for name in names:
        found = [part["models"].get(name) for part in parts.values()]
        rows.append([name, *(_with_trust(own) for own in found)])
    for few in ("1 of its seeds", "3 of its seeds", "5 of its seeds"):
        rows.append([few, *(_three(part["few_seeds"][few]) for part in parts.values())])
    return _drawn(["network", *parts], rows)


def _grid(case: str, results: dict[str, Any]) -> str:
    """What `bench/tune.py` tried: a row a corrected forecast, a column a number of steps."""
    part = results["tune"][case]
    steps = list(dict.fromkeys(key.split("/")[1] for key in part.get("grid", {})))
    rows = []
    for name, reference in part["references"].items():
        tried = [_with_trust(part["grid"][f"{name}/{n}"]) for n in steps]
        rows.append([name, _three(reference["ratio"]), *tried])
    for rule, said in SAID.items():
        if "rules" in part:
            tried = [_three(part["rules"][f"{rule}/{n}"]["ratio"]) for n in steps]
            rows.append([said, _three(part["rules"][rule]["ratio"]), *tried])
    head = ["corrected", "by itself", *(f"+ rnn, {n} steps" for n in steps)]
    return _drawn(head, rows)


def _look_back(_: str, results: dict[str, Any]) -> str:
    """A row a number of past cutoffs; for each case the ratio, and the worst of a series."""
    cases = {name: part for name, part in results["tune"].items() if "look_back" in part}
    head = ["cutoffs compared"]
    for name in cases:
        head += [name, "worst series"]
    rows = []
    for said in next(iter(cases.values()))["look_back"]:
        found = [part["look_back"][said] for part in cases.values()]
        rows.append([said, *(_three(one[k]) for one in found for k in ("ratio", "worst"))])
    return _drawn(head, rows)


def _one_at_a_time(_: str, results: dict[str, Any]) -> str:
    """One setting changed, a row each, a column a case; none in the first row."""
    cases = {k: p["one_at_a_time"] for k, p in results["tune"].items() if "one_at_a_time" in p}
    base = ["nothing changed"]
    for name, own in cases.items():
        base.append(
            _three(results["tune"][name]["grid"][f"{own['corrects']}/{own['steps']}"]["ratio"])
        )
    tried = list(dict.fromkeys(key for own in cases.values() for key in own["tried"]))
    rows = [
        [key.replace("/", ": "), *(_three(own["tried"][key]["ratio"]) for own in cases.values())]
        for key in tried
    ]
    head = ["setting", *(f"{k} (on {own['corrects']})" for k, own in cases.items())]
    return _drawn(head, [base, *rows])


def _drawn(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _three(value: float) -> str:
    return f"{value:.3f}" if value < 100 else f"{value:.0f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "\u2212")


def _seeds(own: dict[str, Any]) -> str:
    return (
        f"{_three(own['seeds']['mean'])} ± {_three(own['seeds']['sd'])}" if "seeds" in own else ""
    )


def _trusted(own: dict[str, Any]) -> str:
    return f"{own['trusted']:.2f}" if "trusted" in own else ""


def _with_trust(own: dict[str, Any] | None) -> str:
    """A ratio; what the network was trusted with where it was shrunk; how much of it failed."""
    if own is None:
        return ""
    shrunk = own.get("trusted", 1.0) != 1.0
    failed = own.get("n_failed", 0) / own.get("n_scored", 1)
    trusted = f" ({own['trusted']:.2f})" if shrunk else ""
    return _three(own["ratio"]) + trusted + (f", {failed:.0%} failed" if failed else "")


def _seconds(own: dict[str, Any]) -> str:
    return f"{own['seconds']:.0f}" if "seconds" in own else ""


KINDS: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "shipped": _shipped,
    "panels": _panels,
    "panels above": _panels_above,
    "cells": _cells,
    "changes": _changes,
    "picked": _picked,
    "look back": _look_back,
    "grid": _grid,
    "one at a time": _one_at_a_time,
}
"""How a table is drawn, by the first word of its name."""


def table(name: str, results: dict[str, Any]) -> str:
    """The table of that name, in Markdown.

    Raises:
        KeyError: there is none, or the results lack a part of it.
    """
    kind, _, rest = name.partition("/")
    return KINDS[kind](rest, results)

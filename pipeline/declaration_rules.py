"""What must hold between the parts of a declaration, one rule a function.

Each raises a ValueError that begins with the path of the part to change, as `networks.rnn.steps`:
`declaration_file.py` finds its line by it. What must hold of a value alone its type says.
"""

import difflib
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from pipeline.baselines.settings import FITTED, BaselineName, BaselineSettings
from pipeline.raw.settings import Columns
from pipeline.rnn.presets import FEWEST_WINDOWS, fits_scale, shrinks
from pipeline.rnn.settings import NetworkSettings

_SIZE: dict[str, int] = {"D": 1, "W": 7, "MS": 28, "QS": 84}
"""Fewest days in a step: a cutoff window must hold at least one step of the grid."""

_FORMULAS: tuple[str, ...] = get_args(BaselineName)


def check_every(every: str, *, freq: str) -> None:
    """A cutoff window holds at least one step."""
    if _SIZE[every] < _SIZE[freq]:
        raise ValueError(
            f"cutoffs.every: {every} is shorter than a step of freq {freq}; use {freq} or longer"
        )


def check_timezone(name: str) -> None:
    """A zone that every machine knows by this name; the machine's own one differs by machine."""
    try:
        if name != "localtime" and zoneinfo.ZoneInfo(name):
            return
    except (KeyError, ValueError, OSError):  # unknown; no path inside; a folder of zones
        pass
    meant = _zone_meant(name)
    instead = f"did you mean {meant}?" if meant else "write one as Europe/Berlin, or UTC"
    raise ValueError(f"timezone: {name!r} is no IANA time zone; {instead}")


def _zone_meant(name: str) -> str | None:
    """The zone of nearly this name, or of a city of nearly this name."""
    there = sorted(zoneinfo.available_timezones() - {"localtime"})
    known = {zone.lower(): zone for zone in there}
    cities = {zone.rsplit("/", 1)[-1]: zone for zone in known if "/" in zone}
    wanted = name.lower().replace(" ", "_")
    for names in (known, cities):
        close = difflib.get_close_matches(wanted, names, n=1, cutoff=0.8)
        if close:
            return known[close[0]] if names is known else known[cities[close[0]]]
    return None


def check_baseline(name: str, settings: BaselineSettings) -> None:
    """A baseline has a formula, the one it is named after if any, and only options of that."""
    model = settings.model or name
    if model not in _FORMULAS:
        raise ValueError(
            f"baselines.{name}: no formula has this name; write `model:` under it with one of "
            f"{', '.join(_FORMULAS)}"
        )
    if name in _FORMULAS and model != name:
        raise ValueError(
            f"baselines.{name}.model: {model} under the name of another formula; rename the "
            f"baseline, as {model}_2"
        )
    for option in ("lags", "trend", "refit"):
        if model not in FITTED and option in settings.model_fields_set:
            raise ValueError(
                f"baselines.{name}.{option}: {model} has no coefficients to fit; remove it"
            )


def check_network(
    name: str, settings: NetworkSettings, *, columns: Columns, seasons: Sequence[str]
) -> None:
    """A network sees declared columns and the freq's seasons, each once, and has one budget."""
    chosen = settings.calendar if isinstance(settings.calendar, list) else None
    for option, seen, there, where in (
        ("hist_exog", settings.hist_exog, columns.hist_exog, "columns.hist_exog"),
        ("futr_exog", settings.futr_exog, columns.futr_exog, "columns.futr_exog"),
        ("calendar", chosen, seasons, "the seasons of the freq"),
    ):
        _check_seen(f"networks.{name}.{option}", seen or [], there, where)
    if settings.steps is not None and settings.epochs is not None:
        raise ValueError(f"networks.{name}: declare steps or epochs, not both")
    futr = columns.futr_exog if settings.futr_exog is None else settings.futr_exog
    if settings.kernel == "fused" and futr:
        raise ValueError(
            f"networks.{name}.kernel: fused is not compiled for columns known ahead; declare "
            "futr_exog: [] here, or kernel: torch"
        )
    _check_training(f"networks.{name}", settings)


def _check_training(path: str, settings: NetworkSettings) -> None:
    """An option that another one switches on says nothing by itself."""
    if not settings.stops_early:
        for option in ("val_check_steps", "val_size"):
            if getattr(settings, option) is not None:
                raise ValueError(
                    f"{path}.{option}: nothing is held back without early_stop_patience_steps; "
                    "declare that, or remove this"
                )
    if settings.level is not None and settings.loss != "quantile":
        raise ValueError(f"{path}.level: only loss: quantile forecasts intervals; declare it too")
    if settings.loss == "tweedie":
        corrects = settings.corrects or ("none" if settings.preset == "article" else None)
        every = list(corrects.values()) if isinstance(corrects, dict) else [corrects]
        needed = ("standard",) if "none" in every else ("none", "standard", None)
        if settings.transform not in needed:
            raise ValueError(
                f"{path}.loss: tweedie corrects by a factor and needs transform: {needed[0]} here"
            )
    _check_shrinkage(path, settings)
    _check_reference_of_scale(path, settings)
    if settings.kernel == "fused":
        for option, value in (
            ("loss", "quantile"),
            ("loss", "tweedie"),
            ("dtype", "float64"),
        ):
            if getattr(settings, option) == value:
                raise ValueError(
                    f"{path}.kernel: fused is not compiled for {option}: {value}; declare "
                    "kernel: torch"
                )


def _check_shrinkage(path: str, settings: NetworkSettings) -> None:
    """Only a correction is shrunk, and windows that chose its weights say nothing of its worth."""
    corrects = settings.corrects or ("none" if settings.preset == "article" else None)
    if settings.shrinkage and corrects == "none":
        raise ValueError(
            f"{path}.shrinkage: nothing is corrected here, so nothing can be shrunk; declare what "
            "it corrects, or remove this"
        )
    if settings.stops_early and shrinks(settings):
        raise ValueError(
            f"{path}.early_stop_patience_steps: shrinkage measures the network on the last "
            "windows, and the best weights would be chosen on the same ones, which would then "
            "praise themselves; declare shrinkage: false to stop early, or remove this and train "
            "a fixed number of steps"
        )


def _check_reference_of_scale(path: str, settings: NetworkSettings) -> None:
    """A root, a logarithm and a factor need a reference that is nowhere below zero."""
    corrects = settings.corrects
    every = list(corrects.values()) if isinstance(corrects, dict) else [corrects]
    below = [name for name in every if name and not fits_scale(settings, name)]
    if below and settings.loss == "tweedie":
        raise ValueError(
            f"{path}.loss: tweedie corrects by a factor, and {below[0]} may be below zero; "
            "declare another loss, or correct climatology"
        )
    if below:
        raise ValueError(
            f"{path}.transform: {below[0]} may be below zero, where {settings.transform} is no "
            "number; declare none, standard or robust, or correct climatology"
        )


def _check_seen(path: str, seen: Sequence[str], there: Sequence[str], where: str) -> None:
    for place, one in enumerate(seen):
        if one not in there:
            raise ValueError(
                f"{path}: {one} is not among {where} ({', '.join(there) or 'none declared'})"
            )
        if one in seen[:place]:
            raise ValueError(f'{path}: "{one}" is declared here already; remove one')


def check_least_rows(declared: int | None, *, needed: int) -> None:
    """No fold is ready before every model can be fitted."""
    if declared is not None and declared < needed:
        raise ValueError(
            f"min_train_rows: {declared} is less than the models need ({needed}); "
            "declare that or more"
        )


def check_reference(
    reference: BaselineName | Mapping[str, BaselineName], *, baselines: Iterable[str]
) -> None:
    """Every series' reference is computed; climatology is that of series left out."""
    baselines = list(baselines)
    by_series = {} if isinstance(reference, str) else reference
    wanted = reference if isinstance(reference, str) else "climatology"
    for name in dict.fromkeys([wanted, *by_series.values()]):
        if name not in baselines:
            raise ValueError(
                f"reference: {name} is not among the declared baselines "
                f"({', '.join(baselines)}); add it there"
            )


def rows_of_a_window(network: NetworkSettings, horizon: int) -> int:
    """Rows of a window and its targets, and of the further ones that a global network needs."""
    more = FEWEST_WINDOWS - 1 if network.scope == "global" else 0
    return (network.input_size or 0) + horizon + more


def rows_of_a_regression(settings: BaselineSettings, season: int) -> int:
    """Fewest rows that leave a regression one equation more than it has coefficients."""
    if settings.model not in FITTED:
        return 1
    lags = settings.lags or 0
    dummies = season - 1 if settings.model == "ar_seasonal" else 0
    trend = 1 if settings.trend == "ct" else 0
    return lags + (1 + trend + dummies + lags) + 1

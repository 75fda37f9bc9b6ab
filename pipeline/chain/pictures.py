"""Which pictures belong to which asset, and what they are drawn from.

How they look is in `pipeline/plots/`; which rows lie where is in `picture_rows.py`. Pictures of
partitioned stages stand on the leaderboard: they need all cutoffs.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.calendar import dates_of
from pipeline.chain import picture_rows as rows_of
from pipeline.served.settings import SERVED
from pipeline.store.store import Store

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.chain.known import Known
    from pipeline.declaration import DataSet
    from pipeline.plots.theme import Look

Charts = Iterator[tuple[str, Any]]
"""Charts by name."""


def pictures_of(stage: str, store: Store, known: "Known") -> dict[str, bytes]:
    """PNG pictures by name, each under 100 kB, for an asset of a data set.

    A picture for which there is nothing to draw says so in its title.

    Args:
        stage: the asset's name; one that is partitioned, or unknown, has no pictures.
        store: where the results lie.
        known: the data set, with the rows as they were last committed.

    Raises:
        DamagedError: what the asset itself is made from is absent or damaged.
    """
    draw = _DRAWN.get(stage)
    if draw is None:
        return {}
    from pipeline.plots.png import png_of

    return {name: png_of(chart) for name, chart in draw(store, known)}


def _raw_observations(store: Store, known: "Known") -> Charts:
    from pipeline.chain.stage.clean_observations import copied_files
    from pipeline.plots.observations import plot_observations
    from pipeline.raw.read import read_observations

    columns = known.data_set.columns
    frame = read_observations(copied_files(store, known.data_set), columns).frame
    yield (
        "observations",
        plot_observations(frame, dict(zip(_names(known), columns.values, strict=True))),
    )


def _names(known: "Known") -> list[str]:
    """Our names of the numeric columns, in the order of the files' own in `columns.values`."""
    return ["y", *known.data_set.columns.exog]


def _clean_observations(store: Store, known: "Known") -> Charts:
    from pipeline.plots.gaps import plot_gaps

    cells, spans = rows_of.cells(store, known)
    data_set = known.data_set
    columns = data_set.columns.values
    yield "gaps_and_verdicts", plot_gaps(cells, spans, columns=columns, freq=data_set.freq)


def _leaderboard(store: Store, known: "Known") -> Charts:
    looks = _looks(known.data_set)
    yield "folds", _folds(known)
    yield "coefficients", _coefficients(store, known, looks)
    yield "loss_curves", _losses(store, known, looks)
    yield from _forecasts(store, known, looks)
    yield "error_by_step", _errors(store, known, looks)


def _looks(data_set: "DataSet") -> "dict[str, Look]":
    """Of every model and of what is served; what it is without networks stands on the board."""
    from pipeline.plots.theme import SERVED as LOOK_OF_SERVED
    from pipeline.plots.theme import looks_of

    looks = looks_of(list(data_set.baselines), list(data_set.networks), list(data_set.imported))
    return looks | {SERVED: LOOK_OF_SERVED}


def _folds(known: "Known") -> Any:  # noqa: ANN401 - a chart
    from pipeline.plots.folds import plot_folds
    from pipeline.plots.theme import counted

    stretches, model, chosen = rows_of.stretches(known)
    cutoffs = counted(stretches["cutoff"].nunique(), "cutoff", of=len(known.cutoffs))
    series = counted(len(chosen), "series", of=len(known.observations.series))
    refit = known.data_set.refit_of(model)
    fitted = {None: "uses every row up to the cutoff", 0: "fitted once", 1: "fitted every time"}
    said = fitted.get(refit, f"fitted every {refit} cutoffs")
    sees = rows_of.input_rows(known, model)
    ready, total = len(rows_of.ready_cutoffs(known)), len(known.cutoffs)
    left_out = stretches["cutoff"].nunique() < total and 0 < ready < total
    return plot_folds(
        stretches,
        title=f"What each fold may know: {cutoffs}, {series}",
        subtitle=f"for {model}: {said}, forecasts from the last {counted(sees, 'row')}, "
        f"{counted(known.data_set.horizon, 'step')} ahead"
        + (f"; only {counted(ready, 'cutoff')} can be forecast at all" if left_out else ""),
    )


def _coefficients(store: Store, known: "Known", looks: "dict[str, Look]") -> Any:  # noqa: ANN401
    from pipeline.plots.coefficients import plot_coefficients
    from pipeline.plots.theme import counted

    found = rows_of.coefficients(store, known)
    series, cutoffs = found["unique_id"].nunique(), found["cutoff"].nunique()
    total = len(known.observations.series)
    about = f"{counted(series, 'series', of=total)}, "
    about += counted(cutoffs, "cutoff", of=len(known.cutoffs))
    unit = f"in the unit of {known.data_set.columns.y}"
    if total > 1:
        unit = "in standard deviations of each series"
    if found.empty:
        about = "ar and ar_seasonal have coefficients, once they are declared and fitted"
    names = _season_names(known.data_set)
    return plot_coefficients(found, looks, unit=unit, about=about, seasons=names)


def _season_names(data_set: "DataSet") -> list[str]:
    """Months, quarters or days of the week, where they are what the season is made of."""
    formats = {("MS", 12): "%B", ("D", 7): "%A"}
    if (data_set.freq, data_set.season) == ("QS", 4):
        return [f"quarter {k}" for k in range(1, 5)]
    written = formats.get((data_set.freq, data_set.season))
    dates = dates_of(np.arange(data_set.season), data_set.freq)
    return [date.strftime(written) for date in dates.astype("M8[s]").tolist()] if written else []


def _losses(store: Store, known: "Known", looks: "dict[str, Look]") -> Any:  # noqa: ANN401
    from pipeline.chain.loss_curves import losses
    from pipeline.plots.training import plot_losses

    found, about = losses(store, known)
    return plot_losses(found, looks, about=about)


def _forecasts(store: Store, known: "Known", looks: "dict[str, Look]") -> Charts:
    from pipeline.plots.forecasts import plot_forecasts
    from pipeline.plots.theme import counted

    ids = rows_of.some_series(known, 4)
    scores = rows_of.scored(store, known, ids)
    scores = scores[scores["model"].isin(list(looks))]
    series = counted(len(ids), "series", of=len(known.observations.series))
    if len(known.observations.series) == 1:
        series = f"{ids[0]}, {known.data_set.columns.y}"
    horizon = known.data_set.horizon
    for step in dict.fromkeys([1, horizon]):
        some = _in_order(scores[scores["step"] == step], store, known)
        chart = plot_forecasts(
            rows_of.observed_beside(some, known),
            some,
            looks,
            title=f"Observed, and forecast {counted(step, 'step')} ahead: {series}",
            subtitle="dark: observed; in colour: what each model forecast for that time, "
            "the best of the leaderboard first",
        )
        yield "test_against_prediction" + (f"_step_{step}" if step > 1 else ""), chart


def _in_order(scores: "pd.DataFrame", store: Store, known: "Known") -> "pd.DataFrame":
    """Rows of the best model first; of each in the order of time."""
    board = rows_of.board(store, known)
    means = board[board["step"].isna() & board["unique_id"].isna()]
    rank = {model: place for place, model in enumerate(means["model"])}
    place = scores["model"].map(rank).fillna(len(rank))
    return scores.assign(place=place).sort_values(["place", "model", "unique_id", "ds"])


def _errors(store: Store, known: "Known", looks: "dict[str, Look]") -> Any:  # noqa: ANN401
    from pipeline.plots.scores import plot_error_by_step
    from pipeline.plots.theme import counted

    board = rows_of.board(store, known)
    ids = board["unique_id"].dropna().unique().tolist()
    metric = "MASE" if len(ids) > 1 else "MAE"
    chosen = board["unique_id"].isna() if len(ids) > 1 else board["unique_id"].notna()
    some = board[chosen & board["step"].notna() & board["model"].isin(list(looks))]
    errors = some.assign(value=some[metric.lower()])[["model", "step", "value"]]
    about = f"mean over {counted(len(ids), 'series')}" if len(ids) > 1 else "".join(ids)
    if len(ids) == 1:
        about += f", mean absolute error in the unit of {known.data_set.columns.y}"
    references = {known.data_set.reference_of(name) for name in ids}
    return plot_error_by_step(errors, looks, metric=metric, about=about, references=references)


_DRAWN: dict[str, Callable[[Store, "Known"], Charts]] = {
    "raw_observations": _raw_observations,
    "clean_observations": _clean_observations,
    "leaderboard": _leaderboard,
}
"""By asset what draws its pictures."""

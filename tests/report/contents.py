"""Contents of a report: generated series, their leaderboard, all further tables by hand."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd

from pipeline.leaderboard.rank import rank_models
from pipeline.report.content import About, Content, Share
from pipeline.report.shown import shown_series
from pipeline.tables import VERDICTS

MODELS = ("naive", "seasonal_naive", "climatology", "ar")
NETWORKS = ("rnn",)
SIZES = {"served": 0.9, "ar": 1.1, "rnn": 1.0, "climatology": 1.05, "naive": 2.0}
"""How far forecasts lie from the truth, in the mean."""

ODD = "</script><script>alert(1)</script>"
"""What a series must not be able to do."""


def scores_of(
    names: list[str], *, models: tuple[str, ...], cutoffs: int = 40, horizon: int = 3, seed: int = 0
) -> pd.DataFrame:
    """Forecasts of a season and noise, by models of different sizes of error."""
    random = np.random.default_rng(seed)
    rows = pd.MultiIndex.from_product(
        [names, range(cutoffs), range(1, horizon + 1)], names=["unique_id", "k", "step"]
    ).to_frame(index=False)
    month = rows["k"] + rows["step"]
    start = np.datetime64("2000-01", "M")
    rows["cutoff"] = (start + rows["k"].to_numpy()).astype("datetime64[ns]")
    rows["ds"] = (start + month.to_numpy()).astype("datetime64[ns]")
    rows["y"] = 20 + 8 * np.sin(np.pi * month / 6)
    frames = []
    for model in models:
        size = SIZES.get(model, 1.5)
        error = size * random.normal(size=len(rows))
        frames.append(rows.assign(model=model, error=error, y_hat=rows["y"] + error))
    found = pd.concat(frames, ignore_index=True).drop(columns="k")
    return found.assign(scale=4.0, rmsse_scale=16.0, status="ok")


def content(
    names: list[str] | None = None, *, served: bool = False, horizon: int = 3, **changes: Any
) -> Content:
    """What is stored today; with `served` all that may be stored."""
    names = ["a", "b"] if names is None else names
    models = (*MODELS, *NETWORKS, *(["served"] if served else []))
    scores = scores_of(names, models=models, horizon=horizon)
    references = dict.fromkeys(names, "climatology")
    board = rank_models(scores, references=references)
    shown = shown_series(board)
    points = scores[scores["unique_id"].isin(shown)]
    found = Content(
        about=About(
            name="toy",
            target="rain",
            freq="MS",
            horizon=horizon,
            season=12,
            baselines=MODELS,
            networks=NETWORKS,
            references=references,
            cutoffs=["2000-01-01", "2003-04-01"],
            n_cutoffs=40,
            served="blend" if served else "",
        ),
        board=board,
        history=history_of(points, shown),
        points=points,
        newest=newest_of(shown, models, horizon),
        verdicts=VERDICTS.empty(),
        stretches=stretches_of(shown[0]),
        folds_of="rnn",
        shrinkage=shrinkage_of(names),
    )
    return replace(found, **({**served_tables(found, models), **changes} if served else changes))


def history_of(points: pd.DataFrame, shown: list[str]) -> pd.DataFrame:
    rows = points.drop_duplicates(["unique_id", "ds"])[["unique_id", "ds", "y"]]
    frames = [rows[rows["unique_id"] == name].sort_values("ds") for name in shown]
    return pd.concat(frames, ignore_index=True)


def newest_of(shown: list[str], models: tuple[str, ...], horizon: int) -> pd.DataFrame:
    cutoff = np.datetime64("2003-06", "M")
    return pd.DataFrame(
        [
            (name, ns(cutoff + step), ns(cutoff), step, model, 20.0 + step + place)
            for name in shown
            for place, model in enumerate(models)
            for step in range(1, horizon + 1)
        ],
        columns=["unique_id", "ds", "cutoff", "step", "model", "y_hat"],
    )


def ns(month: np.datetime64) -> pd.Timestamp:
    return pd.Timestamp(month)


def stretches_of(name: str) -> pd.DataFrame:
    rows = []
    for year in range(2000, 2004):
        ends = [pd.Timestamp(f"{y}-02-01") for y in (1990, year, year + 1)]
        key = f"{year}-01-01"
        rows.append((name, key, "trained on", ends[0], ends[1], "ready"))
        rows.append((name, key, "forecast, scored", ends[1], ends[2], "ready"))
    columns = ["unique_id", "cutoff", "part", "start", "end", "state"]
    return pd.DataFrame(rows, columns=columns)


def shrinkage_of(names: list[str]) -> pd.DataFrame:
    rows = [
        (name, "rnn", steps, mean, mean / 2, min(2 * mean, 1.0), 80)
        for name in (None, *names)
        for steps, mean in {"1": 0.62, "2-3": 0.31}.items()
    ]
    columns = ["unique_id", "model", "steps", "mean", "min", "max", "n_networks"]
    return pd.DataFrame(rows, columns=columns)


def served_tables(found: Content, models: tuple[str, ...]) -> dict[str, Any]:
    """What comes with served forecasts, and the further tables of the leaderboard."""
    board = found.board.assign(coverage_80=0.78, coverage_95=0.95)
    board.loc[board["model"] == "naive", "coverage_80"] = 0.61
    own = found.newest.assign(key=0).merge(pd.DataFrame({"level": [80.0, 95.0], "key": 0}))
    half = np.where(own["level"] == 80, 2.0, 4.0)
    intervals = own.assign(lo=own["y_hat"] - half, hi=own["y_hat"] + half, n_errors=40)
    months = [f"{pd.Timestamp(2000, m, 1):%B}" for m in range(1, 13)]
    seasons = pd.DataFrame(
        [
            (name, month, model, 9, np.nan, 0.2 * SIZES.get(model, 1.5) * (1 + k % 5), 0.1)
            for name in (None, *found.series)
            for k, month in enumerate(months)
            for model in models
        ],
        columns=["unique_id", "season", "model", "n_scored", "mae", "mase", "skill"],
    )
    stability = pd.DataFrame(
        [(n, m, 70, 0.1 * SIZES.get(m, 1.5)) for n in (None, *found.series) for m in models],
        columns=["unique_id", "model", "n", "revision"],
    )
    summary = pd.DataFrame({"model": models, "win_rate": 0.5, "seed_mean": np.nan})
    summary = summary.assign(seed_sd=np.where(summary["model"] == "rnn", 0.021, np.nan))
    summary["seed_mean"] = np.where(summary["model"] == "rnn", 0.44, np.nan)
    return {
        "board": board,
        "intervals": intervals.drop(columns="key"),
        "seasons": seasons,
        "stability": stability,
        "summary": summary,
        "weights": weights_of(models),
        "reasons": pd.DataFrame({"unique_id": found.shown, "words": "0.50 climatology, 0.30 rnn"}),
        "share": Share(0.012, 0.41),
    }


def weights_of(models: tuple[str, ...]) -> pd.DataFrame:
    candidates = [model for model in models if model != "served"]
    rows = []
    for k in range(30):
        cutoff = pd.Timestamp(np.datetime64("2000-08", "M") + k)
        raw = np.array([1.0 + 0.1 * place * k for place in range(len(candidates))])
        for steps in ("1", "2-3"):
            for model, weight in zip(candidates, raw / raw.sum(), strict=True):
                rows.append((None, cutoff, steps, model, weight, 1.0, 20))
    columns = ["unique_id", "cutoff", "steps", "model", "weight", "error", "n_errors"]
    return pd.DataFrame(rows, columns=columns)


class Page(HTMLParser):
    """What a browser would see: tags in their order, text outside of scripts, attributes."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.open: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "line", "rect", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        into = self.scripts if self.open and self.open[-1] in ("script", "style") else self.texts
        into.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

"""The shipped check for leaks: silent on an honest chain, loud on every cheat that we know."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline.baselines.forecast
import pipeline.chain.environment
import pipeline.chain.fold_alone
import pipeline.chain.leak
import pipeline.rnn.as_of
import pipeline.rnn.device
import pipeline.windows.cut
import pipeline.windows.mask
from pipeline.chain.known import Known
from pipeline.chain.leak import Found, find_leaks
from pipeline.chain.stage import baseline_forecasts, rnn_forecasts, rnn_model, windows
from pipeline.folds.keys import hash_of
from tests.strategies import ROWS, SmallProject, months, values_of

ALL = months("2002-12", "2003-12")

needs_compiler = pytest.mark.skipif(
    not (shutil.which("cc") or shutil.which("gcc")), reason="there is no C compiler here"
)


def gappy(number: int) -> list[float | None]:
    """Every fifth month is missing: three lags and a cutoff meet a gap at most cutoffs."""
    return [None if k % 5 == 0 and k else v for k, v in enumerate(values_of(number))]


@pytest.fixture
def small(write) -> SmallProject:
    """Gaps in both series, a fit with three lags at every cutoff; not run yet."""
    small = write()
    for number, stem in enumerate("ab"):
        small.write_series(stem, gappy(number))
    small.set_baseline("ar", lags=3, refit=1)
    return small


def leaks(small: SmallProject) -> Found:
    known = small.known
    return find_leaks(known, small.project.store, known.cutoffs)


@pytest.fixture
def every_fold(monkeypatch) -> None:
    """All folds are made again, not only two."""
    monkeypatch.setattr(pipeline.chain.leak, "MADE_AGAIN", 10_000)


# --- an honest chain ---


def test_an_honest_chain_has_no_leak(finished):
    found = leaks(finished)
    assert found.leaks == []
    # 13 cutoffs: 3 windows, 8 baselines, 4 networks, 2 of their forecasts and 14 served each
    assert found.n_keys == 13 * 31
    assert len(found.made_again) == 2 * 6  # two folds, each by five models, and served


def test_which_folds_are_made_again_is_the_same_for_the_same_run(finished):
    assert leaks(finished).made_again == leaks(finished).made_again


@pytest.mark.slow
def test_no_fold_of_an_honest_chain_leaks(small, every_fold):
    small.run()
    found = leaks(small)
    assert found.leaks == []
    ready = sum(len(small.known.ready(c)) for c in small.known.cutoffs)
    assert len(found.made_again) == ready * 6


def test_gaps_and_other_columns_do_not_leak(write, every_fold):
    small = write(columns={"ds": "date", "y": "value", "hist_exog": ["wind"]})
    wind = [None if k % 7 == 3 else k % 11 for k in range(ROWS)]
    for number, stem in enumerate("ab"):
        small.write_series(stem, gappy(number), wind=wind)
    small.run(cutoffs=months("2003-06", "2003-08"))
    known = small.known
    found = find_leaks(known, small.project.store, known.named(months("2003-06", "2003-08")))
    assert found.leaks == []
    assert len(found.made_again) >= 10


def test_a_network_that_trains_for_long_is_left_to_its_keys(finished, monkeypatch):
    monkeypatch.setattr(pipeline.chain.fold_alone, "_QUICK", 0.0)
    found = leaks(finished)
    assert found.leaks == []
    assert not any(model.endswith(": rnn") for model in found.made_again)


# --- sabotage ---


def test_keys_of_all_rows_are_a_leak(finished, monkeypatch):
    def of_all_rows(known: Known, fold, columns=("y",)) -> str:
        return hash_of(known.series(fold.unique_id).pick(columns).values.astype(str).tolist())

    monkeypatch.setattr(Known, "rows_key", of_all_rows)
    monkeypatch.setattr(pipeline.chain.leak, "MADE_AGAIN", 0)
    found = leaks(finished)
    assert "windows of a at 2003-05-01 (6:y) depends on rows after the cutoff" in found.leaks
    stages = ("windows", "baseline_forecasts", "rnn_model", "rnn_forecasts", "served_forecasts")
    for stage in stages:
        assert sum(leak.startswith(f"{stage} of ") for leak in found.leaks) >= 2 * 11


def test_one_stage_whose_key_holds_the_future_is_a_leak(finished, monkeypatch):
    honest = windows.wants

    def wants(known, cutoff):
        total = hash_of(float(np.nansum(known.series("b").y)))
        return {
            slot: replace(want, parts=want.parts | {"rows": total})
            for slot, want in honest(known, cutoff).items()
        }

    monkeypatch.setattr(windows, "wants", wants)
    found = leaks(finished)
    assert found.leaks
    assert all(leak.startswith("windows of ") for leak in found.leaks)


def test_a_baseline_that_sees_the_next_row_is_a_leak(small, monkeypatch, every_fold):
    def peek(series, rows, *, horizon, season_length):
        seen = series.y[np.minimum(rows + 1, len(series.y) - 1)]
        seen = np.where(np.isnan(seen), series.y[rows], seen)
        return np.repeat(seen[:, None], horizon, axis=1)

    monkeypatch.setitem(pipeline.baselines.forecast._PATHS, "naive", peek)
    small.run()
    found = leaks(small)
    assert any(leak.startswith("naive of a at ") for leak in found.leaks)
    assert all(leak.startswith("naive of ") for leak in found.leaks)
    assert found.leaks[0].endswith(
        "made again alone with other rows after the cutoff, is not the stored forecast"
    )


def test_a_regression_fitted_past_the_cutoff_is_a_leak(small, monkeypatch, every_fold):
    honest = baseline_forecasts.forecast_all

    def forecast_all(known, name, cutoffs_of):
        found = honest(known, name, cutoffs_of)
        if name != "ar":
            return found
        means = [1e-9 * np.nanmean(known.series(unique_id).y) for unique_id in cutoffs_of]
        return [replace(f, y_hat=f.y_hat + mean) for f, mean in zip(found, means, strict=True)]

    monkeypatch.setattr(baseline_forecasts, "forecast_all", forecast_all)
    small.run()
    found = leaks(small)
    assert found.leaks
    assert all(leak.startswith("ar of ") for leak in found.leaks)


def test_a_network_trained_on_rows_after_the_cutoff_is_a_leak(finished, monkeypatch):
    def train(known, asked, say=None, checkpoint=None):
        from pipeline.rnn.train import Fit, train_networks

        columns = rnn_model.columns_of(known.data_set, asked[0].network)
        fits = [Fit(known.series(t.fold.unique_id).pick(columns), t.seed) for t in asked]
        network = known.data_set.network(asked[0].network)
        return train_networks(fits, network, horizon=2, season_length=12, say=say)

    monkeypatch.setattr(rnn_model, "train", train)
    finished.set_network(steps=4)
    finished.run()
    found = leaks(finished)
    assert len(found.leaks) == 2
    assert all(leak.startswith("rnn of ") for leak in found.leaks)


def test_a_fill_from_the_whole_series_is_a_leak(small, monkeypatch, every_fold):
    honest = pipeline.windows.mask.fill_as_of
    whole: dict[str, np.ndarray] = {}

    def fill(series, *, season_length):
        # The chain hands over rows <= cutoff only: this cheat looks elsewhere for the rest.
        filled = honest(series, season_length=season_length)
        future = whole.get(series.unique_id)
        if future is None:
            return filled
        mean = np.nanmean(future)
        return filled._replace(values=np.where(filled.observed, filled.values, mean))

    for module in (pipeline.windows.mask, pipeline.windows.cut, pipeline.rnn.as_of):
        monkeypatch.setattr(module, "fill_as_of", fill)
    original = Known.series

    def series(known, unique_id):
        found = original(known, unique_id)
        whole[unique_id] = found.y
        return found

    monkeypatch.setattr(Known, "series", series)
    small.run()
    models = {leak.split(" of ")[0] for leak in leaks(small).leaks}
    assert models >= {"ar", "rnn"}
    assert "naive" not in models


@needs_compiler
def test_what_another_kernel_made_may_be_rounded_otherwise_and_is_no_leak(finished):
    finished.set_network(kernel="fused")
    assert finished.plan() == []
    found = leaks(finished)
    assert found.leaks == []
    assert {one.split(": ")[1] for one in found.elsewhere} == {"rnn"}
    finished.correct("a", "2003-12-01", 33.3)
    finished.correct("b", "2003-12-01", 33.3)
    finished.run()  # some networks are now of one kernel, some of the other
    assert leaks(finished).leaks == []


def off_by_a_bit(patch: pytest.MonkeyPatch) -> None:
    honest = rnn_forecasts.forecast

    def forecast(known, name, asked, networks):
        blocks = honest(known, name, asked, networks)
        return [replace(block, y_hat=np.nextafter(block.y_hat, np.inf)) for block in blocks]

    patch.setattr(rnn_forecasts, "forecast", forecast)


def on_another_machine(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pipeline.chain.environment, "_cpu", lambda: "another one")
    pipeline.chain.environment._versions.cache_clear()


def test_a_bit_is_forgiven_to_another_machine_alone(finished, monkeypatch):
    with monkeypatch.context() as patch:
        off_by_a_bit(patch)  # as if what is stored had been made by code that was not
        assert leaks(finished).leaks
        on_another_machine(patch)
        found = leaks(finished)
        assert found.leaks == []
        assert {one.split(": ")[1] for one in found.elsewhere} == {"rnn"}
    pipeline.chain.environment._versions.cache_clear()


def in_company_that_counts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pipeline.rnn.device, "company_counts", lambda settings: True)


def test_a_bit_is_forgiven_to_company_that_counts(finished, monkeypatch):
    with monkeypatch.context() as patch:
        off_by_a_bit(patch)
        in_company_that_counts(patch)
        found = leaks(finished)
    assert found.leaks == []
    assert {one.split(": ")[1] for one in found.elsewhere} == {"rnn"}


def test_a_network_for_a_gpu_is_left_to_its_keys_where_there_is_none(finished):
    finished.set_network(device="cuda")
    found = leaks(finished)
    assert found.leaks == []
    assert found.n_keys > 0
    made_again = {one.split(": ")[1] for one in found.made_again}
    assert made_again == {*finished.data_set.baselines, "served"}


def test_another_machine_that_leaks_is_found(finished, monkeypatch):
    with monkeypatch.context() as patch:
        on_another_machine(patch)
        honest = baseline_forecasts.forecast_all

        def forecast_all(known, name, cutoffs_of):
            found = honest(known, name, cutoffs_of)
            last = [known.series(unique_id).y[-1] for unique_id in cutoffs_of]
            return [replace(f, y_hat=f.y_hat + one) for f, one in zip(found, last, strict=True)]

        patch.setattr(baseline_forecasts, "forecast_all", forecast_all)
        assert leaks(finished).leaks
    pipeline.chain.environment._versions.cache_clear()


# --- the law itself ---

Y = st.floats(-50, 50, width=32).map(lambda v: round(v, 3)) | st.none()


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Iterator[SmallProject]:
    small = SmallProject.write(tmp_path_factory.mktemp("first") / "project")
    small.run()
    return small


@pytest.mark.slow
@settings(max_examples=5, deadline=None)
@given(
    seen=st.integers(36, ROWS - 1),
    a=st.lists(Y, min_size=0, max_size=ROWS - 36),
    b=st.lists(Y, min_size=0, max_size=ROWS - 36),
)
def test_two_futures_give_equal_bytes_up_to_where_they_part(first, seen, a, b):
    with tempfile.TemporaryDirectory() as folder:
        other = SmallProject.write(Path(folder) / "project")
        for number, (stem, future) in enumerate({"a": a, "b": b}.items()):
            other.write_series(stem, [*values_of(number)[:seen], *future[: ROWS - seen]])
        shared = [key for key in ALL if key < f"{2000 + seen // 12}-{seen % 12 + 1:02d}-01"]
        other.run()
        ours, theirs = first.fold_bytes(), other.fold_bytes()
        stages = ("windows", "baseline_forecasts", "rnn_forecasts", "served_forecasts")
        same = [
            name for name in ours if name.split("/")[1] in stages and name.split("/")[2] in shared
        ]
        assert len(same) == 8 * len(shared)
        assert {n: ours[n] for n in same} == {n: theirs.get(n) for n in same}
        weights, others = first.contents(), other.contents()
        for key in shared:
            assert weights["toy", "rnn_model", key] == others["toy", "rnn_model", key]


def test_a_series_that_begins_with_an_empty_cell_is_no_leak(write):
    small = write()
    y: list[float | None] = [*values_of(0)]
    y[0] = None
    small.write_series("a", y)
    small.run()
    known = small.known
    assert find_leaks(known, small.project.store, known.cutoffs).leaks == []


def test_a_series_that_ends_early_but_not_too_early_is_no_leak(write):
    small = write(max_staleness=3)
    lines = small.lines("a")
    small.write_lines("a", [line for line in lines if not line.startswith(("2003-08", "2003-09"))])
    small.run()
    known = small.known
    assert find_leaks(known, small.project.store, known.cutoffs).leaks == []

"""Columns known ahead through the whole chain: what is due when, what fails, what is no leak."""

import numpy as np
import pytest

import pipeline.chain.leak
from pipeline.chain.leak import find_leaks
from pipeline.chain.stage import rnn_forecasts
from pipeline.store.files import tensors_from_bytes
from pipeline.store.manifest import Slot
from tests.strategies import ROWS, SmallProject, at, months, reasons, slots, values_of

pytestmark = pytest.mark.slow

ALL = months("2002-12", "2003-12")
SEEDS = ["rnn/0", "rnn/1"]
GROUP, PLAIN = "6:y+wind+sale", "6:y"
BASELINES = ["naive", "seasonal_naive", "climatology", "ar"]
BLENDS = slots("ab", ["served", "served_without_networks"])
WHOLE = frozenset({Slot("", "")})
REPORT = {"report": {None: WHOLE}}
FILES = {"raw_observations": {None: WHOLE}, "clean_observations": {None: WHOLE}, **REPORT}
BOARD = {"leaderboard": {None: WHOLE}, **REPORT}
AHEAD = "what is known ahead of its steps changed"

SALE = [float(k * k % 3 == 1) for k in range(ROWS + 2)]
"""Known two months longer than the target."""


def cells_of(number: int) -> dict[str, list]:
    """A series that a sale lifts by five; in the two months to come only the sale is known."""
    y = [round(v + 5 * s, 3) for v, s in zip(values_of(number), SALE, strict=False)]
    wind = [float(k % 7) for k in range(ROWS)]
    return {"y": [*y, None, None], "wind": [*wind, None, None], "sale": list(SALE)}


@pytest.fixture(scope="module")
def _shop(tmp_path_factory) -> SmallProject:
    columns = {"ds": "date", "y": "value", "hist_exog": ["wind"], "futr_exog": ["sale"]}
    small = SmallProject.write(tmp_path_factory.mktemp("shop") / "project", columns=columns)
    for number, stem in enumerate("ab"):
        small.write_series(stem, **cells_of(number))
    plain = small.attributes["networks"]["rnn"] | {"hist_exog": [], "futr_exog": []}
    small.set_network("plain", **plain)
    small.run()
    return small


@pytest.fixture
def shop(_shop, tmp_path) -> SmallProject:
    """A finished chain with a network that knows the sale ahead, and one that does not."""
    return _shop.copy(tmp_path / "project")


def change(shop: SmallProject, stem: str, key: str, **cells: float | None) -> None:
    """Replace cells of one month."""
    lines = shop.lines(stem)
    header = lines[0].split(",")
    (place,) = (k for k, line in enumerate(lines) if line.startswith(f"{key},"))
    row = dict(zip(header, lines[place].split(","), strict=True))
    row |= {name: "" if value is None else str(value) for name, value in cells.items()}
    lines[place] = ",".join(row.values())
    shop.write_lines(stem, lines)


def run_as_planned(shop: SmallProject, expected: dict, *, trained: int = 0) -> None:
    assert shop.due() == expected
    ran = shop.run()
    assert ran.made == expected
    assert ran.trained == trained
    assert shop.plan() == []


# --- what there is ---


def test_every_forecast_is_made_also_where_only_the_future_is_known(shop):
    assert shop.plan() == []
    for cutoff in ALL:
        frame = shop.table("rnn_forecasts", "forecasts", cutoff)
        assert set(frame["status"]) == {"ok"}
        assert len(frame) == 2 * 2 * 2
    clean = shop.table("clean_observations", "observations")
    assert clean[clean["unique_id"] == "a"]["sale"].tolist() == SALE
    assert clean["y"].isna().sum() == 4
    # The rows behind the last target make no cutoff, and are no actuals.
    assert shop.facts("scores", "2003-12-01")["n_scored"] == 0
    assert shop.facts("windows", "2003-12-01")["n_ready"] == 2


def test_windows_hold_what_is_known_ahead(shop):
    store = shop.project.store
    _, content = store.load("windows.safetensors", shop.name, "windows", "2003-12-01")
    tensors, _ = tensors_from_bytes(content)
    np.testing.assert_array_equal(tensors[f"{GROUP}/futr"], [[[s] for s in SALE[-2:]]] * 2)
    assert f"{PLAIN}/futr" not in tensors


def test_a_network_that_reads_none_has_the_keys_of_a_data_set_without_any(shop, write):
    plain = write("plain")
    for number, stem in enumerate("ab"):
        plain.write_series(stem, cells_of(number)["y"][:ROWS])
    plain.run()
    ours = {key: content for (_, key), content in shop.networks().items()}
    theirs = {key: content for (_, key), content in plain.networks().items()}
    assert theirs.items() <= ours.items()


# --- what is due ---


def test_a_known_value_after_a_cutoff_makes_the_folds_due_whose_horizon_holds_it(shop):
    """Rows from 2004 on are after every cutoff: models stand, two forecasts are made anew."""
    change(shop, "a", "2004-01-01", sale=1 - SALE[ROWS])
    reach = ["2003-11-01", "2003-12-01"]  # two steps ahead
    assert reasons(shop.plan())["rnn_forecasts"] == {f"rnn: {AHEAD}"}
    expected = {
        **FILES,
        "windows": at(reach, slots("a", [GROUP])),
        "rnn_forecasts": at(reach, slots("a", ["rnn"])),
        "served_forecasts": at(reach, slots("a", ["rnn"]) | BLENDS),
        "scores": at(reach, slots("a", ["rnn"]) | BLENDS),
        **BOARD,
    }
    before = shop.table("rnn_forecasts", "forecasts", "2003-11-01")
    run_as_planned(shop, expected)
    after = shop.table("rnn_forecasts", "forecasts", "2003-11-01")
    moved = (
        (before["y_hat"] != after["y_hat"]).groupby([before["unique_id"], before["model"]]).any()
    )
    assert moved[moved].index.tolist() == [("a", "rnn")]


def test_a_known_value_in_the_past_is_a_row_like_another(shop):
    change(shop, "a", "2003-05-01", sale=7)
    then, reach = months("2003-05", "2003-12"), months("2003-03", "2003-12")
    expected = {
        **FILES,
        "windows": at(reach, slots("a", [GROUP])),
        "rnn_model": at(months("2003-07", "2003-12"), slots("a", SEEDS)),
        "rnn_forecasts": at(reach, slots("a", ["rnn"])),
        "served_forecasts": at(reach, slots("a", ["rnn"]) | BLENDS),
        "scores": at(reach, slots("a", ["rnn"]) | BLENDS),
        **BOARD,
    }
    plan = {d.cutoff: d.reason for d in shop.plan() if d.stage == "rnn_forecasts"}
    assert [key for key, reason in plan.items() if "rows at or before" not in reason] == [
        key for key in reach if key not in then
    ]
    run_as_planned(shop, expected, trained=4)


def test_a_value_that_is_told_later_is_due_where_it_was_missed(shop):
    change(shop, "b", "2004-02-01", sale=None)
    shop.run()
    frame = shop.table("rnn_forecasts", "forecasts", "2003-12-01").set_index(["unique_id", "model"])
    assert set(frame.loc[("b", "rnn"), "reason"]) == {
        "sale, which is known ahead, is missing on 2004-02-01; fill the cell, or declare the "
        "column as hist_exog"
    }
    assert set(frame.loc[("b", "rnn"), "failed_seeds"]) == {2}
    reference = shop.table("baseline_forecasts", "forecasts", "2003-12-01")
    own = reference[(reference["unique_id"] == "b") & (reference["model"] == "climatology")]
    assert frame.loc[("b", "rnn"), "y_hat"].tolist() == own["y_hat"].tolist()
    for other in (("a", "rnn"), ("a", "plain"), ("b", "plain")):
        assert set(frame.loc[other, "status"]) == {"ok"}
    change(shop, "b", "2004-02-01", sale=SALE[ROWS + 1])
    expected = {
        **FILES,
        "windows": at(["2003-12-01"], slots("b", [GROUP])),
        "rnn_forecasts": at(["2003-12-01"], slots("b", ["rnn"])),
        "served_forecasts": at(["2003-12-01"], slots("b", ["rnn"]) | BLENDS),
        "scores": at(["2003-12-01"], slots("b", ["rnn"]) | BLENDS),
        **BOARD,
    }
    run_as_planned(shop, expected)
    again = shop.table("rnn_forecasts", "forecasts", "2003-12-01")
    assert set(again["status"]) == {"ok"}


def test_an_observed_month_in_a_row_that_was_there_is_an_appended_month(shop):
    """The target of 2004-01 arrives; the sale was known before."""
    for stem in "ab":
        change(shop, stem, "2004-01-01", value=25.5, wind=3)
    shop.now = shop.now.replace(month=2)
    new = ["2004-01-01"]
    due = shop.due()
    assert due["rnn_model"] == at(new, slots("ab", [*SEEDS, "plain/0", "plain/1"]))
    assert due["rnn_forecasts"] == at(new, slots("ab", ["rnn", "plain"]))
    scored = slots("ab", [*BASELINES, "rnn", "plain"]) | BLENDS
    assert due["served_forecasts"] == at(new, scored)
    assert due["scores"] == at(months("2003-11", "2004-01"), scored)
    assert due["windows"] == at(new, slots("ab", [GROUP, PLAIN]) | WHOLE)
    ran = shop.run()
    assert ran.made == due
    frame = shop.table("rnn_forecasts", "forecasts", new[0]).set_index("model")
    assert set(frame.loc["rnn", "status"]) == {"failed"}  # 2004-03 is not known yet
    assert set(frame.loc["plain", "status"]) == {"ok"}


def test_rows_to_come_that_hold_only_what_is_known_ahead_make_no_baseline_due(shop):
    for stem in "ab":
        shop.write_lines(stem, [*shop.lines(stem), "2004-03-01,,,1.0"])
    assert shop.due() == FILES
    shop.run()
    assert shop.plan() == []


def test_a_column_that_is_declared_otherwise_is_another_network(shop):
    columns = {"ds": "date", "y": "value", "hist_exog": ["wind", "sale"]}
    shop.declare(columns=columns)
    networks = shop.attributes["networks"]
    del networks["plain"]["futr_exog"]
    shop.declare(networks=networks)
    due = shop.due()
    assert due["rnn_model"] == at(ALL, slots("ab", SEEDS))
    assert due["rnn_forecasts"] == at(ALL, slots("ab", ["rnn"]))
    assert shop.run().made["rnn_forecasts"] == due["rnn_forecasts"]


# --- leaks ---


@pytest.fixture
def every_fold(monkeypatch) -> None:
    """All folds are made again, not only two."""
    monkeypatch.setattr(pipeline.chain.leak, "MADE_AGAIN", 10_000)


def test_what_is_known_ahead_is_no_leak(shop, every_fold):
    known = shop.known
    cutoffs = known.named(["2003-02-01", "2003-11-01", "2003-12-01"])
    found = find_leaks(known, shop.project.store, cutoffs)
    assert found.leaks == []
    assert len(found.made_again) == 3 * 2 * (len(BASELINES) + 2 + 1)  # and what is served


def test_another_column_that_is_taken_for_known_ahead_is_a_leak(shop, monkeypatch, every_fold):
    honest = rnn_forecasts.forecast

    def forecast(known, name, asked, networks):
        def with_wind(unique_id, cutoff, columns):
            series = known.series(unique_id).pick(("wind",))
            row = series.row_of(cutoff.step)
            return np.nan_to_num(series.until(row + 2).values[row + 1 :])

        if name == "rnn":
            monkeypatch.setattr(known, "known_ahead", with_wind)
        return honest(known, name, asked, networks)

    monkeypatch.setattr(rnn_forecasts, "forecast", forecast)
    shop.set_network(steps=4)
    shop.run()
    known = shop.known
    found = find_leaks(known, shop.project.store, known.named(["2003-02-01", "2003-06-01"]))
    assert found.leaks
    assert all(leak.startswith("rnn of ") for leak in found.leaks)


def test_the_perturbed_rows_keep_what_is_known_ahead(shop):
    from pipeline.chain.stage.clean_observations import copied_files
    from pipeline.raw.read import read_observations

    known = shop.known
    raw = read_observations(copied_files(shop.project.store, shop.data_set), shop.data_set.columns)
    (cutoff,) = known.named(["2003-06-01"])
    other = pipeline.chain.leak.with_another_future(known, raw, cutoff)
    for name in "ab":
        ours, theirs = known.series(name), other.series(name)
        row = ours.row_of(cutoff.step)
        np.testing.assert_array_equal(ours.values[:, 2], theirs.values[:, 2])
        np.testing.assert_array_equal(ours.values[: row + 1], theirs.values[: row + 1])
        assert (ours.values[row + 1 :, :2] != theirs.values[row + 1 :, :2]).all()

"""Networks that correct a baseline judged on a grid: step 0, alone or together, and the chain."""

import numpy as np
import pytest

from pipeline.baselines.forecast import reference_paths
from pipeline.rnn.forecast import forecast_networks
from pipeline.rnn.train import Fit, train_networks
from tests.strategies import SmallProject

GRIDS = ["anomaly_persistence", "damped_trend", "holt_winters"]
SIZES = {"horizon": 3, "season_length": 12}


@pytest.fixture(params=GRIDS)
def reference(request):
    return request.param


def test_before_its_first_step_a_network_is_its_reference(series_of, settings_of, reference):
    settings = settings_of(corrects=reference, steps=1, learning_rate=1e-300)
    series = series_of(0, rows=90, gaps=0.05)
    networks = train_networks([Fit(series.until(70), 0)], settings, **SIZES)
    for row in (70, 71, 89):
        known = series.until(row)
        (found,) = forecast_networks(networks, [known], settings, **SIZES)
        path = reference_paths(reference, [known], [np.array([row])], **SIZES)[0][0]
        assert found.y_hat.tobytes() == path.tobytes()
        assert found.reason == ""


def test_each_is_trained_as_if_alone(series_of, settings_of):
    series = [series_of(k, rows=60 + 9 * k) for k in range(3)]
    by_series = {s.unique_id: n for s, n in zip(series, GRIDS, strict=True)}
    fits = [Fit(s, 0) for s in series]
    together = train_networks(fits, settings_of(corrects=by_series, steps=5), **SIZES)
    for fit, name, network in zip(fits, GRIDS, together, strict=True):
        (alone,) = train_networks([fit], settings_of(corrects=name, steps=5), **SIZES)
        assert network.reference == alone.reference == name
        assert network.weights.tobytes() == alone.weights.tobytes()
        assert network.spread == alone.spread
        assert np.abs(network.weights).max() > 0


def test_the_chain_corrects_what_it_forecasts_and_a_new_version_trains_it_anew(
    tmp_path, monkeypatch
):
    from pipeline.baselines.settings import VERSIONS

    network = {"input_size": 6, "hidden_size": 8, "steps": 1, "seeds": 1, "refit": 3}
    network |= {"learning_rate": 1e-300, "batch_size": 4, "device": "cpu"}
    corrects = {"a": "damped_trend", "b": "holt_winters"}
    baselines = {"naive": {}, "climatology": {}, "damped_trend": {}, "holt_winters": {}}
    small = SmallProject.write(
        tmp_path / "project",
        baselines=baselines,
        networks={"rnn": network | {"corrects": corrects}},
    )
    small.run()
    for cutoff in ("2003-01-01", "2003-06-01"):
        simple = small.table("baseline_forecasts", "forecasts", cutoff)
        ours = small.table("rnn_forecasts", "forecasts", cutoff)
        assert len(ours) == 4
        assert (ours["status"] == "ok").all()
        for series, name in corrects.items():
            own = simple[(simple["unique_id"] == series) & (simple["model"] == name)]
            found = ours[ours["unique_id"] == series]
            assert found["y_hat"].tolist() == own["y_hat"].tolist()
    monkeypatch.setitem(VERSIONS, "damped_trend", "another")
    due = small.due()
    assert {slot.unique_id for slots in due["rnn_model"].values() for slot in slots} == {"a"}

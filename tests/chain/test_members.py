"""What each seed and quantile of a network says is kept beside the mean."""

import numpy as np

from pipeline.store.files import table_from_bytes
from pipeline.tables import MEMBERS

KEY = "2003-05-01"


def members_of(small, key=KEY):
    place = ("toy", "rnn_forecasts", key)
    return table_from_bytes(small.project.store.load("members.parquet", *place)[1])


def test_the_forecast_is_the_mean_of_its_seeds(finished):
    members, forecasts = members_of(finished), finished.table("rnn_forecasts", "forecasts", KEY)
    assert list(members.columns) == MEMBERS.names
    assert len(members) == 2 * 2 * 2  # series, seeds, steps
    mean = members.groupby(["unique_id", "step"])["y_hat"].mean()
    wanted = forecasts.set_index(["unique_id", "step"])["y_hat"]
    np.testing.assert_allclose(mean, wanted.loc[mean.index], rtol=1e-12)
    first = members[members["step"] == 1].groupby("unique_id")["y_hat"].std()
    spread = finished.facts("rnn_forecasts", KEY)["seed_spread"]
    assert spread == {"rnn": first.median()}


def test_quantiles_are_kept_and_carried_over(write):
    small = write()
    small.set_network("intervals", **small.attributes["networks"]["rnn"], loss="quantile")
    small.set_network("intervals", level=[80.0])
    small.run()
    members = members_of(small)
    of = members[members["model"] == "intervals"]
    assert sorted(of["quantile"].unique()) == [0.1, 0.5, 0.9]
    assert len(of) == 2 * 2 * 3 * 2
    wide = of.pivot_table(index=["unique_id", "step", "seed"], columns="quantile", values="y_hat")
    assert (wide[0.1] < wide[0.5]).all()
    assert (wide[0.5] < wide[0.9]).all()
    assert set(members[members["model"] == "rnn"]["quantile"]) == {0.5}
    small.set_network("rnn", hidden_size=9)
    small.run()
    kept = members_of(small)
    kept = kept[kept["model"] == "intervals"].reset_index(drop=True)
    assert kept.equals(of.reset_index(drop=True))

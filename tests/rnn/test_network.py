"""A pack of networks goes through safetensors and comes back, bit for bit."""

import numpy as np
import pytest
from safetensors.numpy import load, save

from pipeline.rnn.network import from_tensors, to_tensors
from pipeline.rnn.train import Fit, train_networks


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_networks_come_back_bit_for_bit(series_of, settings_of, dtype):
    settings = settings_of(dtype=dtype, epochs=3, corrects={"series 1": "none"})
    fits = [Fit(series_of(k, rows=r, columns=2), 0) for k, r in enumerate((70, 95, 9))]
    networks = train_networks(fits, settings, horizon=2, season_length=12)
    found = from_tensors(load(save(to_tensors(networks))))
    assert len(found) == 3
    for old, new in zip(networks, found, strict=True):
        assert (old.reference, old.spread) == (new.reference, new.spread)
        assert (old.status, old.reason, old.n_windows) == (new.status, new.reason, new.n_windows)
        assert old.untested == new.untested
        assert old.shrinkage.weights.tobytes() == new.shrinkage.weights.tobytes()
        for name in ("weights", "losses"):
            assert getattr(new, name).dtype == getattr(old, name).dtype
            assert getattr(new, name).tobytes() == getattr(old, name).tobytes()
        np.testing.assert_array_equal(old.scale.input_spreads, new.scale.input_spreads)
    assert found[2].status == "failed"
    assert found[0].weights.dtype == np.dtype(dtype)

"""Series and settings that the tests of this folder share."""

from collections.abc import Callable

import numpy as np
import pytest

from pipeline.clean.observations import Series
from pipeline.rnn.presets import resolve
from pipeline.rnn.settings import NetworkSettings

COLUMNS = ("y", "a", "b", "c")


@pytest.fixture(autouse=True, scope="module")
def _first_steps_checked(first_steps_checked: None) -> None:
    """So in all tests of this folder."""


@pytest.fixture
def series_of() -> Callable[..., Series]:
    """Monthly series with a season and noise, the same for the same number."""

    def make(number: int = 0, *, rows: int = 80, columns: int = 1, gaps: float = 0.0) -> Series:
        rng = np.random.default_rng(number)
        months = np.arange(rows)[:, None] + 3 * np.arange(columns)
        values = 10 + 5 * np.sin(2 * np.pi * months / 12) + rng.normal(size=(rows, columns))
        values[rng.random((rows, columns)) < gaps] = np.nan
        return Series(f"series {number}", "MS", 360, COLUMNS[:columns], values)

    return make


@pytest.fixture
def settings_of() -> Callable[..., NetworkSettings]:
    """Resolved settings: the monthly preset on the CPU in 60 steps, with what is given.

    Climatology is corrected where nothing else is: `test_picked.py` has `auto`.
    """

    def make(**given: object) -> NetworkSettings:
        usual: dict[str, object] = {"device": "cpu"}
        if given.get("preset") != "article":
            usual["corrects"] = "climatology"
            usual |= {} if "epochs" in given else {"steps": 60}
        return resolve(NetworkSettings(**(usual | given)), freq="MS")

    return make


@pytest.fixture(params=["climatology", "seasonal_naive", "naive"])
def reference(request: pytest.FixtureRequest) -> str:
    """What is made of observed values alone; `test_references.py` has the others."""
    return request.param

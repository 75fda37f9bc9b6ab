"""What all tests share: how hypothesis searches, and files that are not shipped."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from jaxtyping import config

from pipeline.declaration import DataSet

if "PYTEST_XDIST_WORKER" in os.environ:
    # Before torch is loaded: threads that spin while they wait take the cores of other workers.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

settings.register_profile("local", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=2000)
settings.load_profile("ci" if os.environ.get("CI") else "local")

REPOSITORY = Path(__file__).parents[1]

_MUMBAI = (
    REPOSITORY / "data" / "mumbai" / "Rainfall_data.csv",
    REPOSITORY.parent / "shared" / "data" / "Rainfall_data.csv",
)


@pytest.fixture(scope="session")
def mumbai_csv() -> Path:
    """The file of monthly rain in Mumbai, which its owner must put there."""
    for path in _MUMBAI:
        if path.is_file():
            return path
    pytest.skip("data/mumbai/Rainfall_data.csv is not shipped and not there")


@contextmanager
def shapes_checked(checked: bool) -> Iterator[None]:
    """Whether calls in here have their shapes checked, where those outside have."""
    before = config.jaxtyping_disable
    config.update("jaxtyping_disable", before or not checked)
    try:
        yield
    finally:
        config.update("jaxtyping_disable", before)


@pytest.fixture(scope="module")
def first_steps_checked() -> Iterator[None]:
    """Shapes are checked in the first ten steps of a training.

    In its other steps they are the same, and checking them takes twice as long as the steps.
    """
    from pipeline.rnn import steps

    made = steps._one_by_one

    def checked_first(
        group: Any, state: Any, declared: Any, numbers: range, choices: Iterator[Any]
    ) -> None:
        for number in numbers:
            with shapes_checked(number < 10):
                made(group, state, declared, range(number, number + 1), choices)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "_one_by_one", checked_first)
        yield


@pytest.fixture
def shapes_unchecked() -> Iterator[None]:
    """For a law that trains the same networks over and over; other tests check their shapes."""
    with shapes_checked(False):
        yield


@pytest.fixture(scope="session")
def declare() -> Callable[..., DataSet]:
    """A declared data set, monthly unless said otherwise; keyword arguments replace its parts."""

    def make(**parts: Any) -> DataSet:
        plain: dict[str, Any] = {
            "files": "data/a.csv",
            "columns": {"ds": "date", "y": "value"},
            "freq": "MS",
            "horizon": 2,
            "cutoffs": {"first": "2000-01-01"},
        }
        return DataSet.model_validate(plain | parts).named("toy")

    return make

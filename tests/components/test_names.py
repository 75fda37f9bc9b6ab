"""Names that Dagster keeps for itself are refused before it sees them."""

from dagster._core.definitions.utils import DISALLOWED_NAMES

from pipeline.chain.project import is_reserved
from tests.components.conftest import DAGSTER_WARNS

pytestmark = DAGSTER_WARNS


def test_every_name_that_dagster_refuses_is_refused():
    assert all(is_reserved(name) for name in DISALLOWED_NAMES)
    assert not is_reserved("shop")

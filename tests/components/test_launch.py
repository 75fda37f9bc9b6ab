"""Runs that the command line starts, as the UI shows them."""

import dagster as dg
from dagster._core.storage.tags import TagType, get_tag_type

from pipeline.components.launch import LIFE
from tests.components.conftest import DAGSTER_WARNS

pytestmark = DAGSTER_WARNS


def test_a_run_shows_no_tag_that_only_the_program_reads(ran):
    with dg.DagsterInstance.get() as instance:
        (run,) = instance.get_runs()
    assert LIFE in run.tags
    assert [tag for tag in run.tags if get_tag_type(tag) is TagType.USER_PROVIDED] == []

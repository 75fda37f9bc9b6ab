"""What there is to be switched on: a schedule, a sensor, and the job that they start."""

import dagster as dg

from pipeline.chain.stages import stages_of
from tests.components.automation.automatic import SCHEDULE, SENSOR, Automatic
from tests.components.conftest import DAGSTER_WARNS

pytestmark = DAGSTER_WARNS


def test_schedule_and_sensor_are_off_until_somebody_switches_them_on(automatic):
    schedule = automatic.repository.get_schedule_def(SCHEDULE)
    sensor = automatic.repository.get_sensor_def(SENSOR)
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    assert sensor.default_status == dg.DefaultSensorStatus.STOPPED
    assert schedule.job_name == sensor.job_name == "toy"


def test_the_job_is_the_whole_chain_with_its_checks(automatic):
    layer = automatic.repository.get_job("toy").asset_layer
    names = {key.path[-1] for key in layer.selected_asset_keys}
    assert names == {stage.name for stage in stages_of(automatic.small.data_set)}
    assert {key.name for key in layer.asset_graph.asset_check_keys} == {
        "no_leak",
        "some_fold_is_ready",
        "references_suit",
        "live_skill",
    }


def test_a_schedule_says_when_it_ticks(small, instance):
    small.declare(timezone="Europe/Berlin", publication_lag=5)
    repository = Automatic(small, instance).repository
    schedule = repository.get_schedule_def(SCHEDULE)
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 0 6 * *", "Europe/Berlin")
    assert "at midnight in Europe/Berlin, 5 days after it" in schedule.description
    for started in (schedule, repository.get_sensor_def(SENSOR)):
        assert "`" not in started.description  # the UI shows them as plain text

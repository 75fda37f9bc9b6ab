"""When the sensor looks into files, and when it asks for work again."""

import os

import pytest

from tests.components.automation.automatic import CHANGED, cutoffs_of, on
from tests.components.conftest import DAGSTER_WARNS

pytestmark = DAGSTER_WARNS


def test_the_sensor_reads_no_file_that_looks_as_before(made):
    assert "nothing is due" in made.sensor("2004-02-01").skip_message
    path = made.small.file("a")
    times = path.stat()
    path.write_bytes(path.read_bytes().replace(b"2", b"3"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert "nothing is due" in made.sensor("2004-02-01").skip_message
    os.utime(path)
    assert made.settled_sensor("2004-02-01").run_requests


def test_a_file_that_still_grows_is_left_alone_once(made):
    made.sensor("2004-02-01")
    said = []
    for number in (48, 49, 50, 51):
        made.append(number)
        data = made.sensor("2004-02-01")
        said.append(data.skip_message == CHANGED)
    assert said == [True, False, True, False]


def test_the_end_of_a_window_alone_makes_the_sensor_ask_again(made):
    made.append(48)
    made.append(49)  # February's row is there before February is over
    made.small.now = on("2004-02-10")
    made.small.run()
    assert "nothing is due" in made.sensor("2004-02-10").skip_message
    (request,) = made.sensor("2004-03-01").run_requests
    assert cutoffs_of(request)[-1] == "2004-02-01"


def test_work_that_failed_is_not_started_again_by_the_sensor_until_something_changes(made):
    folder = made.small.project.store.folder("toy", "scores", "2003-12-01")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("a file where the folder belongs")
    (request,) = made.sensor("2004-01-01").run_requests
    assert made.execute([request], "2004-01-01") == [False]
    for _ in range(2):
        data = made.sensor("2004-01-01")
        assert data.run_requests == []
        assert "ended before in run" in data.skip_message
        assert made.runs()[0].run_id in data.skip_message
    (again,) = made.schedule("2004-01-01").run_requests  # once per tick the schedule tries
    assert again.run_key == request.run_key
    folder.unlink()
    made.append(48)
    assert len(made.settled_sensor("2004-01-01").run_requests) == 1


@pytest.mark.slow
def test_a_correction_made_and_taken_back_and_made_again_is_work_each_time(made):
    keys = []
    for value in (3.25, 21.5, 3.25):
        made.small.correct("a", "2003-12-01", value)
        (request,) = made.schedule("2004-01-01").run_requests
        keys.append(request.run_key)
        made.small.run()
    assert len(set(keys)) == 3

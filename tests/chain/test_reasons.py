"""What the plan says to people: why something is due, in words that fit what they changed."""

import pytest

from tests.strategies import SmallProject


def reasons(small: SmallProject, stage: str) -> set[str]:
    return {due.reason for due in small.plan() if due.stage == stage}


@pytest.mark.slow
def test_a_further_column_is_a_setting_and_not_a_series_that_went(write):
    small = write(columns={"ds": "date", "y": "value"})
    for stem in "ab":
        small.write_series(stem, [k % 12 + k % 5 for k in range(48)], t=[*range(48)])
    small.run()
    small.declare(columns={"ds": "date", "y": "value", "hist_exog": ["t"]})
    (windows,) = reasons(small, "windows")
    assert windows == "a setting or the stage's version changed"
    small.run()
    small.set_network("second", **small.attributes["networks"]["rnn"], hist_exog=[])
    (windows,) = reasons(small, "windows")
    assert windows == "never computed"


def test_a_network_under_another_name_is_a_new_one_and_the_old_one_went(finished):
    network = finished.attributes["networks"]["rnn"]
    finished.declare(networks={"other": network})
    (said,) = reasons(finished, "rnn_model")
    assert said == "never computed; a series or model is no longer there"


def test_a_series_that_went_is_told_with_the_setting_that_changed(finished):
    finished.file("b").unlink()
    finished.set_network(input_size=5)
    (windows,) = reasons(finished, "windows")
    assert windows.endswith("a series or model is no longer there")
    assert "a setting or the stage's version changed" in windows

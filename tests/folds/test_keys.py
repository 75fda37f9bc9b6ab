"""Keys: equal for what is equal, different for what is not, and the same tomorrow."""

import hashlib
import json
import struct
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline.calendar import dates_of
from pipeline.chain import trainings
from pipeline.chain.stage import baseline_forecasts
from pipeline.folds.keys import RowKeys, canonical, hash_of

VALUES = st.floats(width=64)
TABLES = st.tuples(st.integers(1, 15), st.integers(1, 3)).flatmap(
    lambda shape: arrays.arrays(np.float64, shape, elements=VALUES)
)


def keys_of(values: np.ndarray, first: int = 0) -> RowKeys:
    return RowKeys(dates_of(np.arange(first, first + len(values)), "MS"), values)


def key_by_hand(values: np.ndarray, row: int) -> str:
    """The key once more, packed number by number."""
    digest = hashlib.sha256(str(1 + values.shape[1]).encode())
    for step in range(row + 1):
        ns = dates_of(step, "MS").astype("int64").item()
        digest.update(struct.pack("<q", ns))
        for value in values[step].tolist():
            one_nan = value if value == value else float("nan")
            digest.update(struct.pack("<d", one_nan + 0.0))
    return digest.hexdigest()[:32]


@given(values=TABLES)
def test_a_key_is_the_hash_of_times_and_values_one_by_one(values):
    keys = keys_of(values)
    rows = range(len(values))
    assert [keys.until(row) for row in rows] == [key_by_hand(values, row) for row in rows]


@given(values=TABLES, later=TABLES, row=st.integers(0, 14))
def test_a_key_says_nothing_about_later_rows(values, later, row):
    assume(later.shape[1] == values.shape[1])
    row = min(row, len(values) - 1)
    changed = np.concatenate([values[: row + 1], later])
    assert keys_of(values).until(row) == keys_of(changed).until(row)


@given(values=TABLES, asked=st.lists(st.integers(0, 14), max_size=12))
def test_the_order_in_which_keys_are_asked_does_not_matter(values, asked):
    keys = keys_of(values)
    for row in (min(row, len(values) - 1) for row in asked):
        assert keys.until(row) == keys_of(values).until(row)


@given(values=TABLES, other=VALUES, data=st.data())
def test_another_value_at_or_before_the_row_is_another_key(values, other, data):
    row = data.draw(st.integers(0, len(values) - 1))
    at = data.draw(st.integers(0, row)), data.draw(st.integers(0, values.shape[1] - 1))
    changed = values.copy()
    changed[at] = other
    same = values[at] == other or (np.isnan(values[at]) and np.isnan(other))
    assert (keys_of(values).until(row) == keys_of(changed).until(row)) == same


@given(values=TABLES, moved=st.integers(1, 500))
def test_the_same_values_at_other_times_are_another_key(values, moved):
    last = len(values) - 1
    assert keys_of(values).until(last) != keys_of(values, moved).until(last)


@given(values=arrays.arrays(np.float64, (6, 2), elements=VALUES))
def test_the_same_numbers_in_other_columns_are_another_key(values):
    narrow = values.reshape(12, 1)
    assert keys_of(values).until(5) != keys_of(narrow).until(5)
    assert keys_of(values).until(5) != keys_of(narrow).until(11)


def test_a_row_that_is_not_there_has_no_key():
    for row in (-1, 3):
        with pytest.raises(IndexError, match=f"row {row} of 3"):
            keys_of(np.zeros((3, 1))).until(row)


def test_negative_zero_is_zero_and_every_nan_is_the_same():
    assert canonical(np.array([-0.0])) == canonical(np.array([0.0]))
    nans = np.array([0x7FF8000000000000, 0xFFF8000000000001, 0x7FF0000000000001], dtype="<u8")
    (one,) = {canonical(np.array([nan])) for nan in nans.view("<f8")}
    assert one == canonical(np.array([np.nan]))


@given(values=arrays.arrays(np.float64, 6, elements=VALUES))
def test_canonical_bytes_are_the_values_whatever_the_layout_and_byte_order(values):
    there = np.frombuffer(canonical(values), "<f8")
    np.testing.assert_array_equal(there, values)
    assert canonical(values.astype(">f8")) == canonical(values)
    assert canonical(np.repeat(values, 2)[::2]) == canonical(values)


def test_hashes_are_those_of_the_first_release():
    assert hash_of({"b": [1, 2.5, None], "a": "ä"}) == "4b12564ba8344d191c82cc500017c218"
    values = np.array([[1.0, np.nan], [-0.0, 2.5]])
    assert keys_of(values).until(0) == "6065f6611fba6972e3b62f856d52bf46"
    assert keys_of(values).until(1) == "edf97145e38d89892c5d8a760dbdcba9"


@given(value=st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_the_order_of_a_mapping_does_not_matter(value):
    backwards = dict(reversed(value.items()))
    assert hash_of(value) == hash_of(backwards) == hash_of(json.loads(json.dumps(value)))


def test_a_value_that_json_cannot_hold_has_no_hash():
    with pytest.raises(ValueError, match="JSON"):
        hash_of([float("nan")])


@pytest.mark.parametrize(
    "explicit",
    [
        {"cell": "rnn"},
        {"preset": "default"},
        {"corrects": "auto"},
        {"input_size": 18, "steps": 200, "batch_size": 32},
        {"hidden_size": 16, "num_layers": 1, "mask_channel": True},
        {"learning_rate": 3e-3, "schedule": "cosine", "clip": 1.0, "dtype": "float32"},
        {"hist_exog": ["wind"]},
        {"device": "cpu", "seeds": 7, "refit": 3, "reproduction": True},
        {"transform": "none", "calendar": False, "futr_exog": []},
    ],
    ids=str,
)
def test_what_is_declared_at_its_default_trains_no_network_anew(declare, explicit):
    assert network_hash(declare, explicit) == network_hash(declare, {})


@pytest.mark.parametrize(
    "changed",
    [
        {"corrects": "naive"},
        {"corrects": "climatology"},
        {"input_size": 17},
        {"steps": 61},
        {"epochs": 3},
        {"batch_size": 31},
        {"hidden_size": 15},
        {"num_layers": 2},
        {"mask_channel": False},
        {"learning_rate": 2e-3},
        {"schedule": "constant"},
        {"clip": "none"},
        {"dtype": "float64"},
        {"hist_exog": []},
        {"transform": "standard"},
        {"transform": "sqrt"},
        {"calendar": True},
        {"preset": "article"},
    ],
    ids=str,
)
def test_a_changed_setting_of_a_network_is_another_key(declare, changed):
    assert network_hash(declare, changed) != network_hash(declare, {})


def network_hash(declare: Callable, options: dict) -> str:
    columns = {"ds": "date", "y": "value", "hist_exog": ["wind"]}
    data_set = declare(columns=columns, networks={"rnn": options})
    rows = ["y", *(data_set.network("rnn").hist_exog or [])]
    corrected = trainings.corrected(data_set, "rnn", "a")
    return hash_of([rows, corrected, trainings.model_settings(data_set, "rnn")])


def test_the_seasons_of_the_freq_by_name_are_the_calendar(declare):
    assert network_hash(declare, {"calendar": ["month"]}) == network_hash(
        declare, {"calendar": True}
    )


def test_a_column_known_ahead_is_another_key_only_for_networks_that_see_it(declare):
    plain = {"ds": "date", "y": "value", "hist_exog": ["wind"]}
    with_sale = plain | {"futr_exog": ["sale"]}

    def settings_hash(columns: dict, options: dict) -> str:
        data_set = declare(columns=columns, networks={"rnn": options})
        return hash_of(trainings.model_settings(data_set, "rnn"))

    assert settings_hash(with_sale, {"futr_exog": []}) == settings_hash(plain, {})
    assert settings_hash(with_sale, {}) != settings_hash(plain, {})
    assert settings_hash(with_sale, {}) == settings_hash(with_sale, {"futr_exog": ["sale"]})


@pytest.mark.parametrize("explicit", [{"model": "ar"}, {"lags": 12}, {"refit": 3}], ids=str)
def test_what_is_declared_at_its_default_fits_no_baseline_anew(declare, explicit):
    plain, told = (
        declare(baselines={"climatology": {}, "ar": options}) for options in ({}, explicit)
    )
    ours, theirs = (hash_of(baseline_forecasts.model_settings(d, "ar")) for d in (plain, told))
    assert ours == theirs


@pytest.mark.parametrize(
    "changed", [{"model": "ar", "lags": 11}, {"model": "ar_seasonal"}], ids=str
)
def test_a_changed_option_of_a_baseline_is_another_key(declare, changed):
    plain, told = (
        declare(baselines={"climatology": {}, "mine": options})
        for options in ({"model": "ar"}, changed)
    )
    ours, theirs = (hash_of(baseline_forecasts.model_settings(d, "mine")) for d in (plain, told))
    assert ours != theirs

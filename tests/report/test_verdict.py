import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.content import Share
from pipeline.report.verdict import verdict

NAN = math.nan


def told(rows, *, references=("climatology",), **options) -> str:
    frame = pd.DataFrame(rows, columns=["model", "skill", "p_value"])
    return " ".join(verdict(frame, references=references, **options)).replace("\u00a0", " ")


REFERENCE = ("climatology", 0.0, NAN)

BLEND = [("served", 0.031, 0.02), ("rnn", 0.02, 0.4), REFERENCE]


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ([], {}, "Nothing is scored yet: no actual of a forecast is known."),
        (
            [("ar", NAN, NAN), ("climatology", NAN, NAN)],
            {},
            "No skill can be told: climatology made no error, or no series has a scale.",
        ),
        ([REFERENCE], {}, "climatology has no rival: declare another model."),
        (
            [("ar", 0.19, 0.048), REFERENCE],
            {},
            "ar is ahead: its error is 19 % smaller than that of climatology, which luck hardly "
            "explains, p = 0.048.",
        ),
        (
            [("rnn", 0.014, 0.5), REFERENCE, ("ar", -0.1, 0.01)],
            {"networks": ["rnn"]},
            "rnn is ahead: its error is 1.4 % smaller than that of climatology, which may be luck, "
            "p = 0.50.",
        ),
        (
            [("ar", 0.3, 0.0001), ("rnn", 0.1, 0.2), ("gru", 0.05, 0.2), REFERENCE],
            {"networks": ["gru", "rnn"]},
            "ar is ahead: its error is 30 % smaller than that of climatology, which luck hardly "
            "explains, p < 0.001. The best network is rnn: its error is 10 % smaller than that of "
            "climatology, which may be luck, p = 0.20.",
        ),
        (
            [REFERENCE, ("ar", -0.032, 0.3), ("rnn", -2.4, 0.001)],
            {"networks": ["rnn"]},
            "climatology is the reference and nothing beats it: the next best, ar, has an error "
            "3.2 % larger, which may be luck, p = 0.30. The network is rnn: its error is 3.4 times "
            "that of climatology, which luck hardly explains, p = 0.001.",
        ),
        (
            [REFERENCE, ("ar", -0.0001, 0.9)],
            {},
            "climatology is the reference and nothing beats it: the next best, ar, is as good.",
        ),
        (
            [("ar", 0.2, NAN), REFERENCE],
            {},
            "ar is ahead: its error is 20 % smaller than that of climatology, on too few cutoffs "
            "to tell it from luck.",
        ),
        (
            [("naive", -0.1, 0.02), ("ar", -0.2, 0.01), REFERENCE],
            {"references": ["climatology", "naive"]},
            "Nothing beats the references: the next best, ar, has an error 20 % larger, which luck "
            "hardly explains, p = 0.010.",
        ),
        (
            BLEND,
            {"served": "blend", "share": Share(0.012, 0.41)},
            "The blend is served: its error is 3.1 % smaller than that of climatology, which luck "
            "hardly explains, p = 0.020; the network's share gains 1.2 %, which may be luck, "
            "p = 0.41.",
        ),
        (
            [REFERENCE, ("served", -0.02, 0.6)],
            {"share": Share(-0.03, 0.001)},
            "The blend is served: its error is 2.0 % larger than that of climatology, which may be "
            "luck, p = 0.60; the network's share costs 3.0 %, which luck hardly explains, "
            "p = 0.001.",
        ),
        (
            BLEND,
            {"served": "ar", "share": Share(0.0, NAN)},
            "ar is served: its error is 3.1 % smaller than that of climatology, which luck hardly "
            "explains, p = 0.020; the network's share gains nothing.",
        ),
        (
            [("ar", 0.27, 0.01), ("served", 0.092, 0.2), REFERENCE],
            {},
            "The blend is served: its error is 9.2 % smaller than that of climatology, which may "
            "be luck, p = 0.20. So far ar alone was better: its error is 27 % smaller than that of "
            "climatology, which luck hardly explains, p = 0.010.",
        ),
        (
            [("served", 0.0, NAN), REFERENCE],
            {"share": Share(NAN, NAN)},
            "The blend is served: its error is as large as that of climatology.",
        ),
    ],
)
def test_the_verdict_says_whom_to_trust_and_whether_it_is_luck(rows, options, words):
    assert told(rows, **options) == words


@given(
    skills=st.lists(st.floats(-5, 0.99), min_size=1, max_size=6),
    p_value=st.none() | st.floats(0, 1),
    served=st.booleans(),
)
def test_a_model_is_called_ahead_exactly_where_its_skill_is_above_zero(skills, p_value, served):
    p = NAN if p_value is None else p_value
    rows = [(f"m{k}", skill, p) for k, skill in enumerate(sorted(skills, reverse=True))]
    if served:
        rows[0] = ("served", *rows[0][1:])
    words = told(sorted([*rows, REFERENCE], key=lambda row: -row[1]))
    best = rows[0][1]
    if served:
        assert words.startswith("The blend is served: ")
    elif best > 0.0006:
        assert words.startswith("m0 is ahead: ")
    elif best < 0.0004:
        assert "nothing beats it" in words
    if abs(best) > 0.0006:
        assert ("luck hardly explains" in words) == (p < 0.05)
        assert ("may be luck" in words) == (p >= 0.05)
        assert ("too few cutoffs" in words) == math.isnan(p)

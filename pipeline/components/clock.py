"""The time that it is, for everything in the Dagster half: one clock, and it is Dagster's."""

import datetime as dt

# Private, since Dagster offers its clock nowhere else: partitions, freshness and daemon read this
# one. With a clock of our own a cutoff could exist for the one and not yet for the other, and a
# test could hold only one of them.
from dagster._time import get_current_datetime


def now() -> dt.datetime:
    """The time, with its zone."""
    return get_current_datetime()

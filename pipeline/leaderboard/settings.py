"""The version of the leaderboard."""

VERSION = "4"
"""Raise it when the same scores give another leaderboard."""

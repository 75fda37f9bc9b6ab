"""The version of the leaderboard."""

VERSION = "1"
"""Raise it when the same scores give another leaderboard."""

"""The version of the leaderboard."""

VERSION = "2"
"""Raise it when the same scores give another leaderboard."""

"""The version of the leaderboard."""

VERSION = "3"
"""Raise it when the same scores give another leaderboard."""

"""The version of the scores."""

VERSION = "1"
"""Raise it when the same forecasts and actuals give other scores."""

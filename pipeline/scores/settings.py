"""The version of the scores."""

VERSION = "2"
"""Raise it when the same forecasts and actuals give other scores."""

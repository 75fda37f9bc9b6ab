"""The version of the report."""

VERSION = "1"
"""Raise it when the same tables give another page."""

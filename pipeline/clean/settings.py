"""The version of cleaning; nothing may be declared here yet."""

VERSION = "1"
"""Raise it when the same raw rows become other clean rows; every fold is computed anew."""

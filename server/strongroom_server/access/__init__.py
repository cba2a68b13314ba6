"""Decides who calls and what the caller may do. Knows no SQL and no credential's data."""

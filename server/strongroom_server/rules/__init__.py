"""The rules of fields, variants and surfaces. Knows no SQL and no vendor's JSON."""

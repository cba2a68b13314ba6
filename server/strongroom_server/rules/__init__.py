"""The rules of a request's fields, of variants and of surfaces. Knows no SQL and no vendor's JSON."""

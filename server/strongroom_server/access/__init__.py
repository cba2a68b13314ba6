"""Who is calling and what they may do. Knows no SQL and no credential's data."""

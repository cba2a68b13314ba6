"""Holds the SQL. The only importer of asyncpg; takes and returns records, and must not know a protobuf service."""

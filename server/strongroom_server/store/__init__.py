"""SQL: the only importer of asyncpg. Knows no protobuf service; rows go in and out as records."""

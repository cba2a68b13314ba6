"""Keys, boxes and signatures: the only importer of nacl. Knows no SQL and no protobuf service."""

"""Keys, sealed boxes and signatures. The only importer of nacl; must not know SQL or a protobuf service."""

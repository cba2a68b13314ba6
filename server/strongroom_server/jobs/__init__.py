"""Background jobs of a node."""

"""The HTTP edge: the vendors' APIs, spoken over the service's stubs. Nothing here knows the database or a key."""

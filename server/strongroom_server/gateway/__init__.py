"""The HTTP gateway: serves the vendors' APIs by calls of our gRPC services. It must not know the database or the sealing keys."""

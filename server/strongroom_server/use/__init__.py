"""Uses a credential for a caller: tokens, signatures, and what is added to a request. Knows neither the database nor gRPC."""

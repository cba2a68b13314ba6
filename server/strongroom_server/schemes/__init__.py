"""How each kind of credential authenticates a request: placements, signatures, tokens and recipes. Knows neither the database nor gRPC."""

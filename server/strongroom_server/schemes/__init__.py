"""How each kind of credential authenticates a request: placements, signatures, tokens, recipes. Knows no database and no gRPC."""

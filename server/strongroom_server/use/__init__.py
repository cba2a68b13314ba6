"""UseService: tokens, signatures and requests from a credential, for callers that need not read its secret."""

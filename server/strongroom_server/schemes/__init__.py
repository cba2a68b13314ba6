"""How each kind of credential authenticates a request: placements, signatures, tokens, recipes. Knows no database and no gRPC.

A person's consent becomes tokens by authorization.py (the consent URL and its callback), authorization_code.py, id_token.py and
account.py (the exchange, and whose account it is). discovery.py and providers/ say where; revocation.py ends it.
"""
